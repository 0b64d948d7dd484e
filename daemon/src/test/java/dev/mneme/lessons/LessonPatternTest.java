package dev.mneme.lessons;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.stream.IntStream;

/// What somebody wrote is looked for in time proportional to the text, whatever it is, or refused
/// with a reason.
final class LessonPatternTest {

    private static final int MIB = 1024 * 1024;

    /// A quarter of the text must take about a quarter of the time. A search that backtracks would
    /// take longer than the age of the universe for the whole.
    private static final double SHARE_MAX = 4 * 2.5;

    private static final int RUNS = 5;
    private static final int TRIES = 3;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(a+)+$",
                "(a*)*b",
                "(a|aa)+$",
                "(a|a?)+b",
                "(.*)(.*)(.*)(.*)x!",
                "(?:a?){50}a{50}!",
                "^(([a-z])+.)+[A-Z]([a-z])+$"
            })
    void hostilePatternsTakeTimeInProportion(String hostile) throws Exception {
        LessonPattern pattern = LessonPattern.of(hostile);
        // Nothing in it matches: every way to match must be given up.
        String whole = "a".repeat(MIB / 4 - 1) + "?";
        String part = "a".repeat(MIB / 16 - 1) + "?";
        assertThat(pattern.isIn(part)).isFalse();

        assertThat(share(pattern, whole, part)).as(hostile).isLessThan(SHARE_MAX);
    }

    @Test
    void aMebibyteIsSearchedAsItsQuarterFourTimes() throws Exception {
        LessonPattern pattern = LessonPattern.of("(a+)+$");
        String whole = "a".repeat(MIB - 1) + "?";
        String part = "a".repeat(MIB / 4 - 1) + "?";
        assertThat(pattern.isIn(part)).isFalse();
        assertThat(share(pattern, whole, part)).isLessThan(SHARE_MAX);
    }

    /// The smallest of a few tries: what else a machine does only ever adds.
    private static double share(LessonPattern pattern, String whole, String part) {
        return IntStream.range(0, TRIES)
                .mapToDouble(again -> (double) best(pattern, whole) / best(pattern, part))
                .min()
                .orElseThrow();
    }

    private static long best(LessonPattern pattern, String text) {
        long[] nanos = new long[RUNS];
        for (int i = 0; i < RUNS; i++) {
            long started = THREADS.getCurrentThreadCpuTime();
            assertThat(pattern.isIn(text)).isFalse();
            nanos[i] = THREADS.getCurrentThreadCpuTime() - started;
        }
        return Arrays.stream(nanos).min().orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({
        "git push.*--force, git PUSH origin main --force, true",
        "git push.*--force, git push origin main, false",
        "^rm -rf, echo; rm -rf x, false",
        "^rm -rf, 'rm -rf x', true",
        "migrations/.*\\.sql$, /w/db/migrations/007.sql, true",
        "(?-i)TODO, todo, false",
        "\\bGrüße\\b|漢字, 漢字, true"
    })
    void findsWhatPeopleWrite(String pattern, String text, boolean found) throws Exception {
        assertThat(LessonPattern.of(pattern).isIn(text)).isEqualTo(found);
    }

    @Test
    void aLineBorderIsThatOfAnyLine() throws Exception {
        assertThat(LessonPattern.of("^rm -rf").isIn("cd /tmp\nrm -rf x\n")).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "(a, cannot be read: missing closing )",
        "(a)\\1, cannot be read: invalid escape sequence",
        "(?=a)b, 'cannot be read: invalid or unsupported Perl syntax'",
        "a*, 'matches an empty text, and so every call'",
        "(((a{20}){20}){20})b, repeats more than 256 times",
        "a{1000}, repeats more than 256 times",
        "(?:(?:[[:alpha:](]{20}\\(){20}), repeats more than 256 times",
        "(abcdefgh){100}, is too large once its repetitions are written out"
    })
    void whatCannotBeUsedIsRefusedWithItsReason(String pattern, String reason) {
        assertThatThrownBy(() -> LessonPattern.of(pattern))
                .isInstanceOf(LessonPattern.Unusable.class)
                .hasMessage(reason);
    }

    @Test
    void aPatternThatIsTooLongIsNotEvenRead() {
        assertThatThrownBy(() -> LessonPattern.of("(".repeat(501)))
                .isInstanceOf(LessonPattern.Unusable.class)
                .hasMessage("has more than 500 characters");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[)]{200}",
                "(?:a{50})+(?:b{50})+(?:c{50})+",
                "[](]{200}",
                "\\Q(\\E(?:a){200}",
                "\\){200}",
                "\\\\{200}",
                "(?:[0-9a-f]{64}|[0-9a-f]{40})",
                "\\d{4}-\\d{2}-\\d{2}"
            })
    void ordinaryRepetitionsAreTaken(String pattern) throws Exception {
        assertThat(LessonPattern.of(pattern).text()).isEqualTo(pattern);
    }

    @ParameterizedTest
    @CsvSource({
        "Bash, Bash, true",
        "Bash, BashOutput, false",
        "Edit|Write, Write, true",
        "Edit | Write, Edit, true",
        "mcp__github__*, mcp__github__create_issue, true",
        "mcp__github__*, mcp__gitlab__create_issue, false",
        "*, Anything, true"
    })
    void toolsAreNamedAsTheHostsMatchersAre(String names, String tool, boolean included)
            throws Exception {
        assertThat(ToolNames.of(names).include(tool)).isEqualTo(included);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Edit||Write", "a*b", "Edit,Write", ".*"})
    void namesThatAreNoneAreRefused(String names) {
        assertThatThrownBy(() -> ToolNames.of(names)).isInstanceOf(ToolNames.Unusable.class);
    }
}
