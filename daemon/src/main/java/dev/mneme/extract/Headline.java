package dev.mneme.extract;

import dev.mneme.extract.Markdown.Block;
import dev.mneme.extract.Markdown.Kind;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The sentence of a text that carries most, and the points it lists.
///
/// Answers open with pleasantries and announcements, so the first sentence is often the emptiest.
/// Each candidate gets points for a reason, an outcome, a name or a number, and loses points for
/// being an opener, a question or an announcement; among equals the first one wins.
record Headline(String sentence, List<String> points, String prose) {

    private static final int SENTENCES_MAX = 60;

    /// Letters and digits; a character of an unspaced script counts as three.
    private static final int SUBSTANCE_MIN = 20;

    private static final int UNSPACED_WEIGHT = 3;
    private static final int SENTENCE_CHARS_MIN = 25;

    private static final Pattern BORDER =
            Pattern.compile(
                    "(?<=[.!?])(?<!\\b(?:e\\.g|i\\.e|z\\.B|d\\.h|vs|etc|bzw|ca|Nr|No)\\.)\\s+(?=[\\p{Lu}\\p{Lo}\\p{N}`\"“(])|(?<=[。！？])\\s*");

    private static final int FLAGS = Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE;

    private static final Pattern PLEASANTRY =
            Pattern.compile(
                    "^(?:perfect|great|excellent|sure|certainly|of course|absolutely|okay|ok|done"
                            + "|got it|you'?re (?:absolutely )?right|sounds good|thanks?(?: you)?|awesome|nice|hi|hello"
                            + "|good|alright|understood|fertig|erledigt|gerne|klar|alles klar|super|natürlich"
                            + "|verstanden|danke|d'accord|parfait|はい|了解(?:です|しました)?|承知しました|わかりました|完了(?:しました|です)?)"
                            + "\\s*[!.,:;…—–-]*\\s*$",
                    FLAGS);

    private static final Pattern OPENER =
            Pattern.compile(
                    "^(?:perfect|great|excellent|sure|certainly|of course|absolutely|okay|ok|awesome|nice|alright|super|klar|gerne|はい)[!,.:—–-]+\\s+",
                    FLAGS);

    private static final Pattern ANNOUNCEMENT =
            Pattern.compile(
                    "^(?:(?:now )?(?:let me|let's|i'?ll|i will|i'?m going to|here(?:'s| is| are)|below|now i have"
                            + "|now i (?:understand|see|know)|i (?:understand|see)\\b|this is a (?:great|good)|good (?:catch|question|point|finds?|idea)"
                            + "|you'?re (?:absolutely |not |totally )?(?:right|wrong|correct)"
                            + "|based on my|based on the|i(?:'ve| have)? (?:now )?(?:have|read|looked|examined|reviewed|analy[sz]ed|gathered|primed)"
                            + "|this (?:is|document|report) (?:a|the)?|would you like|if you (?:want|need|like)|feel free|just say"
                            + "|ich werde|ich habe mir|hier (?:ist|sind)|soll ich|möchtest du|以下)"
                            + ").*",
                    FLAGS);

    /// A line of an inventory.
    private static final Pattern LABEL =
            Pattern.compile(
                    "^(?:location|source|license|dependencies|files?|path|purpose|status|date|author|version|note)\\b[^:]{0,20}:",
                    FLAGS);

    /// Says that it is over, not what came of it.
    private static final Pattern CLOSING =
            Pattern.compile(
                    "(?:the |all |everything |this |it )?.{0,60}\\b(?:is|are|works?|looks?) (?:now )?(?:complete[d]?|done|finished|ready(?: .{1,40})?|working|fertig)[.!]?",
                    FLAGS);

    /// From here on it is about what is left to do, or how to try it.
    private static final Pattern NEXT =
            Pattern.compile(
                    "^(?:next steps?\\b|to (?:run|try|test|use)\\b|how to (?:run|try|test|use)\\b|what'?s next|remaining\\b|still to do|todo\\b|nächste schritte)",
                    FLAGS);

    private static final Pattern LABEL_OF_LIST =
            Pattern.compile(
                    "\\b(?:files?|usage|example|changes?|modified|created|updated)\\b", FLAGS);

    private static final Pattern QUOTED = Pattern.compile("`([^`\\n]{2,60})`");

