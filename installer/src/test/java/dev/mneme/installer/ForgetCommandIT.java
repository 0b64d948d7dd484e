package dev.mneme.installer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.protocol.Json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/// `mneme forget` and `mneme redact` as people use them.
final class ForgetCommandIT {

    private static final String PREVIEW =
            """
            would go: 2 observations, 1 event, 1 job, 2 session summaries
              #9 Cap the backoff
              and 1 more
            1 observation made from the same events would stay
            """;

    @TempDir Path directory;

    @Test
    void previewsAsksForgetsListsRestoresAndScans() throws Exception {
        try (var sandbox = new Sandbox(directory, "forget")) {
            sandbox.startDaemon();

            expect(0, sandbox.mneme("forget", "--last", "30m", "--dry-run"), PREVIEW);
            Children.Ended unasked = sandbox.mneme("forget", "--last", "30m");
            expect(1, unasked, PREVIEW);
            assertThat(unasked.err())
                    .isEqualTo(
                            """
                            error: cannot ask: there is no terminal
                            hint: confirm with `--yes`
                            """);
            expect(
                    0,
                    sandbox.mneme("forget", "--last", "30m", "--yes"),
                    PREVIEW
                            + """
                            forgotten: 2 observations, 1 event, 1 job, 2 session summaries
                            until 2026-11-27T00:00:00Z it comes back with `mneme forget --restore 3`
                            """);
            Children.Ended json = sandbox.mneme("forget", "--last", "30m", "--yes", "--json");
            assertThat(Json.tree(json.out()).at("/id").asLong()).isEqualTo(3);
            expect(
                    0,
                    sandbox.mneme("forget", "--list"),
                    """
                    3     restorable  by last at 2026-11-20T00:00:00Z: \
                    2 observations, 1 event, 1 job, 2 session summaries
                    """);
            expect(
                    0,
                    sandbox.mneme("forget", "--restore", "3"),
                    "restored: 2 observations, 1 event, 1 job, 2 session summaries\n");
            Children.Ended missing = sandbox.mneme("forget", "--restore", "4");
            assertThat(missing.exitCode()).isEqualTo(1);
            assertThat(missing.err())
                    .startsWith(
                            "error: cannot restore 4: nothing was forgotten under the number 4");

            expect(
                    1,
                    sandbox.mneme("redact", "--scan"),
                    """
                    github-token  mem_events 6 payload  abcdef
                    1 found in 10 rows
                    take them out with `mneme redact --scan --apply`
                    """);
            expect(
                    0,
                    sandbox.mneme("redact", "--scan", "--apply"),
                    """
                    github-token  mem_events 6 payload  abcdef
                    1 taken out of 1 of 10 rows
                    """);
            Children.Ended scanned = sandbox.mneme("redact", "--scan", "--json");
            assertThat(scanned.exitCode()).isEqualTo(1);
            assertThat(Json.tree(scanned.out()).at("/findings/0/kind").asString())
                    .isEqualTo("github-token");

            assertThat(sandbox.mneme("forget").exitCode()).isEqualTo(2);
            assertThat(sandbox.mneme("forget", "--list", "--last", "1h").exitCode()).isEqualTo(2);
            assertThat(sandbox.mneme("forget", "seven").exitCode()).isEqualTo(2);
            assertThat(sandbox.mneme("redact").exitCode()).isEqualTo(2);
        }
    }

    private static void expect(int exitCode, Children.Ended ended, String out) {
        assertThat(ended.exitCode()).as(ended.err()).isEqualTo(exitCode);
        assertThat(ended.out()).isEqualTo(out);
    }
}
