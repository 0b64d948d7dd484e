package dev.mneme.domain;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Whether a newer decision takes the place of an older one, told by their words.
///
/// A wrong closing hides what is true, a missed one shows two decisions of which the newer stands
/// first. So nearness is not enough: two decisions about one subject usually both hold. Needed is a
/// sign that the newer one changes what the older one says: it names the older choice as left
/// behind, it says the opposite of the same thing, or it gives another value to it. What has no
/// such sign stays.
public final class Supersession {

    /// Why an older decision no longer holds.
    public enum Reason {
        /// The same thing has another number.
        OTHER_VALUE,

        /// What the older one chose is named as left behind.
        LEFT_BEHIND,

        /// The same thing is no longer done, or done after all.
        REVERSED;

        public String wireName() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /// What speaks for a closing.
    ///
    /// @param score how much of their subject both share, from 0 to 1
    public record Evidence(Reason reason, double score) {}

    /// Shared of all subject words, for the two signs that need the same subject.
    private static final double SAME_SUBJECT_MIN = 0.75;

    /// Of the older one's subject words beside the choice that was left behind.
    private static final double REST_SHARED_MIN = 0.6;

    private static final int SUBJECT_WORDS_MIN = 2;

    /// Words of a decision that are compared; a title has fewer.
    private static final int WORDS_MAX = 40;

    /// What follows one of these was chosen before.
    private static final Pattern LEFT_BEHIND =
            Pattern.compile(
                    "\\b(?:instead of|rather than|in place of|no longer (?:use|uses|using|on|in)?"
                            + "|(?:switch(?:ed)?|mov(?:e|ed)|migrat(?:e|ed)|chang(?:e|ed)|away)"
                            + " (?:away )?from"
                            + "|replac(?:e|es|ed|ing)|supersed(?:e|es|ed)"
                            + "|drop(?:s|ped)?|abandon(?:s|ed)?|retir(?:e|es|ed)"
                            + "|stop(?:s|ped)? (?:using|with)|remov(?:e|es|ed))\\s+"
                            + "(.{2,60}?)"
                            + "(?=$|[.,;:()]|\\s(?:with|by|for|as|in|on|to|and|because|since|from"
                            + "|after|when|at|of)\\b)",
                    Pattern.CASE_INSENSITIVE);

    /// Where the older choice is only spoken of, not chosen.
    private static final Pattern NOT_CHOSEN =
            Pattern.compile(
                    "\\b(?:not|never|no|avoid|without|instead|rather|longer|don't|replac\\w*|drop\\w*"
                            + "|from|reject\\w*|against|remov\\w*|stop\\w*)\\b",
                    Pattern.CASE_INSENSITIVE);

    private static final Pattern NEGATION =
            Pattern.compile(
                    "\\b(?:not|never|no longer|don't|do not|doesn't|won't|without|stop|disable[sd]?"
                            + "|forbid|forbidden|disallow|refuse[sd]?)\\b",
                    Pattern.CASE_INSENSITIVE);

    /// Says of which of several like things a decision speaks: its number is a name.
    private static final Pattern NUMBERED =
            Pattern.compile(
                    "\\b(phase|step|part|stage|version|release|milestone|issue|section|chapter"
                            + "|level|tier|node|shard|port|http|utf|sha|java|jdk|node\\.js|python"
                            + "|v|pr|rfc|table|team|sprint|option|rule|case)[ #-]?(\\d[\\w.]*)",
                    Pattern.CASE_INSENSITIVE);

    private static final Pattern VALUE =
            Pattern.compile(
                    "(?<![\\w.#])(\\d[\\d_,.]*)\\s*(%|[a-zµ]{0,12}\\b)?", Pattern.CASE_INSENSITIVE);

    /// Of the words of nearly every decision.
    private static final Set<String> SAYS_NOTHING =
            Set.of(
                    "user",
                    "decide",
                    "decid",
                    "decision",
                    "chose",
                    "choose",
                    "use",
                    "using",
                    "keep",
                    "set",
                    "make",
                    "now",
                    "instead",
                    "rather",
                    "than",
                    "longer",
                    "always",
                    "never",
                    "new",
                    "only",
                    "should",
                    "must",
                    "will",
                    "also",
                    "enable",
                    "disable",
                    "allow",
                    "forbid",
                    "stop",
                    "not",
                    "dont",
                    "switch",
                    "move",
                    "replace",
                    "drop",
                    "change");

