package dev.mneme.store;

import dev.mneme.domain.CapturedEvent;
import dev.mneme.domain.ClaimedJob;
import dev.mneme.domain.ClaimedTurn;
import dev.mneme.domain.HookEvent;
import dev.mneme.domain.NewObservation;
import dev.mneme.domain.Turn;
import dev.mneme.domain.TurnWork;
import dev.mneme.protocol.Json;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Turns as they lie between the landmarks of a session: read for the work on them, and what was
/// made of them before.
public final class TurnStore {

    /// What an event contributes to a turn, before its payload is read.
    ///
    /// @param worked it was worked on before
    /// @param payloadBytes null where the payload is gone
    private record Part(long eventId, boolean worked, @Nullable Long payloadBytes) {}

    /// Reads a claimed turn as its events lie in time.
    ///
    /// Where some of it was worked on before (it was idle for a while, or an event came late), it
    /// is read as a whole again, so that what belongs together is understood together: a failure
    /// and, ten minutes later, the test that passes. That ends where the turn is too long for one
    /// go, or where a payload is gone that the earlier result was made from: then what is new is a
    /// part of its own.
    public TurnWork read(Tx tx, ClaimedTurn claimed) {
        List<Long> claimedIds = claimed.jobs().stream().map(ClaimedJob::eventId).toList();
        List<Part> whole = parts(tx, claimed, claimedIds, Turn.EVENTS_MAX + 1);
        boolean fits =
                whole.size() <= Turn.EVENTS_MAX
                        && whole.stream().allMatch(part -> part.payloadBytes() != null)
                        && bytes(whole) <= Turn.PAYLOAD_BYTES_MAX;
        List<Part> chosen =
                fits ? whole : inOneGo(whole.stream().filter(part -> !part.worked()).toList());
        boolean continues = !fits && whole.stream().anyMatch(Part::worked);
        Set<Long> ids = chosen.stream().map(Part::eventId).collect(Collectors.toSet());
        return new TurnWork(
                turn(tx, ids, continues),
                claimed.turnId(),
                claimed.sessionId(),
                projectOf(tx, claimed.sessionId()),
                claimed.jobs().stream().filter(job -> ids.contains(job.eventId())).toList(),
                chosen.stream().filter(Part::worked).map(Part::eventId).toList());
    }

    /// The claimed events of a turn and those worked on before, in the order of time; where there
    /// are more than `limit`, those worked on before are the ones that are left out.
    private static List<Part> parts(Tx tx, ClaimedTurn claimed, List<Long> claimedIds, int limit) {
        return tx.handle()
                .createQuery(
                        """
                        WITH first AS (
                            SELECT occurred_at, id
                            FROM mem_events
                            WHERE id = :turn
                        ), next AS (
                            SELECT landmarks.occurred_at, landmarks.id, landmarks.kind
                            FROM mem_events AS landmarks
                            WHERE landmarks.session_id = :session
                                AND landmarks.kind IN ('user-prompt-submit', 'stop')
                                AND (:turn = 0 OR (landmarks.occurred_at, landmarks.id)
                                    > (SELECT occurred_at, id FROM first))
                            ORDER BY landmarks.occurred_at, landmarks.id
                            LIMIT 1
                        ), chosen AS (
                            SELECT
                                events.id,
                                events.occurred_at,
                                events.id <> ALL(:claimed) AS worked,
                                octet_length(events.payload) AS payload_bytes
                            FROM mem_events AS events
                            LEFT JOIN mem_jobs AS jobs ON jobs.event_id = events.id
                            WHERE events.session_id = :session
                                AND (:turn = 0
                                    OR (events.occurred_at, events.id)
                                        >= (SELECT occurred_at, id FROM first))
                                AND (NOT EXISTS (SELECT FROM next)
                                    OR (events.occurred_at, events.id)
                                        <= (SELECT occurred_at, id FROM next))
                                AND (events.id = ANY(:claimed)
                                    -- The answer before the turn, the prompt after it.
                                    OR NOT (events.id = :turn AND events.kind = 'stop')
                                        AND NOT (events.kind = 'user-prompt-submit'
                                            AND events.id IN (SELECT id FROM next))
                                        -- What was not worth keeping was never worked on.
                                        AND (jobs.id IS NULL
                                            OR jobs.state = 'completed' AND jobs.attempt > 0))
                            UNION
                            -- A landmark that came meanwhile may have moved the turn's bounds.
                            SELECT events.id, events.occurred_at, false,
                                octet_length(events.payload)
                            FROM mem_events AS events
                            WHERE events.id = ANY(:claimed)
                        )
                        SELECT id, worked, payload_bytes
                        FROM (
                            SELECT *
                            FROM chosen
                            ORDER BY worked, occurred_at, id
                            LIMIT :limit
                        ) AS bounded
                        ORDER BY occurred_at, id
                        """)
                .bind("session", claimed.sessionId())
                .bind("turn", claimed.turnId())
                .bindArray("claimed", Long.class, claimedIds)
                .bind("limit", limit)
                .map(
                        (row, context) -> {
                            long bytes = row.getLong("payload_bytes");
                            return new Part(
                                    row.getLong("id"),
                                    row.getBoolean("worked"),
                                    row.wasNull() ? null : bytes);
                        })
                .list();
    }

