package dev.mneme.http;

import dev.mneme.domain.NewObservation;
import dev.mneme.domain.Observation;
import dev.mneme.domain.ObservationType;
import dev.mneme.domain.SessionSummary;
import dev.mneme.domain.StorableText;
import dev.mneme.ingest.ObservationWriter;
import dev.mneme.protocol.ErrorCode;
import dev.mneme.protocol.Limits;
import dev.mneme.protocol.Wire;
import dev.mneme.recall.Recall;
import dev.mneme.recall.SummaryRecall;
import dev.mneme.tree.BlobHash;

import io.javalin.http.Context;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/// `/api/observations` and `/api/memories`: writing memories and reading them by id.
final class ObservationRoutes {

    private static final int LIST_LIMIT_DEFAULT = 20;
    private static final int OFFSET_MAX = 1_000_000;
    private static final int PROMPT_NUMBER_MAX = 1_000_000;
    private static final int SAVED_TITLE_CHARS_MAX = 80;

    /// Memories that one new memory may close.
    private static final int SUPERSEDES_MAX = 20;

    /// All texts of one observation together: full text indexes at most a megabyte.
    private static final int OBSERVATION_BYTES_MAX = 128 * 1024;

    private final Recall recall;
    private final SummaryRecall summaries;
    private final ObservationWriter writer;
    private final Projects projects;
    private final Bodies bodies;
    private final InstantSource clock;

    ObservationRoutes(
            Recall recall,
            SummaryRecall summaries,
            ObservationWriter writer,
            Projects projects,
            Bodies bodies,
            InstantSource clock) {
        this.recall = recall;
        this.summaries = summaries;
        this.writer = writer;
        this.projects = projects;
        this.bodies = bodies;
        this.clock = clock;
    }

    void create(Context context) {
        var request = bodies.parse(context, Wire.ObservationRequest.class, Limits.BODY_BYTES_MAX);
        var ids =
                writer.write(
                        List.of(addressed("", request)),
                        Fields.idempotencyKey(context, "observation"));
        if (ids.getFirst() == ObservationWriter.FORGOTTEN_ID) {
            throw new ApiException(
                    ErrorCode.FORGOTTEN,
                    "this observation was forgotten, and is not stored again",
                    "`mneme forget --list` shows what can be restored");
        }
        context.json(
                Views.of(
                        recall.byId(ids.getFirst())
                                .orElseThrow(() -> ObservationFields.gone(ids.getFirst()))));
    }

    void createBatch(Context context) {
        var request = bodies.parse(context, Wire.BatchRequest.class, Limits.BATCH_BODY_BYTES_MAX);
        List<Wire.ObservationRequest> requests = request.observations();
        if (requests == null) {
            throw ApiException.invalid("observations", "is missing", "send a list");
        }
        if (requests.size() > Limits.BATCH_OBSERVATIONS_MAX) {
            throw ApiException.invalid(
                    "observations",
                    "has " + requests.size() + " items",
                    "send at most " + Limits.BATCH_OBSERVATIONS_MAX + " at once");
        }
        var batch = new ArrayList<ObservationWriter.Addressed>(requests.size());
        for (int i = 0; i < requests.size(); i++) {
            batch.add(addressed("observations[" + i + "].", requests.get(i)));
        }
        context.json(
                new Wire.BatchResponse(
                        batch.isEmpty()
                                ? List.of()
                                : writer.write(batch, Fields.idempotencyKey(context, "batch"))));
    }

    void list(Context context) {
        int limit = Fields.query(context, "limit", LIST_LIMIT_DEFAULT, 1, Limits.SEARCH_LIMIT_MAX);
        int offset = Fields.query(context, "offset", 0, 0, OFFSET_MAX);
        String session = Fields.optional(context.queryParam("session"));
        if (session != null) {
            Fields.bounded("session", session, Fields.ID_CHARS_MAX);
            context.json(Views.of(recall.ofSession(session, limit)));
            return;
        }
        String typeName = Fields.optional(context.queryParam("type"));
        ObservationType type = typeName == null ? null : ObservationFields.type("type", typeName);
        String named = Fields.optional(context.queryParam("project"));
        Long projectId = named == null ? null : projects.idOf(named);
        context.json(Views.of(recall.newest(projectId, type, limit, offset)));
    }

