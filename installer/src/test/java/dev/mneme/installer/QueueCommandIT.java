package dev.mneme.installer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.protocol.Json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;

import java.nio.file.Path;

/// `mneme queue` as people use it: what it asks the daemon, what it prints, how it ends.
final class QueueCommandIT {

    @TempDir Path directory;

    @Test
    void listsShowsRetriesAndPurges() throws Exception {
        try (var sandbox = new Sandbox(directory, "queue")) {
            sandbox.startDaemon();

            expect(
                    sandbox.mneme("queue", "list"),
                    """
                    12       discarded  5/5 post-tool-use         Bash         IllegalStateException
                    """);
            expect(
                    sandbox.mneme("queue", "list", "--session", "s 1", "--all", "--limit", "2"),
                    """
                    12       discarded  5/5 post-tool-use         Bash         IllegalStateException
                    11       completed  5/5 post-tool-use         Bash         skipped: read-only
                    """);
            expect(sandbox.mneme("queue", "list", "--session", "none"), "no jobs\n");
            Children.Ended json = sandbox.mneme("queue", "list", "--json");
            assertThat(json.exitCode()).isZero();
            JsonNode job = Json.tree(json.out()).at("/jobs/0");
            assertThat(job.at("/id").asLong()).isEqualTo(12);
            assertThat(job.at("/tool_use_id").asString()).isEqualTo("toolu_12");
            assertThat(job.at("/event").asString()).isEqualTo("post-tool-use");
            assertThat(job.at("/state").asString()).isEqualTo("discarded");
            assertThat(job.at("/attempt").asInt()).isEqualTo(5);
            assertThat(job.at("/last_error").asString()).isEqualTo("IllegalStateException");
            expect(
                    sandbox.mneme("queue", "show", "12"),
                    """
                    job 12
                      state        discarded
                      attempt      5 of 5
                      last error   IllegalStateException
                      event        post-tool-use
                      tool         Bash
                      tool use     toolu_12
                      session      s 1
                      occurred     2026-11-20T00:00:00Z
                      captured     2026-11-20T00:00:01Z
                    """);
            expect(sandbox.mneme("queue", "retry", "12"), "job 12 is tried again\n");
            expect(sandbox.mneme("queue", "retry", "--all"), "3 jobs are tried again\n");
            expect(
                    sandbox.mneme("queue", "purge", "--state", "completed", "--older-than", "30d"),
                    "removed 1 job\n");
        }
    }

    @Test
    void saysWhatItCouldNotDoAndWhy() throws Exception {
        try (var sandbox = new Sandbox(directory, "queue fails")) {
            Children.Ended down = sandbox.mneme("queue", "list");
            assertThat(down.exitCode()).isEqualTo(1);
            assertThat(down.out()).isEmpty();
            assertThat(sandbox.filtered(down.err()))
                    .isEqualTo(
                            """
                            error: no daemon is running for `~/.mneme`
                            hint: start it with `mneme start`
                            """);

            sandbox.startDaemon();
            Children.Ended missing = sandbox.mneme("queue", "show", "99");
            assertThat(missing.exitCode()).isEqualTo(1);
            assertThat(missing.err())
                    .isEqualTo(
                            """
                            error: cannot show job 99: there is no job of that id [NOT_FOUND]
                            hint: list them with GET /api/queue?all=true
                            """);

            assertThat(sandbox.mneme("queue", "retry").exitCode()).isEqualTo(2);
            assertThat(sandbox.mneme("queue", "retry", "7", "--all").exitCode()).isEqualTo(2);
            assertThat(sandbox.mneme("queue", "show", "seven").exitCode()).isEqualTo(2);
        }
    }

    private static void expect(Children.Ended ended, String out) {
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertThat(ended.err()).isEmpty();
        assertThat(ended.out()).isEqualTo(out);
    }
}