    /// What could be done, not what is.
    private static final Pattern SUGGESTION =
            Pattern.compile(
                    "^(?:if |alternatively|you (?:can|may|could|might|should)\\b|try |worth |want me|next steps?\\b|give )",
                    FLAGS);

    /// A sentence with a verb of its own before its colon, not the mere name of a list.
    private static final Pattern SAYS_SOMETHING =
            Pattern.compile(
                    ".*\\b(?:is|are|was|were|has|have|had|does|there's|returns?|uses?|means|needs?|now)\\b.*",
                    FLAGS);

    /// Makes no sense without the sentence before it.
    private static final Pattern CONTINUATION =
            Pattern.compile("^(?:however|but|although|or|and|also|this|these|they|it)\\b", FLAGS);

    /// Japanese gives the reason in a sentence of its own, behind what it is the reason for.
    private static final Pattern TRAILING_REASON = Pattern.compile("(?:ため|から)(?:です|だ)?。?$");

    private static final Pattern KEY_LABEL =
            Pattern.compile(
                    "^(?:the )?(?:headline|root cause|cause|bottom line|conclusion|key finding|main finding|result|outcome|decision|in short|tl;?dr|ursache|ergebnis|fazit|entscheidung|結論|原因)\\b.{0,3}",
                    FLAGS);

    /// Of the answer that ended a turn.
    static Optional<Headline> ofAnswer(TurnStory.Moment answer) {
        return Payload.of(answer.event())
                .flatMap(payload -> of(payload.text("last_assistant_message")));
    }

    /// The sentence or point that says what was done, if any does.
    ///
    /// @param evidence of what was done, such as the changed lines: what names code that is not in
    ///     it speaks of another time
    static Optional<String> ofWork(String text, String evidence) {
        String best = "";
        String heading = "";
        double most = 0;
        int index = 0;
        for (Block block : Markdown.blocks(text)) {
            if (NEXT.matcher(block.text()).find()) {
                break;
            }
            if (block.kind() == Kind.HEADING) {
                boolean names =
                        Wording.namesCode(block.text())
                                && !LABEL_OF_LIST.matcher(block.text()).find();
                heading = heading.isEmpty() && names ? block.text() : heading;
                continue;
            }
            var sentences = new ArrayList<String>();
            addSentences(block.text(), sentences);
            for (String sentence : sentences) {
                boolean tells =
                        Wording.tellsWork(sentence)
                                || (Wording.givesReason(sentence) && Wording.namesCode(sentence));
                double score =
                        (tells ? score(sentence, true) + 1 : 0)
                                + attested(sentence, evidence)
                                - (block.kind() == Kind.BULLET ? 1.5 : 0)
                                - 0.1 * index;
                if (tells && isStatement(sentence) && score > most) {
                    best = sentence;
                    most = score;
                }
                index++;
            }
        }
        String found = best.isEmpty() ? heading : best;
        return found.isEmpty() ? Optional.empty() : Optional.of(cleaned(found));
    }

    /// Whether the code that a sentence quotes is in the evidence.
    private static double attested(String sentence, String evidence) {
        Matcher quoted = QUOTED.matcher(sentence);
        boolean any = false;
        while (quoted.find()) {
            any = true;
            if (evidence.contains(quoted.group(1))) {
                return 1;
            }
        }
        return any ? -1 : 0;
    }

    /// As `of`, for a turn that changed nothing: what it says of work is not its outcome.
    static Optional<Headline> ofFinding(String text) {
        return of(text, false);
    }

    /// The headline of a text, or empty when it has no substance: too short, or questions alone.
    static Optional<Headline> of(String text) {
        return of(text, true);
    }

