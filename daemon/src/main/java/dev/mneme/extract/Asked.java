package dev.mneme.extract;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What the words of a prompt want: something mended, something new, something to hold from now on,
/// or an answer.
///
/// A prompt is short and often careless; each kind is told by the turns of phrase that carry it, in
/// the first part of the prompt, for what follows is pasted more often than said.
final class Asked {

    private static final int FLAGS = Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE;

    /// The parts of a prompt that are read: wishes stand first, and the error of a pasted log last.
    private static final int HEAD_CHARS = 1_200;

    private static final int TAIL_CHARS = 400;

    /// A wish is stated early.
    private static final int OPENING_CHARS = 400;

    private static final Pattern COMPLAINT =
            Pattern.compile(
                    "\\b(?:fix(?:e[sd]|ing)?|bugs?|broken?|crash(?:e[sd]|ing)?|regressions?|wrong(?:ly)?"
                            + "|fail(?:s|ed|ing|ures?)?|errors?|exceptions?|debug|repair|investigate why|did (?:it|this|that) (?:stop|not)|why (?:is|are|does|do|did|was|were) (?:it|this|that|there|my)|missing|inaccurate|strange|weird|unexpected(?:ly)?|falls apart|breaks?|(?:have|has|had|see|saw|hit|into|an?|the|this|that|still) (?:\\w+ )?(?:issues?|problems?)"
                            + "|(?:is|are|gets?|got) (?:lost|cut off)|too (?:long|big|large|many|much|slow|high|low|noisy|early|late)|so (?:long|big|large|slow) that|(?:low|medium|high|critical) severity|somehow|incorrect(?:ly)?|not (?:really )?(?:working|correct|right|accurate)"
                            + "|(?:still|always) (?:shows?|lists?|not|fails?|broken|get(?:s|ting)?|happens)"
                            + "|(?:does|do|did|is|are|was|can|could|should|has|have)(?:n'?t| not)\\b.{0,60}\\b(?:work(?:ing)?|show(?:ing|n)?"
                            + "|properly|correctly|set ?up|load(?:ing)?|start(?:ing)?|appear(?:ing)?|found|exist|any ?more)"
                            + ""
                            + "|(?:code|tests?|it|this|that|which|list|command|hook|script|page|button|function|build|app|entry|field)\\b.{0,40}\\b(?:does|did|is|are|was|wo|ca)(?:n'?t| not)\\b|(?:is|are|was|were) (?:never|not) \\w+ed"
                            + "|kaputt|fehler|falsch|geht nicht|funktioniert nicht|schlägt fehl)\\b"
                            + "|失敗|エラー|動かない|おかしい|壊れ",
                    FLAGS);

    /// What is added to a product beside itself.
    private static final String TEST_OR_TEXT =
            "(?: [\\w/-]+){0,3}? (?:tests?|comments?|docs?|documentation|read ?me|coverage|licen[cs]e)\\b";

    private static final Pattern TELLING =
            Pattern.compile(
                    "\\b(?:(?:add|writ|creat|extend|updat|improv)(?:e|ing)?|craft|have|are there|need)"
                            + TEST_OR_TEXT,
                    FLAGS);

    /// A verb that stands here is what shall be done, and not what is or was.
    private static final String REQUEST =
            "(?:^|[.!?:;,)*•>#-] |(?<!used )(?:\\b(?:can|could|should|would|will|must|let'?s|please|to|and|then|we|you|i|just|need|want)\\b ))"
                    + "(?:(?:we|you|i|it|do|also|please|maybe|just|now|then|first|still|completely) ){0,3}";

    private static final Pattern BUILDING =
            Pattern.compile(
                    REQUEST
                            + "(?:(?:add|create|write)(?!"
                            + TEST_OR_TEXT
                            + ")|implement|build|introduce|support|set ?up|develop|print|display|expose)\\b"
                            + "|\\b(?:(?:consider|about|propose|suggest|worth) (?:adding|creating|implementing|introducing|supporting)(?!"
                            + TEST_OR_TEXT
                            + ")|(?:make|let) (?:it|a|an|the|this|[\"'`]?[\\w-]{2,30}[\"'`]?) .{0,40}(?:show|support|work with|possible)"
                            + "|(?:can|could|should) (?:we|you) (?:also |please )?(?:show|display|log|print|include|list|get|allow|indicate|prefill|offer|remember)|(?:we|you) (?:can|could|should) (?:also )?(?:show|display|log|print|include|list|allow)|new (?:feature|command|page|endpoint|option|flag|setting)"
                            + "|(?:ein|hinzu)fügen|baue?n?|implementiere?n?|erstelle?n?|anlegen)\\b"
                            + "|追加|実装|作成|作って",
                    FLAGS);

