package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/// One record on its way between databases: what an export writes a line of, and what every import
/// is made of. Things name each other by what is the same in every database: a project by its name,
/// a session by its agent's id, an event by its session and key, an observation by its `uid`.
public sealed interface Moved {

    /// A project.
    ///
    /// @param keys by what it is recognised
    record OfProject(
            String name, @Nullable String path, @Nullable Instant createdAt, List<Key> keys)
            implements Moved {

        public record Key(String kind, String value) {}

        public OfProject {
            keys = List.copyOf(keys);
        }
    }

    record OfSession(
            String sessionId,
            String project,
            @Nullable String path,
            String agent,
            SessionStatus status,
            Instant startedAt,
            Instant lastEventAt,
            @Nullable Instant openedAt,
            @Nullable Instant completedAt,
            @Nullable String endReason,
            @Nullable String startSource,
            @Nullable String summary,
            int promptCount,
            @Nullable String cwd)
            implements Moved {}

    /// An event with what became of it.
    ///
    /// @param job null where its job is no longer kept
    record OfEvent(
            String sessionId,
            String key,
            HookEvent kind,
            @Nullable String toolName,
            @Nullable String toolUseId,
            @Nullable String agentId,
            @Nullable String agentType,
            int promptNumber,
            @Nullable String promptKind,
            @Nullable String cause,
            @Nullable Boolean isInterrupt,
            @Nullable String cwd,
            @Nullable String branch,
            @Nullable String commit,
            Instant occurredAt,
            Instant receivedAt,
            String payloadHash,
            @Nullable String payload,
            @Nullable Job job)
            implements Moved {

        /// What became of an event.
        ///
        /// @param state `open` for one that is still to be worked on, or how it ended
        public record Job(
                String state,
                @Nullable String outcome,
                @Nullable String skipReason,
                @Nullable String error,
                int attempt,
                int maxAttempts,
                Instant createdAt,
                @Nullable Instant attemptedAt,
                @Nullable Instant finalizedAt) {}
    }

    /// What the user asked.
    ///
    /// @param uid of a prompt that came without its event
    /// @param event the key of the event that brought it
    record OfPrompt(
            @Nullable UUID uid,
            String sessionId,
            int number,
            String text,
            Instant createdAt,
            @Nullable String event)
            implements Moved {}

    /// A memory.
    ///
    /// @param path where its project is on this machine
    /// @param events the keys of the events it was made from
    record OfObservation(
            UUID uid,
            String sessionId,
            String project,
            @Nullable String path,
            NewObservation says,
            @Nullable Instant closedAt,
            @Nullable Instant pinnedAt,
            @Nullable Instant editedAt,
            List<String> events)
            implements Moved {

        public OfObservation {
            events = List.copyOf(events);
        }
    }

    /// What a turn or a session came to. The turn is named by the event it hangs on, or by a number
    /// where that is not known; by neither for the whole session.
    record OfSummary(
            @Nullable UUID uid,
            String sessionId,
            @Nullable String turnEvent,
            @Nullable Long turnNumber,
            @Nullable Integer promptNumber,
            SummaryDraft says,
            String madeBy,
            int madeByVersion,
            Instant createdAt)
            implements Moved {}

    /// A lesson.
    ///
    /// @param project null for one that holds everywhere
    record OfLesson(
            UUID uid,
            @Nullable String project,
            @Nullable String path,
            LessonText says,
            LessonState state,
            String source,
            @Nullable String signature,
            List<UUID> observations,
            int madeByVersion,
            long triggerCount,
            @Nullable Instant lastTriggeredAt,
            Instant createdAt,
            Instant changedAt)
            implements Moved {

        public OfLesson {
            observations = List.copyOf(observations);
        }
    }

    /// Which observation holds instead of another.
    record OfSupersession(UUID uid, UUID by) implements Moved {}

    /// A moment that another program wrote down, to be taken in as if its hook had fired then.
    ///
    /// @param uid of the line that tells of it
    /// @param payload as the host would have sent it to a hook, in JSON
    /// @param toolUseId of a tool's call
    /// @param told what is said in it, where anything is
    record OfMoment(
            UUID uid,
            String sessionId,
            HookEvent kind,
            Instant occurredAt,
            String agent,
            String payload,
            @Nullable String toolUseId,
            @Nullable Told told)
            implements Moved {

        /// What says the same within this time is the same: hooks and transcripts share no other
        /// id. Before the hook of an answer others may have run.
        public static final Duration WINDOW = Duration.ofSeconds(90);

        /// Of two texts that may have been cut at different places, so much must be the same.
        public static final int COMPARED_CHARS = 4_000;

        /// What is said in a moment.
        ///
        /// @param field of the payload that holds the text
        public record Told(String field, String text) {

            /// What is compared, in characters as PostgreSQL counts them.
            public String compared() {
                String bare = text.strip();
                return bare.codePointCount(0, bare.length()) <= COMPARED_CHARS
                        ? bare
                        : bare.substring(0, bare.offsetByCodePoints(0, COMPARED_CHARS));
            }
        }
    }
}
