package dev.mneme.mcp;

import dev.mneme.protocol.Limits;
import dev.mneme.protocol.Wire;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

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
        session and time. 500 to 1,000 tokens each, so choose the ids with `search` or `timeline` \
        first, and ask for all you need in one call.

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
                new Parameter.WholeList(
                        "ids",
                        "Ids from `search` or `timeline`.",
                        true,
                        1,
                        Rows.ID_MAX,
                        Limits.IDS_MAX));
    }

    @Override
    public String run(Arguments arguments) throws ToolFailure, InterruptedException {
        List<Long> ids = List.copyOf(new LinkedHashSet<>(arguments.requiredWholes("ids")));
        var records = new ArrayList<String>();
        var missing = new ArrayList<Long>();
        var left = new ArrayList<Long>();
        int chars = 0;
        for (int from = 0; from < ids.size(); from += REQUEST_IDS_MAX) {
            List<Long> some = ids.subList(from, Math.min(ids.size(), from + REQUEST_IDS_MAX));
            if (!left.isEmpty()) {
                left.addAll(some);
                continue;
            }
            Wire.GetResponse response =
                    daemon.post(
                            name(),
                            "/api/observations/get",
                            new Wire.GetRequest(some),
                            Wire.GetResponse.class);
            missing.addAll(Rows.present(name(), response.missing()));
            for (Wire.ObservationView view : Rows.present(name(), response.observations())) {
                String record = Rows.full(view);
                if (!left.isEmpty()
                        || (!records.isEmpty() && chars + record.length() > RESULT_CHARS_MAX)) {
                    left.add(view.id());
                    continue;
                }
                String fitted = Wording.cut(record, RESULT_CHARS_MAX);
                records.add(fitted);
                chars += fitted.length();
            }
        }
        if (!missing.isEmpty()) {
            records.add("Unknown ids: " + Rows.ids(missing));
        }
        if (!left.isEmpty()) {
            records.add(
                    "Not shown, the result was getting too long; ask again for: " + Rows.ids(left));
        }
        return String.join("\n\n", records);
    }
}