    void one(Context context) {
        long id = ObservationFields.id(context);
        List<Observation> found =
                List.of(recall.byId(id).orElseThrow(() -> ObservationFields.gone(id)));
        context.json(Views.of(found, recall.freshness(found)).getFirst());
    }

    /// Several by id; those that do not exist are named.
    void get(Context context) {
        var request = bodies.parse(context, Wire.GetRequest.class, Limits.BODY_BYTES_MAX);
        List<Long> ids = ids("ids", request.ids());
        List<Long> summaryIds = ids("summary_ids", request.summaryIds());
        if (ids.isEmpty() && summaryIds.isEmpty()) {
            throw ApiException.invalid("ids", "is missing or empty", "send a list of ids");
        }
        List<Observation> found = recall.byIds(ids);
        List<SessionSummary> told = summaryIds.isEmpty() ? List.of() : summaries.byIds(summaryIds);
        context.json(
                new Wire.GetResponse(
                        Views.of(found, recall.freshness(found)),
                        missing(ids, found.stream().map(Observation::id).toList()),
                        told.stream().map(Views::of).toList(),
                        missing(summaryIds, told.stream().map(SessionSummary::id).toList())));
    }

    private static List<Long> ids(String name, @Nullable List<Long> ids) {
        if (ids == null) {
            return List.of();
        }
        if (ids.contains(null)) {
            throw ApiException.invalid(name, "holds a null", "send a list of ids");
        }
        if (ids.size() > Limits.IDS_MAX) {
            throw ApiException.invalid(
                    name,
                    "has " + ids.size() + " items",
                    "send at most " + Limits.IDS_MAX + " at once");
        }
        return ids;
    }

    private static List<Long> missing(List<Long> asked, List<Long> found) {
        return asked.stream().distinct().filter(id -> !found.contains(id)).toList();
    }

    /// What a person or a model wants kept, in its own words.
    void save(Context context) {
        var request = bodies.parse(context, Wire.MemoryRequest.class, Limits.BODY_BYTES_MAX);
        String text = StorableText.of(Fields.required("text", request.text()));
        ObservationFields.narrative("text", text);
        String title = Fields.optional(request.title());
        String typeName = Fields.optional(request.type());
        String project = Fields.optional(request.project());
        List<Long> supersedes = supersedes(request);
        var saved =
                save(
                        project == null ? "manual" : Fields.project("project", project),
                        new NewObservation(
                                title == null
                                        ? titleOf(text)
                                        : StorableText.of(
                                                Fields.bounded(
                                                        "title", title, Limits.TITLE_CHARS_MAX)),
                                null,
                                typeName == null
                                        ? ObservationType.DISCOVERY
                                        : ObservationFields.type("type", typeName),
                                text,
                                List.of(),
                                List.of(),
                                List.of(),
                                List.of(),
                                null,
                                null,
                                clock.instant(),
                                "manual",
                                1,
                                List.of()),
                        supersedes,
                        Fields.idempotencyKey(context, "memory"));
        context.json(
                new Wire.MemoryResponse(
                        true,
                        saved.id(),
                        title == null ? titleOf(text) : title,
                        saved.projectName()));
    }

    private ObservationWriter.Saved save(
            String project,
            NewObservation observation,
            List<Long> supersedes,
            @Nullable String idempotencyKey) {
        try {
            return writer.save(project, observation, supersedes, idempotencyKey);
        } catch (ObservationWriter.Superseding unknown) {
            throw ApiException.invalid(
                    "supersedes",
                    "names observation " + unknown.id() + ", which does not exist",
                    "send ids that search returned; nothing was saved");
        }
    }

    private static List<Long> supersedes(Wire.MemoryRequest request) {
        List<Long> ids = request.supersedes();
        if (ids == null) {
            return List.of();
        }
        if (ids.size() > SUPERSEDES_MAX || ids.contains(null)) {
            throw ApiException.invalid(
                    "supersedes",
                    "is no list of up to " + SUPERSEDES_MAX + " ids",
                    "send the ids of what is no longer true");
        }
        return ids.stream().distinct().toList();
    }

