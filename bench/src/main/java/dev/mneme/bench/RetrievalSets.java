package dev.mneme.bench;

import dev.mneme.bench.RetrievalSet.Memory;
import dev.mneme.bench.RetrievalSet.Part;
import dev.mneme.bench.RetrievalSet.Question;
import dev.mneme.protocol.Json;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Reads the public sets that retrieval is measured on, as their authors published them.
///
/// One memory is one turn, or one belief. Gold is what the set names: the turn for LoCoMo and BEAM,
/// the session for the others.
final class RetrievalSets {

    static final String ENTIRE = "entire-sessions";
    static final String BEAM = "beam";
    static final String LOCOMO = "locomo";
    static final String LONG_MEM_EVAL = "longmemeval";
    static final String PRECISION = "precision-mem-bench";

    static final List<String> NAMES = List.of(ENTIRE, BEAM, LOCOMO, LONG_MEM_EVAL, PRECISION);

    /// What BEAM's generator left behind in its messages.
    private static final Pattern PLAN_MARK = Pattern.compile("\\s*->->.*", Pattern.DOTALL);

    private static final List<String> LOCOMO_CATEGORIES =
            List.of("multi-hop", "temporal", "open-domain", "single-hop", "adversarial");

    /// Where a set gives no time.
    private static final Instant BEGINNING = Instant.parse("2025-01-01T00:00:00Z");

    private static final DateTimeFormatter BEAM_DAY =
            DateTimeFormatter.ofPattern("MMMM-d-uuuu", Locale.US);
    private static final DateTimeFormatter LOCOMO_TIME =
            new DateTimeFormatterBuilder()
                    .parseCaseInsensitive()
                    .appendPattern("h:mm a 'on' d MMMM, uuuu")
                    .toFormatter(Locale.US);
    private static final DateTimeFormatter LONG_MEM_EVAL_TIME =
            DateTimeFormatter.ofPattern("uuuu/MM/dd (EEE) HH:mm", Locale.US);

    private RetrievalSets() {}

    /// @param data the set's folder, or one that holds it under its name
    static RetrievalSet read(String name, Path data) throws BenchFailure {
        Path below = data.resolve(name);
        Path folder = Files.isDirectory(below) ? below : data;
        try {
            List<Part> parts =
                    switch (name) {
                        case ENTIRE -> entireSessions(folder);
                        case BEAM -> beam(folder);
                        case LOCOMO -> locomo(folder);
                        case LONG_MEM_EVAL -> longMemEval(folder);
                        case PRECISION -> precision(folder);
                        default ->
                                throw new BenchFailure(
                                        "there is no set named `" + name + "`",
                                        "use one of " + String.join(", ", NAMES));
                    };
            if (parts.isEmpty()) {
                throw new BenchFailure(
                        "cannot find `" + name + "` in `" + folder + "`",
                        "name its folder, or the one above it, with `--data DIR`");
            }
            return new RetrievalSet(name, parts);
        } catch (IOException | JacksonException unreadable) {
            throw new BenchFailure(
                    "cannot read `"
                            + name
                            + "` in `"
                            + folder
                            + "` ("
                            + unreadable.getMessage()
                            + ")",
                    "name the folder of the set with `--data DIR`");
        }
    }

    private static List<Part> entireSessions(Path folder) throws IOException {
        var memories = new ArrayList<Memory>();
        for (JsonNode session : lines(folder.resolve("sessions.jsonl"))) {
            String id = text(session, "session_id");
            Instant start = instant(text(session, "started_at"), BEGINNING);
            int number = 0;
            for (JsonNode turn : session.path("turns")) {
                Instant at = instant(text(turn, "ts"), start).plusMillis(number);
                add(memories, id, id, at, text(turn, "text"));
                number++;
            }
        }
        var questions = new ArrayList<Question>();
        for (JsonNode query : lines(folder.resolve("queries.jsonl"))) {
            questions.add(
                    new Question(
                            text(query, "subject"),
                            query.path("specific").asBoolean() ? "specific" : "vague",
                            strings(query.path("gold_session_ids"))));
        }
        return List.of(new Part(ENTIRE, memories, questions));
    }

    private static List<Part> beam(Path folder) throws IOException {
        var parts = new ArrayList<Part>();
        for (Path file : jsonFiles(folder)) {
            JsonNode chat = Json.tree(content(file));
            if (!chat.has("messages")) {
                continue;
            }
            var memories = new ArrayList<Memory>();
            for (JsonNode message : chat.path("messages")) {
                Instant day = day(text(message, "time_anchor"));
                add(
                        memories,
                        text(message, "id"),
                        text(message, "batch"),
                        day.plusSeconds(memories.size()),
                        PLAN_MARK.matcher(text(message, "content")).replaceFirst(""));
            }
            var questions = new ArrayList<Question>();
            for (JsonNode asked : chat.path("questions")) {
                questions.add(
                        new Question(
                                text(asked, "question"),
                                text(asked, "type"),
                                strings(asked.path("gold_ids"))));
            }
            parts.add(new Part(BEAM + "-" + file.getFileName(), ordered(memories), questions));
        }
        return parts;
    }