    /// The first of some events, as many as fit, at least one.
    private static List<Part> inOneGo(List<Part> parts) {
        long bytes = 0;
        int count = 0;
        for (Part part : parts) {
            bytes += Objects.requireNonNullElse(part.payloadBytes(), 0L);
            if (count == Turn.EVENTS_MAX || (count > 0 && bytes > Turn.PAYLOAD_BYTES_MAX)) {
                break;
            }
            count++;
        }
        return parts.subList(0, count);
    }

    private static long bytes(List<Part> parts) {
        return parts.stream()
                .mapToLong(part -> Objects.requireNonNullElse(part.payloadBytes(), 0L))
                .sum();
    }

    private record Read(CapturedEvent event, int promptNumber, @Nullable String branch) {}

    private static Turn turn(Tx tx, Set<Long> eventIds, boolean continues) {
        List<Read> read = events(tx, eventIds);
        if (read.isEmpty()) {
            throw new IllegalStateException("the events of a claimed turn are gone");
        }
        Optional<CapturedEvent> stop =
                last(read, one -> one.event().kind() == HookEvent.STOP ? one.event() : null);
        return new Turn(
                read.getFirst().event().sessionId(),
                read.stream().mapToInt(Read::promptNumber).max().orElse(0),
                last(read, one -> one.event().promptText()).orElse(null),
                last(read, one -> one.event().cwd()).orElse(null),
                last(read, Read::branch).orElse(null),
                read.stream().map(Read::event).toList(),
                stop.map(TurnStore::answer).orElse(null),
                stop.isPresent() ? Turn.End.ANSWER : Turn.End.SILENCE,
                continues);
    }

    private static <T> Optional<T> last(List<Read> read, Function<Read, @Nullable T> part) {
        for (Read one : read.reversed()) {
            T value = part.apply(one);
            if (value != null) {
                return Optional.of(value);
            }
        }
        return Optional.empty();
    }

    private static @Nullable String answer(CapturedEvent stop) {
        try {
            JsonNode text = Json.tree(stop.payload()).path("last_assistant_message");
            return text.isString() && !text.stringValue().isBlank() ? text.stringValue() : null;
        } catch (JacksonException notJson) {
            return null;
        }
    }