    private Supersession() {}

    /// Whether the newer one takes the older one's place, and by which sign.
    ///
    /// @param older what was decided before, in one sentence
    /// @param newer what was decided after it
    public static Optional<Evidence> between(String older, String newer) {
        Set<String> before = words(older);
        Set<String> after = words(newer);
        if (before.size() < SUBJECT_WORDS_MIN || after.size() < SUBJECT_WORDS_MIN) {
            return Optional.empty();
        }
        Optional<Evidence> left = leftBehind(older, before, newer, after);
        if (left.isPresent()) {
            return left;
        }
        double shared = shared(before, after);
        if (shared < SAME_SUBJECT_MIN) {
            return Optional.empty();
        }
        if (isNegative(older) != isNegative(newer)) {
            return Optional.of(new Evidence(Reason.REVERSED, shared));
        }
        List<String> valuesBefore = values(older);
        List<String> valuesAfter = values(newer);
        boolean otherValue =
                valuesBefore.size() == 1
                        && valuesAfter.size() == 1
                        && !valuesBefore.equals(valuesAfter);
        return otherValue
                ? Optional.of(new Evidence(Reason.OTHER_VALUE, shared))
                : Optional.empty();
    }

    /// The newer one says that it leaves behind what the older one chose, for the same thing.
    private static Optional<Evidence> leftBehind(
            String older, Set<String> before, String newer, Set<String> after) {
        if (NOT_CHOSEN.matcher(older).find()) {
            return Optional.empty();
        }
        Matcher sign = LEFT_BEHIND.matcher(newer);
        while (sign.find()) {
            Set<String> choice = words(sign.group(1));
            if (choice.isEmpty() || !before.containsAll(choice)) {
                continue;
            }
            Set<String> rest = new HashSet<>(before);
            rest.removeAll(choice);
            if (rest.isEmpty()) {
                continue;
            }
            Set<String> met = new HashSet<>(rest);
            met.retainAll(after);
            double share = (double) met.size() / rest.size();
            if (share >= REST_SHARED_MIN) {
                return Optional.of(new Evidence(Reason.LEFT_BEHIND, share));
            }
        }
        return Optional.empty();
    }

    private static boolean isNegative(String text) {
        return NEGATION.matcher(text).find();
    }

    /// Numbers with their units, without those that are part of a name.
    private static List<String> values(String text) {
        var values = new ArrayList<String>();
        Matcher value = VALUE.matcher(NUMBERED.matcher(text).replaceAll("$1"));
        while (value.find()) {
            values.add(value.group().strip().toLowerCase(Locale.ROOT).replace(" ", ""));
        }
        return values;
    }

    /// What a text speaks of, by the beginnings of its words: without values, and without what says
    /// nothing of the subject.
    private static Set<String> words(String text) {
        String named = NUMBERED.matcher(text).replaceAll("$1$2");
        var words = new LinkedHashSet<String>();
        for (String term : SearchTerms.of(VALUE.matcher(named).replaceAll(" "))) {
            String stem = stem(term);
            if (words.size() < WORDS_MAX
                    && term.length() > 1
                    && !SearchTerms.isStopWord(term)
                    && !SAYS_NOTHING.contains(term)
                    && !SAYS_NOTHING.contains(stem)) {
                words.add(stem);
            }
        }
        return words;
    }

    /// English endings off: enough to see that `retries` and `retry` are one word.
    private static String stem(String word) {
        String stem = word;
        for (String ending : List.of("ies", "ing", "ed", "es", "s")) {
            if (stem.length() - ending.length() >= 3 && stem.endsWith(ending)) {
                stem = stem.substring(0, stem.length() - ending.length());
                if (ending.equals("ies")) {
                    stem += "y";
                }
                break;
            }
        }
        return stem.length() > 4 && stem.endsWith("e")
                ? stem.substring(0, stem.length() - 1)
                : stem;
    }

    private static double shared(Set<String> one, Set<String> other) {
        Set<String> both = new HashSet<>(one);
        both.retainAll(other);
        Set<String> all = new HashSet<>(one);
        all.addAll(other);
        return both.size() < SUBJECT_WORDS_MIN ? 0 : (double) both.size() / all.size();
    }
}
