package dev.mneme.http;

import dev.mneme.domain.Moved;
import dev.mneme.moving.MoveIn;
import dev.mneme.moving.MoveIn.Outcome;
import dev.mneme.moving.MoveOut;
import dev.mneme.protocol.Json;
import dev.mneme.protocol.Limits;
import dev.mneme.protocol.Wire;
import dev.mneme.store.ExportStore;

import io.javalin.http.Context;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `/api/export` and `/api/import`: memory as records that move between databases.
final class MoveRoutes {

    /// What a database of ours wrote.
    private static final String BUNDLE = "bundle";

    private final MoveOut out;
    private final MoveIn in;
    private final Projects projects;
    private final Bodies bodies;
    private final InstantSource clock;

    MoveRoutes(MoveOut out, MoveIn in, Projects projects, Bodies bodies, InstantSource clock) {
        this.out = out;
        this.in = in;
        this.projects = projects;
        this.bodies = bodies;
        this.clock = clock;
    }

    /// `GET /api/export`.
    void exportPage(Context context) {
        String project = Fields.optional(context.queryParam("project"));
        Long projectId = project == null ? null : projects.existing("project", project).id();
        MoveOut.Page page =
                out.page(cursor(Fields.optional(context.queryParam("after"))), projectId);
        MoveOut.Cursor next = page.next();
        context.json(
                new Wire.ExportResponse(
                        page.rows().stream().map(MoveRoutes::record).toList(),
                        next == null ? null : next.part().name() + ":" + next.after()));
    }

    private static JsonNode record(ExportStore.Row row) {
        JsonNode record = Json.tree(row.json());
        String payload = row.payload();
        if (payload != null && record instanceof ObjectNode object) {
            object.set("payload", json(payload));
        }
        return record;
    }

    private static JsonNode json(String payload) {
        try {
            return Json.tree(payload);
        } catch (JacksonException notJson) {
            return StringNode.valueOf(payload);
        }
    }

    private static MoveOut.Cursor cursor(@Nullable String after) {
        if (after == null) {
            return MoveOut.Cursor.START;
        }
        int colon = after.indexOf(':');
        try {
            return new MoveOut.Cursor(
                    ExportStore.Part.valueOf(after.substring(0, Math.max(0, colon))),
                    Long.parseLong(after.substring(colon + 1)));
        } catch (IllegalArgumentException unknown) {
            throw ApiException.invalid(
                    "after", "is no place in an export", "send the `next` of the page before");
        }
    }

    /// `POST /api/import`.
    void take(Context context) {
        var request = bodies.parse(context, Wire.ImportRequest.class, Limits.IMPORT_BODY_BYTES_MAX);
        List<@Nullable JsonNode> records = request.records();
        if (records == null || records.size() > Limits.IMPORT_RECORDS_MAX) {
            throw ApiException.invalid(
                    "records",
                    records == null ? "is missing" : "has " + records.size() + " items",
                    "send a list of up to " + Limits.IMPORT_RECORDS_MAX);
        }
        Instant now = clock.instant();
        var tally = new Tally(records);
        List<Moved> readable = MovedFields.readAll(records, now, tally);
        List<Outcome> outcomes =
                in.take(
                        readable,
                        new MoveIn.Manner(
                                BUNDLE.equals(request.source()),
                                Boolean.TRUE.equals(request.dryRun()),
                                Boolean.TRUE.equals(request.again())));
        context.json(tally.answer(outcomes));
    }

    /// What became of the records of a page, by their kind.
    private static final class Tally implements MovedFields.Rejected {

        private final List<@Nullable JsonNode> records;
        private final List<Integer> taken = new ArrayList<>();
        private final List<Wire.ImportRejection> rejected = new ArrayList<>();

        Tally(List<@Nullable JsonNode> records) {
            this.records = records;
        }

        @Override
        public void taken(int index) {
            taken.add(index);
        }

        @Override
        public void add(int index, String reason) {
            rejected.add(
                    new Wire.ImportRejection(index, MovedFields.kind(records.get(index)), reason));
        }

        Wire.ImportResponse answer(List<Outcome> outcomes) {
            Map<String, Map<Outcome, Integer>> counts = new LinkedHashMap<>();
            for (int i = 0; i < outcomes.size(); i++) {
                int index = taken.get(i);
                if (outcomes.get(i) == Outcome.REFUSED) {
                    add(index, "the database does not take it; its session may be missing");
                    continue;
                }
                counts.computeIfAbsent(
                                MovedFields.kind(records.get(index)),
                                kind -> new EnumMap<>(Outcome.class))
                        .merge(outcomes.get(i), 1, Integer::sum);
            }
            return new Wire.ImportResponse(
                    counts.entrySet().stream()
                            .map(
                                    kind ->
                                            new Wire.ImportCount(
                                                    kind.getKey(),
                                                    count(kind.getValue(), Outcome.STORED),
                                                    count(kind.getValue(), Outcome.KNOWN),
                                                    count(kind.getValue(), Outcome.FORGOTTEN),
                                                    count(kind.getValue(), Outcome.PAUSED)))
                            .toList(),
                    List.copyOf(rejected));
        }

        private static int count(Map<Outcome, Integer> counts, Outcome outcome) {
            return counts.getOrDefault(outcome, 0);
        }
    }
}