    private ObservationWriter.Addressed addressed(
            String prefix, Wire.@Nullable ObservationRequest request) {
        if (request == null) {
            throw ApiException.invalid(
                    prefix.isEmpty() ? "$" : prefix.substring(0, prefix.length() - 1),
                    "is null",
                    "send an object");
        }
        String narrative = Fields.optional(request.narrative());
        if (narrative != null) {
            ObservationFields.narrative(prefix + "narrative", narrative);
        }
        String subtitle = Fields.optional(request.subtitle());
        String typeName = Fields.optional(request.type());
        Instant createdAt =
                Fields.instant(prefix + "created_at", request.createdAt(), clock.instant());
        var observation =
                new NewObservation(
                        StorableText.of(
                                Fields.bounded(
                                        prefix + "title",
                                        Fields.required(prefix + "title", request.title()),
                                        Limits.TITLE_CHARS_MAX)),
                        subtitle == null
                                ? null
                                : StorableText.of(
                                        Fields.bounded(
                                                prefix + "subtitle",
                                                subtitle,
                                                Limits.SUBTITLE_CHARS_MAX)),
                        typeName == null
                                ? ObservationType.DISCOVERY
                                : ObservationFields.type(prefix + "type", typeName),
                        narrative == null ? null : StorableText.of(narrative),
                        ObservationFields.texts(prefix + "facts", request.facts()),
                        ObservationFields.texts(prefix + "concepts", request.concepts()),
                        ObservationFields.texts(prefix + "files_read", request.filesRead()),
                        ObservationFields.texts(prefix + "files_modified", request.filesModified()),
                        request.toolName() == null
                                ? null
                                : StorableText.of(
                                        Fields.bounded(
                                                prefix + "tool_name",
                                                request.toolName(),
                                                Fields.ID_CHARS_MAX)),
                        request.promptNumber() == null
                                ? null
                                : Fields.within(
                                        prefix + "prompt_number",
                                        request.promptNumber(),
                                        0,
                                        0,
                                        PROMPT_NUMBER_MAX),
                        createdAt,
                        "api",
                        1,
                        List.of());
        if (observation.searchText().getBytes(StandardCharsets.UTF_8).length
                > OBSERVATION_BYTES_MAX) {
            throw ApiException.invalid(
                    prefix.isEmpty() ? "$" : prefix.substring(0, prefix.length() - 1),
                    "is too long in all",
                    "keep its texts together within " + OBSERVATION_BYTES_MAX + " bytes");
        }
        String project =
                Fields.project(
                        prefix + "project", Fields.required(prefix + "project", request.project()));
        return new ObservationWriter.Addressed(
                Fields.name(prefix + "session_id", request.sessionId(), Fields.ID_CHARS_MAX),
                project,
                request.createdAt() == null
                        ? observation.withFileHashes(hashes(project, observation))
                        : observation);
    }

    /// What the files of a memory hold that is about now, where its project is named by its folder.
    private static List<String> hashes(String project, NewObservation observation) {
        try {
            Path folder = Path.of(project);
            return folder.isAbsolute()
                    ? BlobHash.ofAll(folder, observation.aboutFiles())
                    : List.of();
        } catch (InvalidPathException unusable) {
            return List.of();
        }
    }

    /// The first line of a text, cut at a word.
    private static String titleOf(String text) {
        String line = text.strip().lines().findFirst().orElse(text).strip();
        if (line.length() <= SAVED_TITLE_CHARS_MAX) {
            return line;
        }
        int cut = line.lastIndexOf(' ', SAVED_TITLE_CHARS_MAX - 1);
        int end = cut > SAVED_TITLE_CHARS_MAX / 2 ? cut : SAVED_TITLE_CHARS_MAX - 1;
        if (Character.isHighSurrogate(line.charAt(end - 1))) {
            end--;
        }
        return line.substring(0, end) + "…";
    }
}