    private static Optional<Headline> of(String text, boolean done) {
        List<Block> blocks = Markdown.blocks(text);
        var candidates = new ArrayList<String>();
        var points = new ArrayList<String>();
        var prose = new ArrayList<String>();
        for (Block block : blocks) {
            prose.add(block.kind() == Kind.BULLET ? "- " + block.text() : block.text());
            if (block.kind() == Kind.BULLET) {
                points.add(block.text());
            }
            if (block.kind() == Kind.PARAGRAPH) {
                addSentences(block.text(), candidates);
            }
        }
        if (candidates.stream().noneMatch(Headline::isStatement)) {
            candidates.addAll(points);
            blocks.stream()
                    .filter(block -> block.kind() == Kind.HEADING)
                    .map(Block::text)
                    .forEach(candidates::add);
        }
        String best = "";
        double most = Double.NEGATIVE_INFINITY;
        for (int index = 0; index < Math.min(candidates.size(), SENTENCES_MAX); index++) {
            String sentence = candidates.get(index);
            double score = score(sentence, done) - 0.15 * index;
            if (isStatement(sentence) && score > most) {
                best = sentence;
                most = score;
            }
        }
        String all = String.join("\n", prose);
        return best.isEmpty() || substance(all) < SUBSTANCE_MIN
                ? Optional.empty()
                : Optional.of(new Headline(cleaned(best), List.copyOf(points), all));
    }

    private static void addSentences(String paragraph, List<String> sentences) {
        for (String sentence : BORDER.split(paragraph, SENTENCES_MAX)) {
            if (!sentence.isBlank() && sentences.size() < SENTENCES_MAX) {
                sentences.add(sentence.strip());
            }
        }
    }

    private static boolean isStatement(String sentence) {
        return substance(sentence) >= 6
                && !sentence.endsWith("?")
                && !sentence.endsWith("？")
                && !PLEASANTRY.matcher(sentence).matches();
    }

    private static double score(String sentence, boolean done) {
        double score = 0;
        score += Wording.givesReason(sentence) ? 3 : 0;
        score += Wording.saysFixed(sentence) ? 2 : 0;
        score += Wording.speaksOfDecision(sentence) ? 2 : 0;
        score += done && Wording.speaksOfBuilding(sentence) ? 1.5 : 0;
        score += done && Wording.speaksOfChange(sentence) ? 1.5 : 0;
        score += KEY_LABEL.matcher(sentence).find() ? 3 : 0;
        score += sentence.indexOf('`') >= 0 ? 1 : 0;
        score += sentence.chars().anyMatch(Character::isDigit) ? 0.5 : 0;
        score -= LABEL.matcher(sentence).find() ? 2 : 0;
        score -= TRAILING_REASON.matcher(sentence).find() ? 3 : 0;
        score -= CONTINUATION.matcher(sentence).find() ? 1.5 : 0;
        score -= ANNOUNCEMENT.matcher(sentence).matches() ? 4 : 0;
        score -= CLOSING.matcher(sentence).matches() ? 3 : 0;
        score -= SUGGESTION.matcher(sentence).find() ? 2.5 : 0;
        score -= sentence.contains("://") ? 2 : 0;
        score -= leadsToList(sentence) ? 4 : 0;
        score -= substance(sentence) < SENTENCE_CHARS_MIN ? 2 : 0;
        score -= sentence.length() > Bounds.TITLE_CHARS_MAX ? 0.5 : 0;
        score -= sentence.length() > 2 * Bounds.TITLE_CHARS_MAX ? 1 : 0;
        return score;
    }

    private static boolean leadsToList(String sentence) {
        boolean colon = sentence.endsWith(":") || sentence.endsWith("：");
        boolean says =
                (sentence.indexOf('`') >= 0 || Wording.saysNow(sentence))
                        && SAYS_SOMETHING.matcher(sentence).matches();
        return colon && !says;
    }

    private static String cleaned(String sentence) {
        String text =
                OPENER.matcher(sentence)
                        .replaceFirst("")
                        .replaceFirst("^(?i:so|thus|therefore),? (?=\\p{L})", "");
        text =
                text.replaceFirst(
                        "^(?i:(?:the )?(?:headline|bottom line|in short|tl;?dr|result|outcome|conclusion)): ",
                        "");
        text = text.replaceFirst("(?:[:：。]|(?<!\\.)\\.)$", "");
        return text.isEmpty()
                ? sentence
                : text.substring(0, text.offsetByCodePoints(0, 1)).toUpperCase(Locale.ROOT)
                        + text.substring(text.offsetByCodePoints(0, 1));
    }

    static int substance(String text) {
        int substance = 0;
        int index = 0;
        while (index < text.length()) {
            int codePoint = text.codePointAt(index);
            if (Character.isLetterOrDigit(codePoint)) {
                substance += codePoint >= 0x2e80 ? UNSPACED_WEIGHT : 1;
            }
            index += Character.charCount(codePoint);
        }
        return substance;
    }
}
