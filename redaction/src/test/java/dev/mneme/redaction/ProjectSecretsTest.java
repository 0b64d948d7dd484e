package dev.mneme.redaction;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;

/// What stands in a project's `.env` files is hidden wherever it appears.
final class ProjectSecretsTest {

    @TempDir private Path project;

    private final Redactor redactor = new Redactor();

    @BeforeEach
    void writeEnvironment() throws IOException {
        Files.writeString(
                project.resolve(".env"),
                """
                # a comment = nothing-to-hide-1
                NODE_ENV=production
                PORT=8080
                HOST=http://localhost:3000
                export SMTP_PASS="three blind mice"
                OPAQUE=q9Zk3LmX7vB2nT5wR8yH
                DATABASE_URL=postgres://app:lighthouse@db/shop
                LOG_DIR=/var/log/shop-2026/daily
                SHORT_KEY=abc
                """);
        Files.writeString(project.resolve(".env.test.local"), "PIN_KEY=violet-harbor # mine\n");
        Files.writeString(project.resolve(".env.example"), "EXAMPLE_KEY=shown-to-everyone\n");
    }

    private String redacted(String output) {
        String payload =
                "{\"session_id\":\"a\",\"cwd\":\"" + project + "\",\"out\":\"" + output + "\"}";
        byte[] bytes = payload.getBytes(StandardCharsets.UTF_8);
        String once =
                new String(
                        redactor.redactJson(bytes, ProjectSecrets.ofEvent(bytes)),
                        StandardCharsets.UTF_8);
        byte[] again = once.getBytes(StandardCharsets.UTF_8);
        assertThat(redactor.redactJson(again, ProjectSecrets.ofEvent(again))).isSameAs(again);
        return once.substring(once.indexOf("\"out\":\"") + 7, once.length() - 2);
    }

    @Test
    void hidesTheValuesWhereverTheyAppear() {
        assertThat(redacted("we sing three blind mice and lighthouse, violet-harbor"))
                .isEqualTo(
                        "we sing [redacted:env-value] and [redacted:env-value],"
                                + " [redacted:env-value]");
        assertThat(redacted("id q9Zk3LmX7vB2nT5wR8yH.")).isEqualTo("id [redacted:env-value].");
    }

    @Test
    void keepsWhatIsNoSecret() {
        String plain =
                "production 8080 http://localhost:3000 /var/log/shop-2026/daily abc"
                        + " shown-to-everyone postgres app nothing-to-hide-1";
        assertThat(redacted(plain)).isEqualTo(plain);
    }

    @Test
    void findsNothingWithoutAFolderAndNeverFails() {
        for (String payload : new String[] {"", "{", "{\"cwd\":17}", "{\"cwd\":\"/no/such\"}"}) {
            assertThat(ProjectSecrets.ofEvent(payload.getBytes(StandardCharsets.UTF_8)))
                    .isSameAs(ProjectSecrets.NONE);
        }
    }

    @Test
    void readsTheFolderOfTheOutermostObjectOnly() {
        assertThat(TopLevelText.findOrNull("{\"a\":{\"cwd\":\"x\"},\"cwd\":\"\\u0041\"}", "cwd"))
                .isEqualTo("A");
        assertThat(TopLevelText.findOrNull("{\"a\":\"cwd\",\"b\":[\"cwd\",\"x\"]}", "cwd"))
                .isNull();
    }

    @Test
    void cacheFollowsTheFiles() throws IOException {
        ProjectSecretsCache cache = new ProjectSecretsCache();
        byte[] payload = ("{\"cwd\":\"" + project + "\"}").getBytes(StandardCharsets.UTF_8);
        ProjectSecrets before = cache.ofEvent(payload);
        assertThat(cache.ofEvent(payload)).isSameAs(before);
        Path file = project.resolve(".env");
        Files.writeString(file, "NEW_PASSWORD=golden-apple\n");
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000));
        ProjectSecrets after = cache.ofEvent(payload);
        assertThat(after).isNotSameAs(before);
        byte[] text = "{\"a\":\"golden-apple\"}".getBytes(StandardCharsets.UTF_8);
        assertThat(redactor.redactJson(text, after)).asString().contains("[redacted:env-value]");
    }
}
