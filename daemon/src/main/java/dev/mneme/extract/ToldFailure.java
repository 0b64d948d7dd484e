package dev.mneme.extract;

import dev.mneme.domain.Observation;
import dev.mneme.domain.ObservationDraft;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A failure and what mended it, read back from the memory that tells of both: what repeats from
/// turn to turn can be seen only there.
///
/// @param what as in `The Maven build fails: cannot find symbol`
/// @param command a pattern in RE2's syntax for the command that failed; null where it is not known
/// @param fixes what was changed, in a few words each; never empty
public record ToldFailure(String what, @Nullable String command, List<String> fixes) {

    /// Behind a fact that says what failed on the way.
    static final String MENDED = " (mended)";

    /// Before the line of an output that names the cause.
    static final String FAILED_WITH = "It failed with: ";

    /// In SQL's `LIKE`, what every memory of a mended failure holds in its facts or its narrative.
    public static final String FACTS_LIKE = "%" + MENDED + "%";

    public static final String NARRATIVE_LIKE = "%" + FAILED_WITH + "%";

    /// The version of the rules below; part of what a failure is recognised by.
    public static final int VERSION = 1;

    private static final String FAILS = " fails: ";

    /// Of one turn that a memory names.
    private static final int FAILURES_MAX = 2;

    private static final int FIXES_MAX = 3;
    private static final int WHAT_CHARS_MAX = 300;
    private static final int FIX_CHARS_MAX = 200;

    /// A shorter cause, as `error`, may be that of anything.
    private static final int CAUSE_CHARS_MIN = 12;

    private static final Pattern CAUSE =
            Pattern.compile("^" + FAILED_WITH + "(.+)$", Pattern.MULTILINE);
    private static final Pattern PATH = Pattern.compile("(?:[\\w.@+-]*[/\\\\])+(?=[\\w.@+-])");
    private static final Pattern NUMBER = Pattern.compile("0x[0-9a-f]+|\\b[0-9a-f]{7,}\\b|\\d+");

    public ToldFailure {
        fixes = List.copyOf(fixes);
    }

    /// The failures that a memory tells of with their fix; most tell of none.
    public static List<ToldFailure> in(Observation memory) {
        return in(memory.title(), memory.subtitle(), memory.narrative(), memory.facts());
    }

    /// The same of one that is not stored yet.
    public static List<ToldFailure> in(ObservationDraft memory) {
        return in(memory.title(), memory.subtitle(), memory.narrative(), memory.facts());
    }

    /// The memory with these failures among its facts, each of which `in` reads back. Whoever made
    /// it, the rules saw in the turn's events what failed and passed afterwards.
    public static ObservationDraft told(ObservationDraft memory, List<ToldFailure> failures) {
        var facts = new LinkedHashSet<String>();
        failures.stream()
                .limit(FAILURES_MAX)
                .map(failure -> failure.what() + MENDED)
                .forEach(facts::add);
        facts.addAll(memory.facts());
        return new ObservationDraft(
                memory.title(),
                memory.subtitle(),
                memory.type(),
                memory.narrative(),
                facts.stream().limit(Bounds.FACTS_MAX).toList(),
                memory.concepts(),
                memory.filesRead(),
                memory.filesModified());
    }

    private static List<ToldFailure> in(
            String title, @Nullable String subtitle, @Nullable String told, List<String> facts) {
        var found = new ArrayList<ToldFailure>();
        String narrative = told == null ? "" : told;
        List<String> fixes = fixes(title, narrative, facts);
        if (fixes.isEmpty()) {
            return found;
        }
        for (String fact : facts) {
            if (fact.endsWith(MENDED)) {
                of(fact.substring(0, fact.length() - MENDED.length()), fixes).ifPresent(found::add);
            }
        }
        Matcher cause = CAUSE.matcher(narrative);
        if (found.isEmpty() && cause.find()) {
            String failed = subtitle == null ? "" : subtitle;
            int fails = failed.indexOf(FAILS);
            String label = fails > 0 ? failed.substring(0, fails) : "A command";
            of(label + FAILS + cause.group(1), fixes).ifPresent(found::add);
        }
        return List.copyOf(found);
    }

    private static Optional<ToldFailure> of(String what, List<String> fixes) {
        int fails = what.indexOf(FAILS);
        if (fails < 0 || what.length() - fails - FAILS.length() < CAUSE_CHARS_MIN) {
            return Optional.empty();
        }
        return Optional.of(
                new ToldFailure(
                        Bounds.cut(Bounds.oneLine(what), WHAT_CHARS_MAX),
                        CommandLabel.patternFor(what.substring(0, fails)).orElse(null),
                        fixes));
    }

    /// What was changed in that turn, as its memory lists it.
    private static List<String> fixes(String title, String narrative, List<String> facts) {
        List<String> told =
                facts.stream()
                        .filter(fact -> !fact.endsWith(MENDED) && !fact.contains(FAILS))
                        .filter(fact -> !narrative.contains(FAILED_WITH + fact))
                        .map(fact -> Bounds.cut(Bounds.oneLine(fact), FIX_CHARS_MAX))
                        .distinct()
                        .limit(FIXES_MAX)
                        .toList();
        return told.isEmpty() && !title.isBlank()
                ? List.of(Bounds.cut(Bounds.oneLine(title), FIX_CHARS_MAX))
                : told;
    }

    /// The same for every occurrence of the same failure, whatever its folder, lines and numbers.
    public String signature() {
        String same = what.toLowerCase(Locale.ROOT);
        same = PATH.matcher(same).replaceAll("");
        same = NUMBER.matcher(same).replaceAll("#");
        same = same.replaceAll("[\"'`‘’“”]", "").replaceAll("\\s+", " ").strip();
        try {
            return HexFormat.of()
                    .formatHex(
                            MessageDigest.getInstance("SHA-256")
                                    .digest(
                                            (VERSION + " " + same)
                                                    .getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException everyJavaHasIt) {
            throw new IllegalStateException(everyJavaHasIt);
        }
    }
}