    private static final Pattern REFACTORING =
            Pattern.compile(
                    "\\b(?:refactor|rename|restructure|reorgani[sz]e|simplify|clean ?up|consolidate|dedup(?:licate)?"
                            + "|duplicat(?:e[sd]?|ion|ing)|redundant|unreachable|unused|dead code|(?:(?:is|are) )?(?:no longer|not|never) used"
                            + "|only used (?:in|by|for)|never (?:called|referenced)|superseded|obsolete|in the name|single source of truth|(?:strong(?:ly)?|strict(?:er)?|type)[ -](?:typed?|types|safe(?:ty)?)|the typed|(?:a|into|as|be) constants?|extract .{1,60}\\b(?:in)?to"
                            + "|move .{1,80}\\b(?:in)?to|split .{1,60}\\binto|inline|(?:make|call) .{0,30}[\"'`][\\w.]{2,60}[\"'`] ?(?:->|→|=>) ?[\"'`][\\w.]{2,60}|umbenennen|refaktor\\w*|aufräumen)\\b"
                            + "|リファクタ",
                    FLAGS);

    private static final Pattern REMOVAL =
            Pattern.compile(
                    REQUEST
                            + "(?:remove|delete|drop|get rid of)\\b|\\b(?:entfernen?|löschen?)\\b|削除",
                    FLAGS);

    private static final Pattern CHANGING =
            Pattern.compile(
                    REQUEST
                            + "(?:change|update|adjust|switch|increase|decrease|raise|lower|bump|upgrade|downgrade|replace|limit)\\b(?!"
                            + TEST_OR_TEXT
                            + "| up\\b)",
                    FLAGS);

    /// What stands before a wish and is none: that a plan shall be carried out, what the host adds.
    private static final Pattern FRAME =
            Pattern.compile(
                    "^(?:\\s*<(ide_\\w{1,40})>.{0,2000}?</\\1>)+|^\\s*implement (?:the|this) (?:following )?plan:?",
                    FLAGS | Pattern.DOTALL);

    /// The user's own choice: `let's`, `I'd rather`, an option's letter, the answers to a list.
    private static final Pattern CHOICE =
            Pattern.compile(
                    "\\b(?:let'?s (?!look|see|say|assume|suppose|brainstorm|fix|check|talk|discuss|try|implement|continue|work|merge|commit|run|test|review|research|find|move on)(?:\\w+ly )?\\w+|i(?:'d| would) (?:rather|prefer|love|use|keep|drop|replace|remove|like to (?:use|have|keep|see))"
                            + "|i(?: still| do| really| also| definitely){0,3} (?:want|prefer|think we (?:want|should|need|can)|don'?t want)|(?:we|you) (?:explicitly |really |definitely )?(?:don'?t )?(?:want|prefer|should(?:n'?t)?|must|always|never)"
                            + "|we (?:do|use|go|show|keep|take) |(?:needs?|ha(?:s|ve)) to be|instead of|rather than|no need (?:to|for)|not worth|go with|stick (?:to|with)|prefer(?:ably)?|from now on"
                            + "|ich (?:will|möchte|hätte lieber)|wir (?:wollen|nehmen|machen|brauchen|bleiben)|lieber|lass uns)\\b",
                    FLAGS);

    /// Nothing but approval.
    private static final Pattern APPROVAL =
            Pattern.compile(
                    "(?:(?:ok(?:ay)?|works?|it works|that works|great|thanks?|thank you|perfect|nice|cool|awesome|good|lgtm|super|danke|prima|passt)[\\s,.!]*){1,5}",
                    FLAGS);

    /// `A`, `3, but …`, `1. no`, `option 2`.
    private static final Pattern OPTION =
            Pattern.compile(
                    "^(?:(?:yes|yeah|ok|do|option|variant|number|go with),? )*(?:[a-f]|\\d{1,2})(?:\\)?$|\\s*[.,:;)-]\\s|,? (?:and|but) i ).*",
                    FLAGS | Pattern.DOTALL);

    private static final Pattern QUESTION =
            Pattern.compile(
                    "^(?:[\\w,]{1,12}[,:!.] )?(?:what|why|how|where|which|who|when|whose|can|could|does|do|did|is|are|was|were|should|would|will|has|have|any|please (?:explain|tell|read|look|check)"
                            + "|explain|tell me|show me|was|warum|wie|wo|welche\\w*|wer|wann|kannst|könntest|ist|sind|gibt es|erkläre?)\\b.*",
                    FLAGS | Pattern.DOTALL);

    /// A sentence that wants to be told something.
    private static final Pattern ASKING =
            Pattern.compile(
                    "^(?:please )?(?:i(?:'m| am) (?:considering|wondering|thinking|not sure)|tell|show|explain|let me know|find out|check|(?:do|would|want|should) (?:you|me|i|we)|sag|zeig|erkläre?)\\b.*",
                    FLAGS | Pattern.DOTALL);

    /// What stands before a choice and says nothing of it.
    private static final Pattern LEAD_IN =
            Pattern.compile(
                    "^(?:(?:ok(?:ay)?|so|oh|well|yeah|yes|no|hmm|sure|great|and|but|because|also|actually|sorry|\\d{1,2}[.)]|[-*])[,.!:]? +|i (?:kind of |still )?(?:think|feel like|guess|mean) (?:that )?)+",
                    FLAGS);

