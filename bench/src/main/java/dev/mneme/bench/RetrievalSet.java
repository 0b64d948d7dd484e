package dev.mneme.bench;

import dev.mneme.protocol.Limits;
import dev.mneme.protocol.Wire;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/// A public set as it is measured: memories in projects of their own, and questions with what
/// answers them.
///
/// @param name as on the command line
record RetrievalSet(String name, List<Part> parts) {

    /// The first words of a memory are its title; the rest is its narrative.
    private static final int TITLE_CHARS = 120;

    /// What is stored together and asked together: a conversation, or a pool of sessions.
    record Part(String project, List<Memory> memories, List<Question> questions) {}

    /// One memory.
    ///
    /// @param unit what the gold of the set names: the memory itself, or its session
    /// @param closed whether something newer took its place
    record Memory(
            String unit, String session, Instant at, String text, boolean closed, String type) {

        Memory(String unit, String session, Instant at, String text) {
            this(unit, session, at, text, false, "discovery");
        }

        Wire.ObservationRequest request(String project) {
            String whole = text.strip();
            int cut = titleEnd(whole);
            String rest = bounded(whole.substring(cut).strip());
            return new Wire.ObservationRequest(
                    project + "/" + session,
                    project,
                    whole.substring(0, cut).strip(),
                    null,
                    type,
                    rest.isEmpty() ? null : rest,
                    List.of(),
                    List.of(),
                    List.of(),
                    List.of(),
                    null,
                    null,
                    at.toString());
        }

        private static int titleEnd(String text) {
            int line = text.indexOf('\n');
            int end = line < 0 ? text.length() : line;
            if (end <= TITLE_CHARS) {
                return end;
            }
            int space = text.lastIndexOf(' ', TITLE_CHARS);
            if (space > 0) {
                return space;
            }
            return Character.isHighSurrogate(text.charAt(TITLE_CHARS - 1))
                    ? TITLE_CHARS - 1
                    : TITLE_CHARS;
        }

        private static String bounded(String text) {
            String bounded = text;
            int bytes = bounded.getBytes(StandardCharsets.UTF_8).length;
            while (bytes > Limits.NARRATIVE_BYTES_MAX) {
                // No character takes more than four bytes: so many must go.
                int end = bounded.length() - Math.max(1, (bytes - Limits.NARRATIVE_BYTES_MAX) / 4);
                bounded =
                        bounded.substring(
                                0,
                                Character.isHighSurrogate(bounded.charAt(end - 1)) ? end - 1 : end);
                bytes = bounded.getBytes(StandardCharsets.UTF_8).length;
            }
            return bounded;
        }
    }

    /// A question.
    ///
    /// @param gold the units that answer it; empty where nothing does
    /// @param projects to ask beside the one it belongs to
    record Question(String text, String type, Set<String> gold, List<String> projects) {

        Question(String text, String type, Set<String> gold) {
            this(text, type, gold, List.of());
        }

        Question {
            gold = Set.copyOf(gold);
            projects = List.copyOf(projects);
        }
    }

    RetrievalSet {
        parts = List.copyOf(parts);
    }

    int memories() {
        return parts.stream().mapToInt(part -> part.memories().size()).sum();
    }

    int questions() {
        return parts.stream().mapToInt(part -> part.questions().size()).sum();
    }
}
