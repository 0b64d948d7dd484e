package dev.mneme.installer.moving;

import dev.mneme.installer.Failure;
import dev.mneme.protocol.Limits;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Notes for agents that people or Claude Code itself wrote in Markdown: `CLAUDE.md`, and the files
/// of its auto memory. Each section becomes a memory of the project that the file lies in.
///
/// A section is known by its words: one that was changed is a memory of its own.
public final class MarkdownSource implements Source {

    /// A file of notes; what is longer is something else.
    private static final long FILE_BYTES_MAX = 2L * 1024 * 1024;

    private static final int DEPTH_MAX = 6;
    private static final String MADE_BY = "markdown";

    private final List<Path> files;
    private final Names names;
    private final Map<String, Long> contents = new LinkedHashMap<>();

    /// @param places files, and folders with such files below
    public MarkdownSource(List<Path> places, Names names) throws Failure, IOException {
        this.names = names;
        this.files = files(places);
        contents.put("files", (long) files.size());
    }

    private static List<Path> files(List<Path> places) throws Failure, IOException {
        var found = new ArrayList<Path>();
        for (Path place : places) {
            if (!Files.exists(place)) {
                throw new Failure(
                        "cannot read `" + place + "`: there is no such file or folder",
                        "name a Markdown file, or a folder with such files");
            }
            try (Stream<Path> below = Files.walk(place, DEPTH_MAX)) {
                below.filter(Files::isRegularFile)
                        .filter(file -> file.equals(place) || file.toString().endsWith(".md"))
                        .map(file -> file.toAbsolutePath().normalize())
                        .sorted()
                        .forEach(found::add);
            }
        }
        return found.stream().distinct().toList();
    }

    @Override
    public String name() {
        return MADE_BY;
    }

    @Override
    public Map<String, Long> contents() {
        return new LinkedHashMap<>(contents);
    }

    @Override
    public long work() {
        return files.size();
    }

    @Override
    public void read(Sink sink) throws Failure, IOException {
        for (Path file : files) {
            if (Files.size(file) > FILE_BYTES_MAX) {
                sink.bad(file.toString(), "it is larger than " + FILE_BYTES_MAX + " bytes");
            } else {
                read(file, sink);
            }
            sink.done(1);
        }
    }

    private void read(Path file, Sink sink) throws Failure, IOException {
        String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        List<Section> sections = sections(text);
        if (sections.isEmpty()) {
            sink.leftOut("files without a section");
            return;
        }
        String changedAt = Files.getLastModifiedTime(file).toInstant().toString();
        Home home = home(file);
        String project = names.of(home.name());
        String session = MADE_BY + "-" + Records.uid(MADE_BY, project, name(file));
        ObjectNode about =
                Records.of("session")
                        .put("session", session)
                        .put("project", project)
                        .put("agent", MADE_BY)
                        .put("status", "completed")
                        .put("started_at", changedAt);
        Path chosen = names.folderOf(home.name());
        Path folder = chosen == null && project.equals(home.name()) ? home.folder() : chosen;
        if (folder != null) {
            about.put("path", folder.toString());
        }
        sink.record(file.toString(), about);
        for (Section section : sections) {
            ObjectNode record =
                    Records.of("observation")
                            .put(
                                    "uid",
                                    Records.uid(
                                            MADE_BY,
                                            project,
                                            name(file),
                                            section.title(),
                                            section.text()))
                            .put("session", session)
                            .put("project", project)
                            .put("made_by", MADE_BY)
                            .put("created_at", changedAt)
                            .put("type", home.autoMemory() ? "discovery" : "pattern");
            if (folder != null) {
                record.put("path", folder.toString());
            }
            Records.title(record, section.title());
            Records.subtitle(record, "From " + name(file));
            Records.narrative(record, section.text());
            sink.record(file + " section " + section.title(), record);
        }
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }

    /// What a file belongs to.
    ///
    /// @param folder of the project, where it is there
    private record Home(String name, @Nullable Path folder, boolean autoMemory) {}

    private static Home home(Path file) throws IOException {
        Path folder = parent(file);
        if (folder.endsWith("memory") && parent(parent(folder)).endsWith("projects")) {
            Path place = placeOf(parent(folder));
            return place == null
                    ? new Home(lastWord(name(parent(folder))), null, true)
                    : new Home(name(place), Files.isDirectory(place) ? place : null, true);
        }
        Path place = folder.endsWith(".claude") ? parent(folder) : folder;
        return new Home(name(place), place, false);
    }

    private static Path parent(Path path) {
        Path parent = path.getParent();
        return parent == null ? path : parent;
    }

    /// A folder's name there cannot be turned back into a path; the transcripts beside it say
    /// which.
    private static @Nullable Path placeOf(Path project) throws IOException {
        try (Stream<Path> files = Files.list(project)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".jsonl")).sorted().toList()) {
                Path place = SessionFolders.workingDirectory(file);
                if (place != null) {
                    return place;
                }
            }
        }
        return null;
    }

    private static String lastWord(String slug) {
        String word = slug.substring(slug.lastIndexOf('-') + 1);
        return word.isBlank() ? slug : word;
    }

    /// @param title its headings from the outermost, as in `Tests > Running one`
    record Section(String title, String text) {}

    /// The sections of a document that say something, without what stands in front of it.
    static List<Section> sections(String document) {
        var sections = new ArrayList<Section>();
        var headings = new ArrayDeque<String>();
        var text = new StringBuilder();
        boolean code = false;
        for (String line : withoutFrontMatter(document).lines().toList()) {
            if (line.stripLeading().startsWith("```")) {
                code = !code;
            }
            int level = code ? 0 : level(line);
            if (level == 0) {
                text.append(line).append('\n');
                continue;
            }
            add(sections, headings, text);
            while (headings.size() >= level) {
                headings.removeLast();
            }
            headings.addLast(line.substring(level).strip());
        }
        add(sections, headings, text);
        return sections;
    }

    private static void add(List<Section> sections, Deque<String> headings, StringBuilder text) {
        String said = text.toString().strip();
        text.setLength(0);
        if (said.isEmpty()) {
            return;
        }
        String title =
                headings.isEmpty()
                        ? said.lines().findFirst().orElse("").strip()
                        : String.join(" > ", headings);
        sections.add(new Section(Records.cut(title, Limits.TITLE_CHARS_MAX), said));
    }

    private static int level(String line) {
        int level = 0;
        while (level < line.length() && line.charAt(level) == '#') {
            level++;
        }
        return level > 0 && level <= 6 && level < line.length() && line.charAt(level) == ' '
                ? level
                : 0;
    }

    private static String withoutFrontMatter(String document) {
        if (!document.startsWith("---\n")) {
            return document;
        }
        int end = document.indexOf("\n---", 3);
        int next = end < 0 ? -1 : document.indexOf('\n', end + 1);
        return end < 0 ? document : next < 0 ? "" : document.substring(next + 1);
    }

    @Override
    public void close() {
        // Nothing is open between two files.
    }
}
