package dev.mneme.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

final class SettingsLoaderTest {

    @TempDir Path folder;

    @Test
    void everythingHasADefault() {
        Settings settings = SettingsLoader.load(folder.resolve("absent"), Map.of());

        assertThat(settings.port()).isEmpty();
        assertThat(settings.external()).isEmpty();
        assertThat(settings.language()).isEqualTo("english");
        assertThat(settings.queuePollInterval()).isEqualTo(Duration.ofSeconds(5));
        assertThat(settings.attemptsMax()).isEqualTo(5);
        assertThat(settings.turnIdleMax()).isEqualTo(Duration.ofSeconds(60));
        assertThat(settings.eventsKept()).isEqualTo(Duration.ofDays(365));
        assertThat(settings.closedObservationsKept()).isEqualTo(Duration.ofDays(365));
    }

    @Test
    void theEnvironmentWinsOverTheFile() throws IOException {
        Settings settings =
                load(
                        """
                        # a comment
                        export PORT=4000
                        MNEME_LANGUAGE="german"
                        QUEUE_MAX_RETRIES=7 # tries
                        """,
                        Map.of("PORT", "4001"));

        assertThat(settings.port()).contains(4001);
        assertThat(settings.language()).isEqualTo("german");
        assertThat(settings.attemptsMax()).isEqualTo(7);
    }

    @Test
    void listsOfNamesAreChangedByNamesWithAndWithoutAMinus() throws IOException {
        Settings settings =
                load(
                        """
                        MNEME_SKIP_TOOLS=-Skill, mcp__jira__*,WebFetch,
                        MNEME_READ_ONLY_AGENTS=my-plugin:scout
                        """,
                        Map.of());

        assertThat(settings.skippedTools()).containsExactly("-Skill", "mcp__jira__*", "WebFetch");
        assertThat(settings.readOnlyAgents()).containsExactly("my-plugin:scout");
        assertThatThrownBy(() -> load("MNEME_SKIP_TOOLS=Read Write,*x\n", Map.of()))
                .hasMessageContaining("`MNEME_SKIP_TOOLS` has `Read Write`")
                .hasMessageContaining("has `*x`");
    }

    @Test
    void readsADatabaseUrlOfTheReferenceSystems() throws IOException {
        Settings settings =
                load("DATABASE_URL=postgresql+asyncpg://me:p%40ss+w@db.local:5433/mem\n", Map.of());

        assertThat(settings.external())
                .contains(
                        new Settings.ExternalDatabase(
                                "db.local", 5433, "mem", "me", new Settings.Secret("p@ss+w")));
        assertThat(settings.toString()).doesNotContain("p@ss");
    }

    @Test
    void keepsTheParametersOfADatabaseUrl() throws IOException {
        Settings.ExternalDatabase database =
                load(
                                "DATABASE_URL=postgres://me:pw@db/mem?sslmode=verify-full"
                                        + "&sslrootcert=%2Fetc%2Fca.pem&connect_timeout=3\n",
                                Map.of())
                        .external()
                        .orElseThrow();

        assertThat(database.parameters())
                .isEqualTo(
                        Map.of(
                                "sslmode",
                                "verify-full",
                                "sslrootcert",
                                "/etc/ca.pem",
                                "connectTimeout",
                                "3"));

        Settings.ExternalDatabase byDriver =
                load(
                                "DATABASE_URL=jdbc:postgresql://db/mem?user=me&password=pw&ssl=true\n",
                                Map.of())
                        .external()
                        .orElseThrow();
        assertThat(byDriver)
                .isEqualTo(
                        new Settings.ExternalDatabase(
                                "db",
                                5432,
                                "mem",
                                "me",
                                new Settings.Secret("pw"),
                                Map.of("sslmode", "verify-full")));
    }

    @Test
    void aParameterNobodyKnowsIsAnError() {
        assertThatThrownBy(
                        () ->
                                load(
                                        "DATABASE_URL=postgres://me:hunter2@db/mem?sslmod=require\n",
                                        Map.of()))
                .isInstanceOfSatisfying(
                        SettingsException.class,
                        wrong ->
                                assertThat(wrong.problems())
                                        .singleElement()
                                        .asString()
                                        .contains("`sslmod`", "sslmode")
                                        .doesNotContain("hunter2"));
    }

    @Test
    void readsTheSeparateDatabaseKeys() throws IOException {
        Settings settings = load("POSTGRES_PASSWORD=s\nPOSTGRES_PORT=5433\n", Map.of());

        assertThat(settings.external().orElseThrow().address())
                .isEqualTo("localhost:5433/agent_memory");
    }

    @Test
    void reportsEveryProblemAtOnceAndNoSecret() {
        assertThatThrownBy(
                        () ->
                                load(
                                        """
                                        PORT=seventy
                                        QUEUE_MAX_RETRIES=0
                                        MNEME_LANGUAGE=Robert'); DROP
                                        DATABASE_URL=mysql://me:hunter2@host/db
                                        """,
                                        Map.of()))
                .isInstanceOfSatisfying(
                        SettingsException.class,
                        wrong ->
                                assertThat(wrong.problems())
                                        .hasSize(4)
                                        .noneMatch(problem -> problem.contains("hunter2")));
    }

    private Settings load(String file, Map<String, String> environment) throws IOException {
        Path env = folder.resolve(".env");
        Files.writeString(env, file);
        return SettingsLoader.load(env, environment);
    }
}
