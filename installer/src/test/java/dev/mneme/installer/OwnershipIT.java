package dev.mneme.installer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.protocol.Json;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

/// Upgrading, repairing and moving an installation, as people type it.
@Tag("proof")
final class OwnershipIT {

    @TempDir Path directory;

    @Test
    void upgradesFromAClone() throws Exception {
        try (var sandbox = new Sandbox(directory, "upgrade")) {
            Children.Ended early = sandbox.mneme("upgrade");
            assertThat(early.exitCode()).isEqualTo(1);
            assertThat(early.err()).contains("is not installed");
            assertThat(sandbox.mneme("install", "--yes", "--no-register").exitCode()).isZero();

            Children.Ended upgraded = sandbox.mneme("upgrade");

            assertThat(upgraded.exitCode()).as(upgraded.err()).isZero();
            assertThat(sandbox.filtered(upgraded.out()))
                    .contains("same    programs")
                    .endsWith("upgraded from 0 to VERSION\n");
            assertThat(sandbox.claude()).as("registered only where it was").doesNotExist();

            Path installed = sandbox.mnemeHome().resolve("bin/mneme");
            Children.Ended nothingNew = sandbox.launcher(installed, Map.of(), "upgrade");
            assertThat(nothingNew.exitCode()).isEqualTo(1);
            assertThat(nothingNew.err()).contains("hint: in your clone of Mneme run `git pull`");
        }
    }

    @Test
    void doctorMendsWhatAnInstallationWould() throws Exception {
        try (var sandbox = new Sandbox(directory, "fix")) {
            assertThat(sandbox.mneme("install", "--yes").exitCode()).isZero();
            assertThat(sandbox.mneme("doctor", "--fix").out()).doesNotContain("fixed:");

            sandbox.mneme("stop");
            Path token = sandbox.mnemeHome().resolve("token");
            Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-r--r--"));
            Files.delete(sandbox.mnemeHome().resolve("bin/mneme"));
            Path settings = sandbox.claude().resolve("settings.json");
            Files.writeString(settings, "{\n  \"model\": \"opus\"\n}\n");

            Children.Ended mended = sandbox.mneme("doctor", "--fix");

            assertThat(mended.exitCode()).as(mended.err() + mended.out()).isZero();
            assertThat(sandbox.filtered(mended.out()))
                    .contains("fixed: wrote `~/.mneme/bin/mneme` again\n")
                    .contains("fixed: registered with Claude Code what was missing there\n")
                    .contains("fixed: started the daemon: process PID\n")
                    .endsWith("healthy\n");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(token)))
                    .isEqualTo("rw-------");
            assertThat(Json.tree(Files.readString(settings)).at("/hooks/Stop").isMissingNode())
                    .isFalse();
        }
    }

    @Test
    void movesToADatabaseOfOnesOwnAndBack() throws Exception {
        try (var sandbox = new Sandbox(directory, "move")) {
            assertThat(sandbox.mneme("install", "--yes", "--no-register").exitCode()).isZero();
            Path settings = sandbox.mnemeHome().resolve(".env");
            String before = Files.readString(settings);
            String url = "postgresql://me:s3cret@db.example/memory";

            Children.Ended moved = sandbox.mneme("db", "move", "--yes", url);

            assertThat(moved.exitCode()).as(moved.err()).isZero();
            assertThat(sandbox.filtered(moved.out()).replaceAll("[0-9]{8}T[0-9]{9}Z", "WHEN"))
                    .isEqualTo(
                            """
                            daemon stopped: process PID
                                      3 tables with 7 rows, 8 bytes
                                      restored: 7 rows
                            `~/.mneme/.env` names it now
                            the backup it was moved with is kept: ~/.mneme/backups/mneme-WHEN.zip
                            daemon started: process PID, port PORT
                            moved to your database
                            """);
            assertThat(Files.readString(settings)).contains("DATABASE_URL=" + url);
            assertThat(sandbox.mneme("db", "move", "--yes", url).out()).contains("nothing to move");

            Files.writeString(sandbox.mnemeHome().resolve("standin"), "fail-restore");
            Children.Ended failed = sandbox.mneme("db", "move", "--yes", "embedded");
            assertThat(failed.exitCode()).isEqualTo(1);
            assertThat(Files.readString(settings)).as("as before").contains(url);
            assertThat(failed.out()).contains("daemon started");
            Files.delete(sandbox.mnemeHome().resolve("standin"));

            assertThat(sandbox.mneme("db", "move", "--yes", "embedded").exitCode()).isZero();
            assertThat(Files.readString(settings)).isEqualTo(before);

            Children.Ended shell =
                    sandbox.mneme(Map.of("POSTGRES_HOST", "db"), "db", "move", "--yes", url);
            assertThat(shell.err()).contains("`POSTGRES_HOST` is set in this shell");
            Children.Ended wrong = sandbox.mneme("db", "move", "--yes", "mysql://s3cret");
            assertThat(wrong.exitCode()).isEqualTo(1);
            assertThat(wrong.err()).doesNotContain("s3cret");
            assertThat(sandbox.mneme("db", "move", "--help").out()).contains("Example:");
        }
    }

    @Test
    void understandsTheFlagsOfTheInstallerBefore() throws Exception {
        try (var sandbox = new Sandbox(directory, "flags")) {
            assertThat(sandbox.mneme("install", "--yes", "--no-register").exitCode()).isZero();
            assertThat(sandbox.mneme("--status").out()).contains("daemon");
            assertThat(sandbox.filtered(sandbox.mneme("install", "--stop").out()))
                    .isEqualTo("daemon stopped: process PID\n");
            assertThat(sandbox.mneme("--migrate", "--dry-run").out()).contains("nothing to apply");
            assertThat(sandbox.filtered(sandbox.mneme("--start").out()))
                    .isEqualTo("daemon started: process PID, port PORT\n");
            for (String word : new String[] {"upgrade", "migrate", "db", "doctor"}) {
                assertThat(sandbox.mneme(word, "--help").out()).as(word).contains("Example:");
            }
        }
    }
}
