package dev.mneme.e2e;

import java.util.List;

/// What a proof puts in the way, where this machine lets it.
final class Obstacles {

    /// Where it is `1`, a proof that cannot be run fails.
    private static final String REQUIREMENT = "MNEME_REQUIRE_PROOFS";

    private Obstacles() {}

    /// Whether a small file system may be mounted in a namespace of its own. Where it may not, one
    /// line says so.
    static boolean smallDisks(Person person) throws Exception {
        Ended probe =
                person.run(
                        List.of(
                                "unshare",
                                "-m",
                                "--propagation",
                                "private",
                                "sh",
                                "-c",
                                "mount -t tmpfs -o size=64k tmpfs \"$HOME\""),
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
