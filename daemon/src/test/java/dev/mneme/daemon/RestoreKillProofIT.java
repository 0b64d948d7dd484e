package dev.mneme.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.backup.BackupWriter;
import dev.mneme.migrations.testkit.TestDatabase;
import dev.mneme.postgres.Progress;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/// `kill -9` of a restore at whatever instant leaves the old database or the new one, and the next
/// restore works.
@Tag("proof")
final class RestoreKillProofIT {

    private static final int KILLS = 25;
    private static final int SIDES = 2;

    @TempDir Path folder;

    @Test
    @Timeout(600)
    void aKilledRestoreLeavesOneStateOrTheOther() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        var random = new Random(seed);
        Path home = Files.createDirectories(folder.resolve("home"));
        Path log = folder.resolve("restore.log");
        try (var first = TestDatabase.create();
                var second = TestDatabase.create();
                var target = TestDatabase.create()) {
            Path[] files = {back(first, "first", 300), back(second, "second", 900)};
            Map<?, ?>[] states = {BackupIT.content(first), BackupIT.content(second)};
            BackupIT.restore(files[0], target, Progress.SILENT);

            long startedNanos = System.nanoTime();
            Process whole = BackupIT.start(home, target, log, "restore", files[1].toString());
            assertThat(whole.waitFor(120, TimeUnit.SECONDS)).isTrue();
            assertThat(whole.exitValue()).as(Files.readString(log)).isZero();
            long wholeMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedNanos);
            int now = 1;
            int[] ended = new int[SIDES];

            for (int round = 0; round < KILLS; round++) {
                int wanted = 1 - now;
                Process restore =
                        BackupIT.start(home, target, log, "restore", files[wanted].toString());
                if (!restore.waitFor(random.nextLong(wholeMs), TimeUnit.MILLISECONDS)) {
                    restore.destroyForcibly();
                }
                assertThat(restore.waitFor(30, TimeUnit.SECONDS)).isTrue();

                Map<String, String> content = BackupIT.content(target);
                boolean replaced = content.equals(states[wanted]);
                assertThat(replaced || content.equals(states[now]))
                        .as("round " + round + " of seed " + seed)
                        .isTrue();
                ended[replaced ? 1 : 0]++;
                now = replaced ? wanted : now;
            }
            System.out.println(
                    "killed " + KILLS + " times: " + ended[0] + " old, " + ended[1] + " new");
            assertThat(ended[0]).as("most kills come before the end").isPositive();

            BackupIT.restore(files[1 - now], target, Progress.SILENT);
            assertThat((Object) BackupIT.content(target)).isEqualTo(states[1 - now]);
        }
    }

    private Path back(TestDatabase database, String name, int events) throws Exception {
        BackupIT.execute(
                database,
                """
                INSERT INTO mem_projects (name) VALUES ('%s');
                INSERT INTO mem_sessions (session_id, project_id)
                SELECT 's-' || name, id FROM mem_projects;
                INSERT INTO mem_events (
                    session_id, kind, dedupe_key, tool_name, occurred_at, payload_hash, payload)
                SELECT id, 'post-tool-use', 'key' || n, 'Bash',
                    timestamptz '2026-11-20 10:00Z' + n * interval '1 ms', sha256('x'),
                    repeat('payload ' || n, 200)
                FROM mem_sessions, generate_series(1, %d) AS n
                """
                        .formatted(name, events));
        Path file = folder.resolve(name + ".zip");
        try (Connection connection = database.connect()) {
            new BackupWriter(connection, "test").write(file);
        }
        return file;
    }
}
