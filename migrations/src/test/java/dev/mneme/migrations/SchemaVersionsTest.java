package dev.mneme.migrations;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/// A new migration that forgets its version here would never be applied to a living database.
final class SchemaVersionsTest {

    private static final Path SCRIPTS = Path.of("src/main/resources/dev/mneme/migrations");

    @Test
    void theVersionsAreThoseOfTheNewestScripts() throws IOException {
        assertThat(newest("core")).isEqualTo(SchemaVersions.CORE);
        assertThat(newest("vector")).isEqualTo(SchemaVersions.VECTOR);
    }

    private static String newest(String part) throws IOException {
        try (Stream<Path> scripts = Files.list(SCRIPTS.resolve(part))) {
            return scripts.map(script -> script.getFileName().toString())
                    .filter(name -> name.startsWith("V") && name.endsWith(".sql"))
                    .map(name -> name.substring(1, name.indexOf("__")))
                    .max(Comparator.naturalOrder())
                    .orElseThrow();
        }
    }
}
