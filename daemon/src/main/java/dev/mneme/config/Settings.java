package dev.mneme.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What the daemon was told, from `.env` and the environment.
///
/// @param port set only when somebody configured one: then a taken port is an error
/// @param external set when a database of one's own is named
/// @param language the text search configuration for prose, beside `simple`
/// @param queuePollInterval how often the queue is looked at without being woken
/// @param attemptsMax how often an event is tried before its job counts as dead
/// @param turnIdleMax so long after its last event a turn counts as over that nothing else ended
/// @param payloadsKept how long the payload of an event is kept once its job is over
/// @param jobsKept how long a completed job says what became of its event
/// @param eventsKept how long an event is known, so that a late copy of it is recognised
/// @param closedObservationsKept how long an observation is kept that something newer replaced
/// @param skippedTools changes to the list of tools whose calls are not kept: a name more, or with
///     `-` in front one less
/// @param readOnlyAgents the same for the types of subagents whose calls are not kept
/// @param forgottenKept how long what was forgotten can be restored
/// @param pgvectorFolder a folder with a ready build of pgvector
/// @param sessionTokensMax what a session is told at its start at most; 0 tells nothing
/// @param promptHitsMax memories that a prompt is given at most; 0 gives none
/// @param extraction who understands turns
public record Settings(
        Optional<Integer> port,
        Optional<ExternalDatabase> external,
        String language,
        Duration queuePollInterval,
        int attemptsMax,
        Duration turnIdleMax,
        Duration payloadsKept,
        Duration jobsKept,
        Duration eventsKept,
        Duration closedObservationsKept,
        List<String> skippedTools,
        List<String> readOnlyAgents,
        Duration forgottenKept,
        Optional<Path> pgvectorFolder,
        int sessionTokensMax,
        int promptHitsMax,
        ExtractionSettings extraction) {

    public Settings {
        skippedTools = List.copyOf(skippedTools);
        readOnlyAgents = List.copyOf(readOnlyAgents);
    }

    /// A database of one's own. `toString` hides the password.
    ///
    /// @param parameters of the connection by the driver's names, such as `sslmode`
    public record ExternalDatabase(
            String host,
            int port,
            String database,
            String user,
            Secret password,
            Map<String, String> parameters) {

        public ExternalDatabase {
            parameters = Map.copyOf(parameters);
        }

        public ExternalDatabase(
                String host, int port, String database, String user, Secret password) {
            this(host, port, database, user, password, Map.of());
        }

        /// The address without user and password, fit for a log.
        public String address() {
            return host + ":" + port + "/" + database;
        }
    }

    /// A value that must not be printed.
    public record Secret(String value) {

        @Override
        public String toString() {
            return "(hidden)";
        }
    }
}
