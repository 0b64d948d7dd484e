package dev.mneme.installer.moving;

import dev.mneme.protocol.Json;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/// In which folder a session of Claude Code ran, as its transcript says. Other systems keep the
/// name of a project alone; with its folder, what they remember belongs to the project that
/// sessions there have.
public final class SessionFolders {

    private static final int LINES_MAX = 50;
    private static final int TRANSCRIPTS_MAX = 50_000;

    private final Map<String, Path> transcripts;

    private SessionFolders(Map<String, Path> transcripts) {
        this.transcripts = transcripts;
    }

    /// Sees which transcripts there are; none is opened yet.
    ///
    /// @param projects where Claude Code keeps transcripts, a folder for each project
    public static SessionFolders below(Path projects) throws IOException {
        var transcripts = new HashMap<String, Path>();
        if (Files.isDirectory(projects)) {
            try (Stream<Path> files = Files.walk(projects, 2)) {
                files.filter(file -> file.toString().endsWith(".jsonl"))
                        .limit(TRANSCRIPTS_MAX)
                        .forEach(
                                file -> {
                                    String name = String.valueOf(file.getFileName());
                                    transcripts.put(
                                            name.substring(0, name.length() - ".jsonl".length()),
                                            file);
                                });
            }
        }
        return new SessionFolders(transcripts);
    }

    /// The folder of this name in or above which a session ran, where it still is.
    @Nullable Path of(String sessionId, String name) throws IOException {
        Path transcript = transcripts.get(sessionId);
        Path place = transcript == null ? null : workingDirectory(transcript);
        while (place != null) {
            if (String.valueOf(place.getFileName()).equals(name) && Files.isDirectory(place)) {
                return place;
            }
            place = place.getParent();
        }
        return null;
    }

    /// The first working directory that a transcript names.
    static @Nullable Path workingDirectory(Path transcript) throws IOException {
        try (var lines = new LineFile(transcript)) {
            LineFile.Line line = lines.next();
            for (int i = 0; i < LINES_MAX && line != null; i++, line = lines.next()) {
                String cwd = workingDirectory(line.text());
                if (cwd.startsWith("/")) {
                    return Path.of(cwd);
                }
            }
        }
        return null;
    }

    private static String workingDirectory(@Nullable String line) {
        try {
            return line == null ? "" : Json.tree(line).path("cwd").asString("");
        } catch (JacksonException malformed) {
            return "";
        }
    }
}
