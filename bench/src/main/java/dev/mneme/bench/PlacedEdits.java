package dev.mneme.bench;

import dev.mneme.protocol.Json;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// In which turn of a session each of its files was edited, where the data set does not say so and
/// a reader told it by what was said; `turns/README.md` says how.
final class PlacedEdits {

    private static final String RESOURCE = "turns/edits.jsonl";

    private final Map<String, List<List<String>>> byLine;

    private PlacedEdits(Map<String, List<List<String>>> byLine) {
        this.byLine = byLine;
    }

    static PlacedEdits all() throws IOException {
        try (InputStream stream = PlacedEdits.class.getResourceAsStream(RESOURCE)) {
            if (stream == null) {
                throw new IOException("the resource " + RESOURCE + " is missing");
            }
            return of(new String(stream.readAllBytes(), StandardCharsets.UTF_8).lines());
        }
    }

    /// @param sessions each with the hash of its line, and the files of each of its turns
    static PlacedEdits of(Stream<String> sessions) {
        var byLine = new HashMap<String, List<List<String>>>();
        sessions.map(Json::tree)
                .forEach(
                        session ->
                                byLine.put(
                                        session.path("sha256").asString(""),
                                        turns(session.path("turns"))));
        return new PlacedEdits(byLine);
    }

    private static List<List<String>> turns(JsonNode turns) {
        var all = new ArrayList<List<String>>();
        for (JsonNode turn : turns) {
            var files = new ArrayList<String>();
            turn.forEach(file -> files.add(file.asString("")));
            all.add(List.copyOf(files));
        }
        return List.copyOf(all);
    }

    /// The files edited in each turn of the session on a line; none where nobody has told.
    List<List<String>> inLine(String lineHash) {
        return byLine.getOrDefault(lineHash, List.of());
    }
}
