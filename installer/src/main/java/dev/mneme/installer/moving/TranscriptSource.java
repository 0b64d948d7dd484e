package dev.mneme.installer.moving;

import dev.mneme.installer.Failure;
import dev.mneme.protocol.Json;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Transcripts of agents that write JSON lines, the oldest first, so that a session which another
/// one was forked from comes before it. Whose they are is seen from their lines.
public final class TranscriptSource implements Source {

    /// A file that was written to since may belong to a session that goes on: its last turn is left
    /// for the next import.
    private static final Duration QUIET = Duration.ofMinutes(5);

    /// Lines that are looked at to see whose a file is.
    private static final int LOOK_LINES_MAX = 20;

    private static final int DEPTH_MAX = 8;

    private static final Pattern ROLLOUT =
            Pattern.compile("rollout-[0-9T-]+-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})");

    private final List<Path> files;
    private final Map<String, Long> contents = new LinkedHashMap<>();
    private final Clock clock;
    private long work;

    /// @param places files, and folders with such files below
    public TranscriptSource(List<Path> places, Clock clock) throws Failure, IOException {
        this.clock = clock;
        files = files(places);
        for (Path file : files) {
            work += Files.size(file);
        }
        contents.put("transcripts", (long) files.size());
        contents.put("bytes in them", work);
    }

    private static List<Path> files(List<Path> places) throws Failure, IOException {
        var found = new TreeMap<Path, Long>();
        for (Path place : places) {
            if (!Files.exists(place)) {
                throw new Failure(
                        "cannot read `" + place + "`: there is no such file or folder",
                        "name a transcript, or a folder with transcripts below it");
            }
            try (Stream<Path> below = Files.walk(place, DEPTH_MAX)) {
                for (Path file : below.filter(Files::isRegularFile).toList()) {
                    if (file.equals(place) || file.toString().endsWith(".jsonl")) {
                        found.put(file.toRealPath(), Files.getLastModifiedTime(file).toMillis());
                    }
                }
            }
        }
        return found.entrySet().stream()
                .sorted(
                        Map.Entry.<Path, Long>comparingByValue()
                                .thenComparing(Map.Entry::getKey, Comparator.naturalOrder()))
                .map(Map.Entry::getKey)
                .toList();
    }

    @Override
    public String name() {
        return "transcripts";
    }

    @Override
    public Map<String, Long> contents() {
        return new LinkedHashMap<>(contents);
    }

    @Override
    public long work() {
        return work;
    }

    @Override
    public void read(Sink sink) throws Failure, IOException {
        for (Path file : files) {
            TranscriptReader reader = reader(file, sink);
            if (reader == null) {
                sink.leftOut("files that are no transcript");
                sink.done(Files.size(file));
            } else {
                read(file, reader, sink);
            }
        }
    }

    private void read(Path file, TranscriptReader reader, Sink sink) throws Failure, IOException {
        boolean quiet =
                Files.getLastModifiedTime(file).toInstant().isBefore(clock.instant().minus(QUIET));
        try (var lines = new LineFile(file)) {
            for (LineFile.Line line = lines.next(); line != null; line = lines.next()) {
                // What is being written is read the next time.
                if (line.ended() || quiet) {
                    read(file.getFileName() + " line " + line.number(), line.text(), reader, sink);
                }
                sink.done(line.bytes());
            }
        }
        if (quiet) {
            reader.end();
        }
    }

    private static void read(
            String where, @Nullable String text, TranscriptReader reader, Sink sink)
            throws Failure {
        if (text == null) {
            sink.bad(where, "it is longer than " + LineFile.LINE_BYTES_MAX + " bytes");
            return;
        }
        if (text.isBlank()) {
            return;
        }
        try {
            JsonNode line = Json.tree(text);
            if (line.isObject()) {
                reader.line(where, line);
            } else {
                sink.bad(where, "it is no JSON object");
            }
        } catch (JacksonException malformed) {
            sink.bad(where, "it is not JSON");
        } catch (TranscriptReader.BadLine bad) {
            sink.bad(where, String.valueOf(bad.getMessage()));
        }
    }

    /// Null where no line of the beginning is one of a known agent.
    private static @Nullable TranscriptReader reader(Path file, Sink sink) throws IOException {
        try (var lines = new LineFile(file)) {
            LineFile.Line line = lines.next();
            for (int i = 0; i < LOOK_LINES_MAX && line != null; i++, line = lines.next()) {
                JsonNode tree = treeOrNull(line.text());
                if (tree == null) {
                    continue;
                }
                if (tree.path("payload").isObject() && tree.path("timestamp").isString()) {
                    return new CodexTranscript(codexSession(file), sink);
                }
                if (tree.path("type").isString()) {
                    return new ClaudeCodeTranscript(stem(file), sink);
                }
            }
        }
        return null;
    }

    private static @Nullable JsonNode treeOrNull(@Nullable String text) {
        try {
            return text == null ? null : Json.tree(text);
        } catch (JacksonException malformed) {
            return null;
        }
    }

    private static String codexSession(Path file) {
        Matcher name = ROLLOUT.matcher(stem(file));
        return name.matches() ? name.group(1) : stem(file);
    }

    private static String stem(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(".jsonl") ? name.substring(0, name.length() - 6) : name;
    }

    /// Files, the oldest first.
    public List<Path> files() {
        return new ArrayList<>(files);
    }

    @Override
    public void close() {
        // Nothing is open between two files.
    }
}
