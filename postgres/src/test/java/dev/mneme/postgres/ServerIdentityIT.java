package dev.mneme.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

@Timeout(value = 120)
final class ServerIdentityIT {

    private static final int ROOT = 0;
    private static final long EXIT_SECONDS_MAX = 30;

    /// Waits until its users are mapped; only a program started after that is root in there.
    private static final String WHEN_MAPPED = "read -r mapped; exec sh -c \"$@\"";

    /// Forbids further namespaces, in this one only, and proves it before it runs the rest.
    private static final String WITHOUT_NAMESPACES =
            """
            echo 0 > /proc/sys/user/max_user_namespaces || exit 3
            if unshare --user true 2>/dev/null; then exit 4; fi
            exec "$@"
            """;

    @TempDir Path folder;

    @Test
    void everyFileBelongsToTheCaller() throws Exception {
        int caller = owner(folder);
        try (var server = EmbeddedPostgres.start(settings())) {
            assertThat(server.running()).isTrue();
            try (Stream<Path> files = Files.walk(folder)) {
                assertThat(files.filter(file -> !Files.isSymbolicLink(file)).toList())
                        .allSatisfy(file -> assertThat(owner(file)).isEqualTo(caller));
            }
        }
    }

    /// Goal: where root may not make a user namespace, as in many containers, another user runs the
    /// server in a folder that only root may enter; a later start with namespaces takes it back.
    @Test
    void anotherUserServesWhereNamespacesAreForbidden() throws Exception {
        if (owner(folder) != ROOT) {
            System.out.println("not run: another user as server (the tests do not run as root)");
            assumeThat(owner(folder)).isEqualTo(ROOT);
        }
        var command =
                new ArrayList<>(
                        List.of(
                                "unshare",
                                "--user",
                                "sh",
                                "-c",
                                WHEN_MAPPED,
                                "sh",
                                WITHOUT_NAMESPACES,
                                "sh"));
        command.addAll(
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "dev.mneme.postgres.ServerOwner",
                        folder.toString()));
        Process owner =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (var output =
                new BufferedReader(
                        new InputStreamReader(owner.getInputStream(), StandardCharsets.UTF_8))) {
            mapEveryUser(owner.pid());
            owner.outputWriter().write("mapped\n");
            owner.outputWriter().flush();
            String line = output.readLine();
            while (line != null && !line.startsWith("owner ")) {
                line = output.readLine();
            }
            assertThat(line).as("the server's owner ended: exit code shows why").isNotNull();
            assertThat(owner(folder.resolve("data"))).isNotEqualTo(ROOT);
            assertThat(owner(folder.resolve("password"))).isEqualTo(ROOT);
        } finally {
            owner.outputWriter().close();
            assertThat(owner.waitFor(EXIT_SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
        }
        try (var server = EmbeddedPostgres.start(settings())) {
            assertThat(server.running()).isTrue();
            assertThat(owner(folder.resolve("data").resolve("PG_VERSION"))).isEqualTo(ROOT);
        }
    }

    @Test
    void anOrdinaryUserNeedsNoDetour() throws Exception {
        var identity = ServerIdentity.choose(folder, Machine.installation(), System.getenv());
        assertThat(identity instanceof ServerIdentity.Caller).isEqualTo(owner(folder) != ROOT);
        assertThat(new ServerIdentity.Caller().prefix()).isEmpty();
    }

    private static void mapEveryUser(long pid) throws Exception {
        // The namespace exists once its process has left ours; until then the write is refused.
        Path ours = Files.readSymbolicLink(Path.of("/proc/self/ns/user"));
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(EXIT_SECONDS_MAX);
        while (Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/user")).equals(ours)) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.onSpinWait();
        }
        for (String map : List.of("gid_map", "uid_map")) {
            Files.writeString(Path.of("/proc/" + pid + "/" + map), "0 0 65536\n");
        }
    }

    private EmbeddedPostgres.Settings settings() throws PostgresException, InterruptedException {
        return EmbeddedPostgres.Settings.of(folder, folder.resolve("log"), Machine.installation())
                .withEnvironment(Map.copyOf(System.getenv()));
    }

    private static int owner(Path path) throws java.io.IOException {
        return (int) Files.getAttribute(path, "unix:uid", java.nio.file.LinkOption.NOFOLLOW_LINKS);
    }
}
