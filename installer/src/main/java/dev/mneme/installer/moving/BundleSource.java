package dev.mneme.installer.moving;

import dev.mneme.installer.Failure;
import dev.mneme.protocol.Json;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// What `mneme export` wrote: a JSON object a line, taken as it is.
public final class BundleSource implements Source {

    private final Path file;
    private final Map<String, Long> contents = new LinkedHashMap<>();

    public BundleSource(Path file) throws Failure, IOException {
        if (!Files.isRegularFile(file)) {
            throw new Failure(
                    "cannot read `" + file + "`: there is no such file",
                    "name a file that `mneme export FILE` wrote");
        }
        this.file = file;
        contents.put("bytes", Files.size(file));
    }

    @Override
    public String name() {
        return "bundle";
    }

    @Override
    public Map<String, Long> contents() {
        return new LinkedHashMap<>(contents);
    }

    @Override
    public long work() {
        return Math.max(1, contents.getOrDefault("bytes", 0L));
    }

    @Override
    public void read(Sink sink) throws Failure, IOException {
        try (var lines = new LineFile(file)) {
            for (LineFile.Line line = lines.next(); line != null; line = lines.next()) {
                String where = "line " + line.number();
                if (line.text() == null) {
                    sink.bad(where, "it is longer than " + LineFile.LINE_BYTES_MAX + " bytes");
                } else if (!line.text().isBlank()) {
                    record(where, line.text(), sink);
                }
                sink.done(line.bytes());
            }
        }
    }

    private static void record(String where, String text, Sink sink) throws Failure {
        try {
            if (Json.tree(text) instanceof ObjectNode record) {
                sink.record(where, record);
            } else {
                sink.bad(where, "it is no JSON object");
            }
        } catch (JacksonException malformed) {
            sink.bad(where, "it is not JSON");
        }
    }

    @Override
    public void close() {
        // Nothing is open between two readings.
    }
}