    private static List<Part> locomo(Path folder) throws IOException {
        var parts = new ArrayList<Part>();
        for (Path file : jsonFiles(folder)) {
            for (JsonNode sample : Json.tree(content(file))) {
                if (sample.has("conversation")) {
                    parts.add(locomoPart(sample));
                }
            }
        }
        return parts;
    }

    private static Part locomoPart(JsonNode sample) {
        JsonNode conversation = sample.path("conversation");
        var memories = new ArrayList<Memory>();
        for (int number = 1; conversation.has("session_" + number + "_date_time"); number++) {
            Instant start =
                    time(
                            text(conversation, "session_" + number + "_date_time"),
                            LOCOMO_TIME,
                            BEGINNING.plusSeconds(number * 86_400L));
            for (JsonNode turn : conversation.path("session_" + number)) {
                String caption = text(turn, "blip_caption");
                add(
                        memories,
                        text(turn, "dia_id"),
                        Integer.toString(number),
                        start.plusSeconds(memories.size()),
                        text(turn, "speaker")
                                + ": "
                                + text(turn, "text")
                                + (caption.isEmpty() ? "" : " " + caption));
            }
        }
        Set<String> known = new HashSet<>();
        memories.forEach(memory -> known.add(memory.unit()));
        var questions = new ArrayList<Question>();
        for (JsonNode asked : sample.path("qa")) {
            int category = asked.path("category").asInt();
            String type =
                    category >= 1 && category <= LOCOMO_CATEGORIES.size()
                            ? LOCOMO_CATEGORIES.get(category - 1)
                            : "unknown";
            Set<String> gold = new LinkedHashSet<>(strings(asked.path("evidence")));
            gold.retainAll(known);
            questions.add(
                    new Question(
                            text(asked, "question"),
                            type,
                            type.equals("adversarial") ? Set.of() : gold));
        }
        return new Part(LOCOMO + "-" + text(sample, "sample_id"), memories, questions);
    }

    /// Questions with a history of their own are asked in a project that holds nothing else, the
    /// others in one that holds all sessions.
    private static List<Part> longMemEval(Path folder) throws IOException {
        var pool = new ArrayList<Memory>();
        Map<String, List<Memory>> haystacks = new LinkedHashMap<>();
        for (JsonNode session : lines(folder.resolve("sessions.jsonl"))) {
            String id = text(session, "session_id");
            Instant start = time(text(session, "date"), LONG_MEM_EVAL_TIME, BEGINNING);
            var turns = new ArrayList<Memory>();
            for (JsonNode turn : session.path("turns")) {
                add(turns, id, id, start.plusSeconds(turns.size()), text(turn, "content"));
            }
            pool.addAll(turns);
            for (String question : strings(session.path("haystacks"))) {
                haystacks.computeIfAbsent(question, unknown -> new ArrayList<>()).addAll(turns);
            }
        }
        var parts = new ArrayList<Part>();
        var ofAll = new ArrayList<Question>();
        for (JsonNode asked : lines(folder.resolve("questions.jsonl"))) {
            var question =
                    new Question(
                            text(asked, "question"),
                            text(asked, "question_type"),
                            strings(asked.path("gold_session_ids")));
            String id = text(asked, "question_id");
            List<Memory> own = haystacks.get(id);
            if (text(asked, "haystack").equals("full") && own != null) {
                parts.add(new Part(LONG_MEM_EVAL + "-" + id, own, List.of(question)));
            } else {
                ofAll.add(question);
            }
        }
        parts.add(new Part(LONG_MEM_EVAL + "-pool", pool, ofAll));
        return parts;
    }

