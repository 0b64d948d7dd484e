package dev.mneme.installer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.protocol.Json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

/// `mneme config`: values are checked, secrets never shown, and the file keeps its other lines.
final class ConfigCommandIT {

    private static final String FILE =
            """
            # mine
            #PORT=3377
            export MNEME_LANGUAGE='german'
            MY_OWN=1
            """;

    @TempDir Path directory;

    @Test
    void showsAndChangesSettingsOneLineAtATime() throws Exception {
        try (var sandbox = new Sandbox(directory, "config")) {
            Path file = sandbox.mnemeHome().resolve(".env");
            Files.createDirectories(sandbox.mnemeHome());
            Files.writeString(file, FILE);
            assertThat(sandbox.mneme("config", "get", "mneme_language").out())
                    .isEqualTo("german\n");
            assertThat(sandbox.mneme("config", "get", "MNEME_FORGET_DAYS").out()).isEqualTo("7\n");
            assertThat(
                            sandbox.mneme(
                                            Map.of("MNEME_FORGET_DAYS", "9"),
                                            "config",
                                            "list",
                                            "--set")
                                    .out())
                    .isEqualTo(
                            """
                            MNEME_LANGUAGE = german  [.env]
                                PostgreSQL text search configuration for stemming
                            MNEME_FORGET_DAYS = 9  [environment]
                                days for which what was forgotten can be restored
                            """);

            Children.Ended set = sandbox.mneme("config", "set", "PORT", "4000");
            assertThat(set.exitCode()).as(set.err()).isZero();
            assertThat(set.out()).isEqualTo("PORT = 4000\n");
            assertThat(Files.readString(file))
                    .isEqualTo(FILE.replace("#PORT=3377\n", "#PORT=3377\nPORT=4000\n"));
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-------");

            Children.Ended secret =
                    sandbox.mneme(
                            "config", "set", "DATABASE_URL", "postgresql://me:s3cret@db/memory");
            assertThat(secret.out()).isEqualTo("DATABASE_URL = (set, hidden)\n");
            assertThat(Files.readString(file)).contains("s3cret");
            assertThat(sandbox.mneme("config", "list").out()).doesNotContain("s3cret");
            assertThat(sandbox.mneme("config", "list", "--json").out()).doesNotContain("s3cret");
            assertThat(sandbox.mneme("config", "get", "DATABASE_URL").out())
                    .isEqualTo("(set, hidden)\n");
            assertThat(Json.tree(sandbox.mneme("config", "list", "--json").out()).size())
                    .isGreaterThan(40);

            sandbox.mneme("config", "unset", "DATABASE_URL");
            sandbox.mneme("config", "unset", "PORT");
            assertThat(Files.readString(file)).isEqualTo(FILE);
        }
    }

    @Test
    void saysWhatASettingTakesInstead() throws Exception {
        try (var sandbox = new Sandbox(directory, "refused")) {
            Children.Ended number = sandbox.mneme("config", "set", "MNEME_QUEUE_DAYS", "3");
            assertThat(number.exitCode()).isEqualTo(1);
            assertThat(number.err())
                    .isEqualTo(
                            """
                            error: `MNEME_QUEUE_DAYS` cannot be `3`
                            hint: it takes a number from 7 to 36500; nothing was changed
                            """);
            Children.Ended secret = sandbox.mneme("config", "set", "DATABASE_URL", "s3cret");
            assertThat(secret.exitCode()).isEqualTo(1);
            assertThat(secret.err())
                    .contains("cannot be that")
                    .contains("postgresql://")
                    .doesNotContain("s3cret");
            assertThat(sandbox.mneme("config", "set", "MNEME_EXTRACTOR", "oracle").err())
                    .contains("names out of local, openai, anthropic, rules");
            assertThat(sandbox.mnemeHome()).doesNotExist();

            Children.Ended unknown = sandbox.mneme("config", "get", "MNEME_COLOUR");
            assertThat(unknown.exitCode()).isEqualTo(2);
            assertThat(unknown.err()).contains("`mneme config list` shows all");
            for (String word : new String[] {"list", "get", "set", "unset"}) {
                assertThat(sandbox.mneme("config", word, "--help").out()).contains("Example:");
            }
        }
    }
}
