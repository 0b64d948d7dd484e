package dev.mneme.postgres;

import java.nio.file.Path;
import java.util.Map;

/// What the tests of one machine share: programs and pgvector, prepared once.
final class Machine {

    private Machine() {}

    static Path cache() {
        Map<String, String> environment = System.getenv();
        String own = environment.getOrDefault("XDG_CACHE_HOME", "");
        Path base =
                own.isBlank()
                        ? Path.of(environment.getOrDefault("HOME", ""), ".cache")
                        : Path.of(own);
        return base.resolve("mneme-build").toAbsolutePath();
    }

    /// Unpacked once per machine, with pgvector.
    static PostgresInstallation installation() throws PostgresException, InterruptedException {
        var installation =
                PostgresInstallation.unpack(cache().resolve("postgres"), System.out::println);
        var provider =
                new PgvectorProvider(
                        installation,
                        cache().resolve("pgvector-work"),
                        System.getenv(),
                        System.out::println);
        if (provider.provide() instanceof PgvectorResult.Unavailable unavailable) {
            throw new IllegalStateException(
                    "no pgvector on this machine: "
                            + unavailable.attempts()
                            + "\nhint: "
                            + unavailable.hint());
        }
        provider.exportTo(pgvectorFolder());
        return installation;
    }

    static Path pgvectorFolder() {
        return cache().resolve("pgvector-17-" + System.getProperty("os.arch"));
    }
}
