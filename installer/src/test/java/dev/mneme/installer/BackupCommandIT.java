package dev.mneme.installer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;

/// `mneme backup` and `mneme restore` as people type them; what they do to a database is told by
/// the daemon's own tests.
final class BackupCommandIT {

    @TempDir Path directory;

    @Test
    void backsUpListsAndRestores() throws Exception {
        try (var sandbox = new Sandbox(directory, "backups")) {
            Children.Ended early = sandbox.mneme("backup");
            assertThat(early.exitCode()).isEqualTo(1);
            assertThat(sandbox.filtered(early.err()))
                    .isEqualTo(
                            """
                            error: Mneme is not installed in `~/.mneme`
                            hint: install it with `mneme install`
                            """);
            assertThat(sandbox.mneme("install", "--yes", "--no-register").exitCode()).isZero();
            assertThat(sandbox.filtered(sandbox.mneme("backup", "--list").out()))
                    .isEqualTo("no backups in `~/.mneme/backups`\n");

            Children.Ended written = sandbox.mneme("backup");

            assertThat(written.exitCode()).as(written.err()).isZero();
            assertThat(sandbox.filtered(written.out()).replaceAll("[0-9]{8}T[0-9]{9}Z", "WHEN"))
                    .isEqualTo(
                            """
                                      3 tables with 7 rows, 8 bytes
                                      checked: every row came back as it went in
                            backup: ~/.mneme/backups/mneme-WHEN.zip
                            restore it with `mneme restore ~/.mneme/backups/mneme-WHEN.zip`
                            """);
            assertThat(sandbox.mneme("backup", "--list").out()).containsPattern("8 B  .*zip");

            Path elsewhere = sandbox.home().resolve("mine.zip");
            Children.Ended unchecked = sandbox.mneme("backup", "--no-check", elsewhere.toString());
            assertThat(unchecked.exitCode()).as(unchecked.err()).isZero();
            assertThat(unchecked.out()).doesNotContain("checked");

            Children.Ended unasked = sandbox.mneme("restore", elsewhere.toString());
            assertThat(unasked.exitCode()).isEqualTo(1);
            assertThat(unasked.err()).contains("hint: confirm with `--yes`");

            Children.Ended restored = sandbox.mneme("restore", "--yes", elsewhere.toString());
            assertThat(restored.exitCode()).as(restored.err()).isZero();
            assertThat(sandbox.filtered(restored.out()))
                    .isEqualTo(
                            """
                            daemon stopped: process PID
                                      restored: 7 rows
                            daemon started: process PID, port PORT
                            restored from `~/mine.zip`
                            """);

            Files.writeString(elsewhere, "half a back");
            Children.Ended damaged = sandbox.mneme("restore", "--yes", elsewhere.toString());
            assertThat(damaged.exitCode()).isEqualTo(1);
            assertThat(sandbox.filtered(damaged.err()))
                    .isEqualTo(
                            """
                            error: cannot restore: cannot use the backup `~/mine.zip`: it is cut off
                            hint: restore another backup
                            """);
            assertThat(sandbox.filtered(damaged.out())).contains("daemon started: process PID");
            assertThat(sandbox.mneme("restore").exitCode()).as("used wrongly").isEqualTo(2);
            assertThat(sandbox.mneme("restore", "--help").out()).contains("Example:");
        }
    }
}
