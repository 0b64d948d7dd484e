package dev.mneme.e2e;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What a proof puts in the way, where this machine lets it.
final class Obstacles {

    /// Where it is `1`, a proof that cannot be run fails.
    private static final String REQUIREMENT = "MNEME_REQUIRE_PROOFS";

    private Obstacles() {}

    /// Hides the folder that is the first argument and runs the others.
    private static final String HIDDEN =
            """
            set -eu
            jdk=$1; shift
            mount -t tmpfs tmpfs "$jdk"
            [ ! -e "$jdk/bin/java" ] || { echo 'the JDK is not hidden'; exit 9; }
            exec "$@"
            """;

    /// A shell script with its arguments, whose mounts nobody else sees.
    static List<String> inOwnMounts(String script, List<String> arguments) {
        var words =
                new ArrayList<>(
                        List.of(
                                "unshare",
                                "-m",
                                "--propagation",
                                "private",
                                "sh",
                                "-c",
                                script,
                                "sh"));
        words.addAll(arguments);
        return List.copyOf(words);
    }

    /// A command on a machine that has not the JDK of this one.
    static List<String> withoutJdk(List<String> command) throws IOException {
        var words = new ArrayList<String>();
        words.add(Path.of(System.getProperty("java.home")).toRealPath().toString());
        words.addAll(command);
        return inOwnMounts(HIDDEN, words);
    }

    /// Whether a small file system may be mounted in a namespace of its own. Where it may not, one
    /// line says so.
    static boolean smallDisks(Person person) throws Exception {
        Ended probe =
                person.run(
                        inOwnMounts("mount -t tmpfs -o size=64k tmpfs \"$HOME\"", List.of()),
                        Person.COMMAND_TIMEOUT);
        if (!probe.ok() && System.getenv().getOrDefault(REQUIREMENT, "").equals("1")) {
            throw new AssertionError(REQUIREMENT + "=1, but no tmpfs can be mounted: " + probe);
        }
        if (!probe.ok()) {
            System.out.println("not run: full disks (no tmpfs can be mounted here)");
        }
        return probe.ok();
    }
}
