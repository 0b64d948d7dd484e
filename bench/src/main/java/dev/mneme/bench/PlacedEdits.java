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
import java.util.Optional;
import java.util.stream.Stream;

/// In which turn of a session each of its files was edited, where the data set does not say so and
/// a reader told it by what was said; `turns/README.md` says how.
final class PlacedEdits {

    private static final String RESOURCE = "turns/edits.jsonl";

    private final Map<String, Session> byLine;

    /// @param folder the project's own, where its files are named from
    /// @param turns the files edited in each; empty where nobody has told
    record Session(Optional<String> folder, List<List<String>> turns) {

        private static final Session UNTOLD = new Session(Optional.empty(), List.of());
    }

    private PlacedEdits(Map<String, Session> byLine) {
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
        var byLine = new HashMap<String, Session>();
        sessions.map(Json::tree)
                .forEach(
                        session ->
                                byLine.put(
                                        session.path("sha256").asString(""),
                                        new Session(
                                                Optional.of(session.path("folder").asString(""))
                                                        .filter(folder -> !folder.isEmpty()),
                                                turns(session.path("turns")))));
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

    Session of(RecordedLines.Line line) {
        return byLine.getOrDefault(line.hash(), Session.UNTOLD);
    }
}
