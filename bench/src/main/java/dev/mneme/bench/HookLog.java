package dev.mneme.bench;

import dev.mneme.bench.RecordedTurn.Hook;
import dev.mneme.domain.HookEvent;
import dev.mneme.domain.PromptKind;

import tools.jackson.databind.node.ObjectNode;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// The payloads that a folder holds, as turns.
///
/// A folder with one file for each payload keeps their order, and a prompt begins a turn. One with
/// a log for each event does not: a session there is one turn, its prompts first and its ends last.
final class HookLog {

    private record Logged(String file, RecordedLines.Line line, Hook hook) {}

    private final Map<String, List<Logged>> sessions = new LinkedHashMap<>();
    private boolean inOrder = true;

    /// @param isOnePayload whether the file is a single payload and no log
    void add(String file, RecordedLines.Line line, ObjectNode payload, boolean isOnePayload) {
        inOrder &= isOnePayload;
        kind(payload)
                .ifPresent(
                        kind ->
                                sessions.computeIfAbsent(
                                                payload.path("session_id").asString(""),
                                                session -> new ArrayList<>())
                                        .add(
                                                new Logged(
                                                        file,
                                                        line,
                                                        new Hook(kind, payload, Instant.EPOCH))));
    }

    private static Optional<HookEvent> kind(ObjectNode payload) {
        String name = payload.path("hook_event_name").asString("");
        return Stream.of(HookEvent.values())
                .filter(kind -> kind.hostName().equals(name))
                .findFirst();
    }

    List<RecordedTurn> turns() {
        var turns = new ArrayList<RecordedTurn>();
        for (List<Logged> session : sessions.values()) {
            if (inOrder) {
                split(session, turns);
            } else if (session.stream().anyMatch(HookLog::isCall)) {
                whole(session, turns);
            }
        }
        return turns;
    }

    private static void split(List<Logged> session, List<RecordedTurn> turns) {
        var turn = new ArrayList<Logged>();
        for (Logged logged : session) {
            if (beginsTurn(logged)) {
                close(turn, turns);
            }
            if (!turn.isEmpty() || beginsTurn(logged)) {
                turn.add(logged);
            }
        }
        close(turn, turns);
    }

    private static void close(List<Logged> turn, List<RecordedTurn> turns) {
        if (!turn.isEmpty()) {
            turns.add(turn(turn.getFirst(), turn));
            turn.clear();
        }
    }

    private static void whole(List<Logged> session, List<RecordedTurn> turns) {
        Logged first = session.stream().filter(HookLog::isCall).findFirst().orElseThrow();
        turns.add(
                turn(
                        first,
                        session.stream()
                                .sorted(Comparator.comparingInt(one -> place(one.hook().kind())))
                                .toList()));
    }

    private static RecordedTurn turn(Logged first, List<Logged> logged) {
        return new RecordedTurn(
                first.file(),
                first.line().number(),
                1,
                first.line().hash(),
                logged.stream().map(Logged::hook).toList());
    }

    private static boolean isCall(Logged logged) {
        return logged.hook().kind() == HookEvent.POST_TOOL_USE;
    }

    private static boolean beginsTurn(Logged logged) {
        return logged.hook().kind() == HookEvent.USER_PROMPT_SUBMIT
                && PromptKind.of(logged.hook().payload().path("prompt").asString("")).beginsTurn();
    }

    private static int place(HookEvent kind) {
        return switch (kind) {
            case SESSION_START -> 0;
            case USER_PROMPT_SUBMIT -> 1;
            case POST_TOOL_USE, POST_TOOL_USE_FAILURE -> 2;
            case SUBAGENT_STOP -> 3;
            case POST_COMPACT -> 4;
            case STOP -> 5;
            case SESSION_END -> 6;
        };
    }
}
