package dev.mneme.mcp;

import dev.mneme.protocol.Limits;
import dev.mneme.protocol.Wire;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;

/// Reads observations in full; the dearest of the reading tools, so the last to call.
final class GetObservationsTool implements MemoryTool {

    /// About 20,000 tokens, below the 25,000 at which Claude Code cuts a result.
    static final int RESULT_CHARS_MAX = 80_000;

    /// Ids in one request to the daemon, so that one answer with the longest possible records
    /// stays far below the heap.
    private static final int REQUEST_IDS_MAX = 20;

    private final DaemonCalls daemon;

    GetObservationsTool(DaemonCalls daemon) {
        this.daemon = daemon;
    }

    @Override
    public String name() {
        return "get_observations";
    }

    @Override
    public String title() {
        return "Read observations in full";
    }

    @Override
    public String description() {
        return """
        Reads observations in full: title, narrative, facts, concepts, files read and modified, \
        session and time; and summaries of turns and sessions: request, investigated, learned, \
        completed, next steps. 500 to 1,000 tokens each, so choose the ids with `search` or \
        `timeline` first, and ask for all you need in one call.

        Ids that do not exist are named at the end. A very long result ends early and names the \
        ids that are left.""";
    }

    @Override
    public Effect effect() {
        return Effect.READS;
    }

    @Override
    public Parameters parameters() {
        return Parameters.of(
                list("ids", "Ids of observations, from `search` or `timeline`."),
                list("summary_ids", "Ids of summaries: 12 for the row #S12 of `search`."));
    }

    private static Parameter list(String name, String description) {
        return new Parameter.WholeList(name, description, false, 1, Rows.ID_MAX, Limits.IDS_MAX);
    }

    @Override
    public String run(Arguments arguments) throws ToolFailure, InterruptedException {
        List<Long> ids = distinct(arguments.wholes("ids"));
        List<Long> summaryIds = distinct(arguments.wholes("summary_ids"));
        if (ids.isEmpty() && summaryIds.isEmpty()) {
            throw new ToolFailure("argument `ids` is missing", "call the tool again with `ids`");
        }
        var result = new Result();
        for (List<Long> some : pages(ids)) {
            if (result.isFull()) {
                result.left(Rows.ID, some);
                continue;
            }
            Wire.GetResponse response = read(new Wire.GetRequest(some, null));
            result.missing(Rows.ID, Rows.present(name(), response.missing()));
            for (Wire.ObservationView view : Rows.present(name(), response.observations())) {
                result.add(Rows.ID, view.id(), Rows.full(view));
            }
        }
        for (List<Long> some : pages(summaryIds)) {
            if (result.isFull()) {
                result.left(Rows.SUMMARY_ID, some);
                continue;
            }
            Wire.GetResponse response = read(new Wire.GetRequest(null, some));
            // Empty lists of summaries are left out on the wire.
            result.missing(
                    Rows.SUMMARY_ID,
                    Objects.requireNonNullElse(response.missingSummaries(), List.of()));
            for (Wire.SummaryView view :
                    Objects.requireNonNullElse(response.summaries(), List.<Wire.SummaryView>of())) {
                result.add(Rows.SUMMARY_ID, view.id(), Rows.full(view));
            }
        }
        return result.text();
    }

    private Wire.GetResponse read(Wire.GetRequest request)
            throws ToolFailure, InterruptedException {
        return daemon.post(name(), "/api/observations/get", request, Wire.GetResponse.class);
    }

    private static List<Long> distinct(@Nullable List<Long> ids) {
        return ids == null ? List.of() : List.copyOf(new LinkedHashSet<>(ids));
    }

    private static List<List<Long>> pages(List<Long> ids) {
        var pages = new ArrayList<List<Long>>();
        for (int from = 0; from < ids.size(); from += REQUEST_IDS_MAX) {
            pages.add(ids.subList(from, Math.min(ids.size(), from + REQUEST_IDS_MAX)));
        }
        return pages;
    }

    /// Records up to a bound, and the ids that gave none.
    private static final class Result {

        private final List<String> records = new ArrayList<>();
        private final List<String> missing = new ArrayList<>();
        private final List<String> left = new ArrayList<>();
        private int chars;

        boolean isFull() {
            return !left.isEmpty();
        }

        void add(String mark, long id, String record) {
            if (isFull() || (!records.isEmpty() && chars + record.length() > RESULT_CHARS_MAX)) {
                left.add(mark + id);
                return;
            }
            String fitted = Wording.cut(record, RESULT_CHARS_MAX);
            records.add(fitted);
            chars += fitted.length();
        }

        void missing(String mark, List<Long> ids) {
            ids.forEach(id -> missing.add(mark + id));
        }

        void left(String mark, List<Long> ids) {
            ids.forEach(id -> left.add(mark + id));
        }

        String text() {
            var parts = new ArrayList<>(records);
            if (!missing.isEmpty()) {
                parts.add("Unknown ids: " + String.join(", ", missing));
            }
            if (!left.isEmpty()) {
                parts.add(
                        "Not shown, the result was getting too long; ask again for: "
                                + String.join(", ", left));
            }
            return String.join("\n\n", parts);
        }
    }
}
