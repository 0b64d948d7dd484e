package dev.mneme.protocol;

import java.util.List;
import java.util.Map;

/// Keys that mean Mneme's settings in a person's own shell, and something else in the environment
/// of a session: the database and port of the project that is being worked on.
///
/// A daemon that a session starts must not see them, or memories would depend on which project
/// happened to start it. The hook program, which cannot use this module, repeats the list; a test
/// in `e2e` holds the two together.
public final class SessionEnvironment {

    public static final List<String> FOREIGN_KEYS =
            List.of(
                    "DATABASE_URL",
                    "AGENT_MEMORY_DATABASE_URL",
                    "POSTGRES_HOST",
                    "POSTGRES_PORT",
                    "POSTGRES_DB",
                    "POSTGRES_USER",
                    "POSTGRES_PASSWORD",
                    "PORT",
                    "HOST");

    private SessionEnvironment() {}

    /// Takes those keys out of the environment of a process to be started.
    public static void strip(Map<String, String> environment) {
        FOREIGN_KEYS.forEach(environment::remove);
    }
}
