package dev.mneme.bench;

import dev.mneme.domain.ObservationType;
import dev.mneme.protocol.Json;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What a person says is worth remembering of a recorded turn; `turns/README.md` has the fields.
///
/// @param conversation the session it is from, as the data set names it
/// @param types the main one first; empty where nothing is worth keeping
/// @param modified relative to the session's folder
record TurnLabel(
        String conversation,
        Purpose purpose,
        String file,
        int line,
        int number,
        String lineHash,
        List<ObservationType> types,
        List<String> modified) {

    private static final String RESOURCE = "turns/labels.jsonl";

    /// Rules are made by looking at the one kind, and figures are of the other.
    enum Purpose {
        TUNING,
        REPORTING
    }

    TurnLabel {
        types = List.copyOf(types);
        modified = List.copyOf(modified);
    }

    boolean isKept() {
        return !types.isEmpty();
    }

    ObservationType mainType() {
        return types.getFirst();
    }

    String place() {
        return RecordedTurn.place(file, line, number);
    }

    static List<TurnLabel> all() throws IOException {
        try (InputStream stream = TurnLabel.class.getResourceAsStream(RESOURCE)) {
            if (stream == null) {
                throw new IOException("the resource " + RESOURCE + " is missing");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(line -> of(Json.tree(line)))
                    .toList();
        }
    }

    private static TurnLabel of(JsonNode label) {
        var types = new ArrayList<ObservationType>();
        for (JsonNode type : label.path("types")) {
            types.add(ObservationType.ofWireName(type.asString("")).orElseThrow());
        }
        var modified = new ArrayList<String>();
        label.path("modified").forEach(file -> modified.add(file.asString("")));
        if (label.path("verdict").asString("").equals("keep") == types.isEmpty()) {
            throw new IllegalStateException("a label is kept and has types, or neither");
        }
        return new TurnLabel(
                label.path("conversation").asString(""),
                Purpose.valueOf(label.path("for").asString("").toUpperCase(Locale.ROOT)),
                label.path("file").asString(""),
                label.path("line").asInt(),
                label.path("turn").asInt(1),
                label.path("sha256").asString(""),
                types,
                modified);
    }
}
