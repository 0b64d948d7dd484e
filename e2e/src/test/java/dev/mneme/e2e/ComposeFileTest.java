package dev.mneme.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The compose file for those who would rather have PostgreSQL in a container, as the program reads
/// it that would run it. No engine is needed for that, and none has ever run it.
final class ComposeFileTest {

    private static final Path COMPOSE = Path.of("/usr/bin/docker-compose");
    private static final Duration TIMEOUT = Duration.ofMinutes(1);

    @Test
    void composeReadsItAndWantsAPassword() throws Exception {
        if (!Files.isExecutable(COMPOSE)) {
            assertThat(System.getenv("MNEME_REQUIRE_PROOFS")).as("no " + COMPOSE).isNotEqualTo("1");
            System.out.println("not run: the compose file (no " + COMPOSE + ")");
            return;
        }
        Ended read = config(Map.of("POSTGRES_PASSWORD", "s3cret", "POSTGRES_PORT", "5544"));
        assertThat(read.exitCode()).as(read.toString()).isZero();
        assertThat(read.out())
                .contains("image: pgvector/pgvector:pg17")
                .contains("127.0.0.1")
                .contains("5544")
                .contains("healthcheck:")
                .contains("pg_isready")
                .contains("mneme-postgres");

        Ended refused = config(Map.of());
        assertThat(refused.exitCode()).as(refused.toString()).isNotZero();
        assertThat(refused.err()).contains("set POSTGRES_PASSWORD to a random password");
    }

    private static Ended config(Map<String, String> environment) throws Exception {
        var all =
                new TreeMap<>(
                        Map.of("PATH", "/usr/bin:/bin", "LANG", "C.UTF-8", "HOME", "/nowhere"));
        all.putAll(environment);
        var command =
                new ArrayList<>(
                        List.of(
                                COMPOSE.toString(),
                                "-f",
                                Person.sourceTree().resolve("docker/compose.yaml").toString(),
                                "config"));
        return Programs.run(command, all, Person.sourceTree(), new byte[0], TIMEOUT);
    }
}