    /// A user's scope is a project. What the set expects elsewhere than among the relevant beliefs
    /// (pinned ones, open questions, those of every scope) is told at the start of a session, not
    /// searched for: it is left out, as in the set's own runner. What was superseded or settled is
    /// closed.
    private static List<Part> precision(Path folder) throws IOException {
        Map<String, List<Memory>> scopes = new LinkedHashMap<>();
        for (JsonNode belief : Json.tree(content(folder.resolve("beliefs.seed.json")))) {
            if (belief.path("pinned").asBoolean() || text(belief, "type").equals("open_question")) {
                continue;
            }
            for (String scope : strings(belief.path("scope"))) {
                if (scope.startsWith("user:")) {
                    continue;
                }
                String id = text(belief, "_id");
                boolean closed =
                        !text(belief, "superseded_by").isEmpty()
                                || !text(belief, "resolved_at").isEmpty();
                String words =
                        text(belief, "canonical_name").replace('_', ' ')
                                + (strings(belief.path("aliases")).isEmpty()
                                        ? ""
                                        : " ("
                                                + String.join(", ", strings(belief.path("aliases")))
                                                + ")")
                                + "\n"
                                + text(belief, "content");
                scopes.computeIfAbsent(
                                project(text(belief, "user_id"), scope), none -> new ArrayList<>())
                        .add(
                                new Memory(
                                        id,
                                        id,
                                        instant(text(belief, "created_at"), BEGINNING),
                                        words,
                                        closed,
                                        text(belief, "type").equals("decision")
                                                ? "decision"
                                                : "discovery"));
            }
        }
        Map<String, List<Question>> questions = new LinkedHashMap<>();
        for (JsonNode asked : Json.tree(content(folder.resolve("retrieval.cases.json")))) {
            JsonNode expected = asked.path("expect").path("relevantBeliefs");
            if (expected.isMissingNode()) {
                continue;
            }
            Set<String> gold =
                    expected.has("shouldOnlyInclude")
                            ? strings(expected.path("shouldOnlyInclude"))
                            : strings(expected.path("mustInclude"));
            String user = asked.has("userId") ? text(asked, "userId") : "test-user";
            List<String> projects =
                    strings(asked.path("scope")).stream()
                            .map(scope -> project(user, scope))
                            .toList();
            questions
                    .computeIfAbsent(projects.getFirst(), none -> new ArrayList<>())
                    .add(
                            new Question(
                                    text(asked, "query"),
                                    text(asked, "category"),
                                    gold,
                                    projects.subList(1, projects.size())));
        }
        var parts = new ArrayList<Part>();
        Set<String> all = new LinkedHashSet<>(scopes.keySet());
        all.addAll(questions.keySet());
        for (String project : all) {
            parts.add(
                    new Part(
                            project,
                            scopes.getOrDefault(project, List.of()),
                            questions.getOrDefault(project, List.of())));
        }
        return parts;
    }

    private static String project(String user, String scope) {
        return PRECISION + "-" + user + "-" + scope.replace(':', '-');
    }

    private static void add(
            List<Memory> memories, String unit, String session, Instant at, String text) {
        if (!text.isBlank()) {
            memories.add(new Memory(unit, session, at, text));
        }
    }

    /// Time must follow the order of the set, also where it gives the days in another one.
    private static List<Memory> ordered(List<Memory> memories) {
        var ordered = new ArrayList<Memory>(memories.size());
        Instant last = Instant.MIN;
        for (Memory memory : memories) {
            Instant at = memory.at().isAfter(last) ? memory.at() : last.plusSeconds(1);
            ordered.add(new Memory(memory.unit(), memory.session(), at, memory.text()));
            last = at;
        }
        return ordered;
    }

    private static List<JsonNode> lines(Path file) throws IOException {
        var nodes = new ArrayList<JsonNode>();
        for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
            if (!line.isBlank()) {
                nodes.add(Json.tree(line));
            }
        }
        return nodes;
    }

    private static List<Path> jsonFiles(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
        }
    }

    private static String content(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.UTF_8);
    }

    private static String text(JsonNode node, String field) {
        JsonNode value = node.path(field);
        return value.isMissingNode() || value.isNull() ? "" : value.asString();
    }

    private static Set<String> strings(JsonNode list) {
        var strings = new LinkedHashSet<String>();
        list.forEach(one -> strings.add(one.asString()));
        return strings;
    }

    private static Instant day(String text) {
        return parsed(text, day -> LocalDate.parse(day, BEAM_DAY).atStartOfDay() + "Z", BEGINNING);
    }

    private static Instant time(String text, DateTimeFormatter format, Instant otherwise) {
        return parsed(text, time -> LocalDateTime.parse(time, format) + "Z", otherwise);
    }

    private static Instant instant(String text, Instant otherwise) {
        return parsed(text, UnaryOperator.identity(), otherwise);
    }

    private static Instant parsed(String text, UnaryOperator<String> toIso, Instant otherwise) {
        try {
            return OffsetDateTime.parse(Objects.requireNonNull(toIso.apply(text)))
                    .withOffsetSameInstant(ZoneOffset.UTC)
                    .toInstant();
        } catch (DateTimeParseException none) {
            return otherwise;
        }
    }
}
