package dev.mneme.bench;

import dev.mneme.domain.HookEvent;

import tools.jackson.databind.node.ObjectNode;

import java.time.Instant;
import java.util.List;

/// What a real session did between a prompt and its final answer, as the hooks would have told it.
///
/// @param file relative to the data folder, with `/`
/// @param line where it begins, counted from 1
/// @param number among the turns of that line, counted from 1; a line that holds a whole session
/// has several
/// @param lineHash SHA-256 of that line's bytes
/// @param hooks in the order in which they would have been sent
record RecordedTurn(String file, int line, int number, String lineHash, List<Hook> hooks) {

    /// One payload, before the daemon has seen it.
    record Hook(HookEvent kind, ObjectNode payload, Instant at) {}

    RecordedTurn {
        hooks = List.copyOf(hooks);
    }

    /// The host's name of the session.
    String session() {
        return hooks.getFirst().payload().path("session_id").asString("");
    }

    String place() {
        return place(file, line, number);
    }

    static String place(String file, int line, int number) {
        return file + ":" + line + (number == 1 ? "" : "#" + number);
    }
}