    private static List<Read> events(Tx tx, Set<Long> ids) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT
                            events.id,
                            events.kind,
                            sessions.session_id AS external_session_id,
                            events.prompt_number,
                            events.occurred_at,
                            events.cwd,
                            events.branch,
                            events.tool_name,
                            events.tool_use_id,
                            coalesce(events.payload, '{}') AS payload,
                            prompts.prompt_text
                        FROM mem_events AS events
                        JOIN mem_sessions AS sessions ON sessions.id = events.session_id
                        LEFT JOIN LATERAL (
                            -- What the event was an answer to. A command, a schedule or another
                            -- session between the user's last words and the event means that they
                            -- are not it.
                            SELECT turns.id
                            FROM mem_events AS turns
                            WHERE turns.session_id = events.session_id
                                AND turns.kind = 'user-prompt-submit'
                                AND turns.prompt_kind IN (
                                    'user', 'slash-command', 'scheduled', 'other-session')
                                AND turns.occurred_at <= events.occurred_at
                            ORDER BY turns.occurred_at DESC, turns.id DESC
                            LIMIT 1
                        ) AS turn ON true
                        LEFT JOIN mem_user_prompts AS prompts ON prompts.event_id = turn.id
                        WHERE events.id = ANY(:ids)
                        ORDER BY events.occurred_at, events.id
                        """)
                .bindArray("ids", Long.class, ids)
                .map(
                        (row, context) ->
                                new Read(
                                        new CapturedEvent(
                                                row.getLong("id"),
                                                HookEvent.ofPath(row.getString("kind"))
                                                        .orElseThrow(),
                                                row.getString("external_session_id"),
                                                Columns.instant(row, "occurred_at"),
                                                row.getString("cwd"),
                                                row.getString("tool_name"),
                                                row.getString("tool_use_id"),
                                                row.getString("payload"),
                                                row.getString("prompt_text")),
                                        row.getInt("prompt_number"),
                                        row.getString("branch")))
                .list();
    }

    private static long projectOf(Tx tx, long sessionId) {
        return tx.handle()
                .createQuery("SELECT project_id FROM mem_sessions WHERE id = :id")
                .bind("id", sessionId)
                .mapTo(Long.class)
                .one();
    }

    /// Keeps events from being forgotten until the transaction ends.
    ///
    /// @return false when one of them is gone
    public boolean hold(Tx tx, List<Long> eventIds) {
        return tx.handle()
                        .createQuery(
                                """
                                SELECT id
                                FROM mem_events
                                WHERE id = ANY(:ids)
                                ORDER BY id
                                FOR KEY SHARE
                                """)
                        .bindArray("ids", Long.class, eventIds)
                        .mapTo(Long.class)
                        .list()
                        .size()
                == new HashSet<>(eventIds).size();
    }

    /// What an extractor made of events before, by what it says.
    ///
    /// @param kept somebody took it out of recall, pinned it or put it in other words, and it stays
    ///     so
    /// @param edited its words are a person's by now
    public record Made(
            long observationId,
            String type,
            String title,
            @Nullable String narrative,
            List<String> facts,
            boolean kept,
            boolean edited) {

        public Made {
            facts = List.copyOf(facts);
        }

        /// Whether it is told by what a turn gives now. One that somebody touched is, whatever its
        /// facts are by now: a closed one would come back, a pinned one lose its pin. One in a
        /// person's words stands for what the turn gives of its type, or the words that were put
        /// right would come back beside them.
        public boolean says(NewObservation observation) {
            if (edited) {
                return type.equals(observation.type().wireName());
            }
            return type.equals(observation.type().wireName())
                    && title.equals(observation.title())
                    && Objects.equals(narrative, observation.narrative())
                    && (kept || facts.equals(observation.facts()));
        }
    }

    public List<Made> madeFrom(Tx tx, List<Long> eventIds) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT
                            id, type, title, narrative, facts,
                            num_nonnulls(closed_at, pinned_at, edited_at) > 0 AS kept,
                            edited_at IS NOT NULL AS edited
                        FROM mem_observations
                        WHERE id IN (
                            SELECT observation_id
                            FROM mem_observation_events
                            WHERE event_id = ANY(:events))
                        ORDER BY id
                        """)
                .bindArray("events", Long.class, eventIds)
                .map(
                        (row, context) ->
                                new Made(
                                        row.getLong("id"),
                                        row.getString("type"),
                                        row.getString("title"),
                                        row.getString("narrative"),
                                        Columns.strings(row, "facts"),
                                        row.getBoolean("kept"),
                                        row.getBoolean("edited")))
                .list();
    }

    /// Adds to what an observation was made from.
    public void addOrigins(Tx tx, long observationId, List<Long> eventIds) {
        tx.handle()
                .createUpdate(
                        """
                        INSERT INTO mem_observation_events (observation_id, event_id)
                        SELECT :observation, unnest(:events)
                        ON CONFLICT DO NOTHING
                        """)
                .bind("observation", observationId)
                .bindArray("events", Long.class, eventIds)
                .execute();
    }

    public void remove(Tx tx, List<Long> observationIds) {
        tx.handle()
                .createUpdate("DELETE FROM mem_observations WHERE id = ANY(:ids)")
                .bindArray("ids", Long.class, observationIds)
                .execute();
    }
}