    private static final List<Map.Entry<Wish, Pattern>> WISHES =
            List.of(
                    Map.entry(Wish.REORDERED, REFACTORING),
                    Map.entry(Wish.TESTED_OR_TOLD, TELLING),
                    Map.entry(Wish.MENDED, COMPLAINT),
                    Map.entry(Wish.NEW, BUILDING),
                    Map.entry(Wish.CHANGED, CHANGING),
                    Map.entry(Wish.GONE, REMOVAL));

    /// To mend what a reviewer calls superfluous is to make it otherwise.
    private static final Pattern MERE_FIX = Pattern.compile("fix(?:ing)?", FLAGS);

    private static final int FIX_REACH_CHARS = 80;

    /// Wants to see again what was there to be seen, or the same in other words for other people.
    private static final Pattern REPEATING =
            Pattern.compile(
                    "\\b(?:(?:show|list|give|print|summari[sz]e|what (?:was|were|is))\\b.{0,80}\\bagain|again (?:show|list|give|print|summari[sz]e)"
                            + "|(?:summary|summari[sz]e|description|body|text) .{0,40}\\b(?:prs?|pull requests?|change ?log)"
                            + "|prs? (?:summary|description|body|text)|show (?:me )?(?:the |this |that )?.{0,30}\\bcode)\\b",
                    FLAGS);

    private static final int SENTENCES_MAX = 20;

    private static final Pattern SENTENCE = Pattern.compile("(?<=[.!?。])\\s+|\\s*\\n\\s*");

    /// What shall be different afterwards.
    enum Wish {
        /// Something that is wrong shall be right.
        MENDED,

        /// The product shall do or show what it does not.
        NEW,

        /// It shall do the same, and be made otherwise.
        REORDERED,

        /// It shall do something in another way.
        CHANGED,

        GONE,

        /// What a product has beside itself: tests and texts.
        TESTED_OR_TOLD,

        /// The words do not say, or want to know something.
        UNKNOWN
    }

    private final String prompt;
    private final List<String> sentences;

    Asked(String prompt) {
        Matcher frame = FRAME.matcher(prompt);
        boolean isPlan = frame.find() && frame.group(1) == null;
        String clean = frame.replaceFirst("").strip();
        // The head of a plan says what it is for; its steps speak of everything.
        String head = Bounds.cut(clean, isPlan ? OPENING_CHARS : HEAD_CHARS);
        String tail = isPlan ? "" : clean.substring(Math.max(0, clean.length() - TAIL_CHARS));
        this.prompt =
                Bounds.oneLine(clean.length() <= HEAD_CHARS && !isPlan ? clean : head + " " + tail);
        this.sentences = List.of(SENTENCE.split(head, SENTENCES_MAX));
    }

    boolean complains() {
        return COMPLAINT.matcher(prompt).find();
    }

    /// The first wish that the words carry: what follows it gives its reason or comes along with
    /// it.
    Wish wish() {
        Wish first = Wish.UNKNOWN;
        int at = Integer.MAX_VALUE;
        // Of two that begin at the same word, the one that says more.
        for (Map.Entry<Wish, Pattern> kind : WISHES) {
            Matcher words =
                    kind.getValue().matcher(kind.getKey() == Wish.MENDED ? prompt : opening());
            if (words.find() && words.start() < at) {
                first = kind.getKey();
                at = words.start();
                if (first == Wish.MENDED && MERE_FIX.matcher(words.group()).matches()) {
                    first = isSuperfluous(words.end()) ? Wish.REORDERED : first;
                }
            }
        }
        return first;
    }

    private boolean isSuperfluous(int from) {
        int end = Math.min(prompt.length(), from + FIX_REACH_CHARS);
        return REFACTORING.matcher(prompt.substring(from, end)).find();
    }

    /// Whether the user wants to see what is known, and nothing new.
    boolean repeats() {
        return asks() && REPEATING.matcher(opening()).find();
    }

    boolean approves() {
        return APPROVAL.matcher(prompt).matches();
    }

    /// Whether the user wants to be told something.
    boolean asks() {
        return QUESTION.matcher(prompt).matches() || prompt.endsWith("?");
    }

    /// Whether the user settles something rather than asks.
    boolean decides() {
        return OPTION.matcher(prompt).matches()
                || (!asks() && sentences.stream().anyMatch(Asked::settles));
    }

    /// The first sentence that settles something, without what leads up to it.
    Optional<String> choice() {
        return sentences.stream()
                .filter(Asked::settles)
                .map(sentence -> LEAD_IN.matcher(sentence.strip()).replaceFirst("").strip())
                .map(sentence -> sentence.replaceFirst("[.?!,;:]+$", ""))
                .filter(sentence -> !sentence.isEmpty())
                .findFirst();
    }

    private static boolean settles(String sentence) {
        return CHOICE.matcher(sentence).find() && !ASKING.matcher(sentence.strip()).matches();
    }

    private String opening() {
        return prompt.substring(0, Math.min(OPENING_CHARS, prompt.length()));
    }
}
