package dev.mneme.installer.standin;

/// The part of the contract that `mneme forget` and `mneme redact` use.
final class Forgetting {

    private static final String COUNTS =
            "{\"observations\":2,\"events\":1,\"jobs\":1,\"prompts\":0,\"summaries\":2,"
                    + "\"sessions\":0,\"projects\":0,\"spooled\":0}";

    private static final String VIEW =
            "{\"id\":3,\"state\":\"restorable\",\"chosen_by\":\"last\","
                    + "\"forgotten_at\":\"2026-11-20T00:00:00Z\","
                    + "\"restorable_until\":\"2026-11-27T00:00:00Z\",\"counts\":"
                    + COUNTS
                    + "}";

    private static final String AS_OF =
            "{\"event\":7,\"observation\":9,\"at\":\"2026-11-20T00:00:00Z\"}";

    private Forgetting() {}

    static String answer(String head, String body) {
        if (head.startsWith("GET /api/forget ")) {
            return "{\"forgotten\":[" + VIEW + "]}";
        }
        if (head.startsWith("POST /api/forget/restore ")) {
            return body.contains("\"id\":3") ? VIEW : missing();
        }
        if (head.startsWith("POST /api/redact ")) {
            return redact(body);
        }
        boolean preview = body.contains("\"dry_run\":true");
        // What follows a preview must say how far it looked.
        if (!body.contains("\"last\":\"30m\"") || preview == body.contains(AS_OF)) {
            return missing();
        }
        return "{\"dry_run\":"
                + preview
                + ",\"id\":"
                + (preview ? "null" : "3")
                + ",\"counts\":"
                + COUNTS
                + ",\"titles\":[\"#9 Cap the backoff\"],\"related\":1,\"restorable_until\":"
                + (preview ? "null" : "\"2026-11-27T00:00:00Z\"")
                + ",\"unwritten\":[],\"as_of\":"
                + AS_OF
                + "}";
    }

    /// Two slices, of which the second has a finding.
    private static String redact(String body) {
        boolean second = body.contains("\"next\":\"mem_events:5\"");
        return "{\"findings\":["
                + (second
                        ? "{\"kind\":\"github-token\",\"table\":\"mem_events\",\"id\":\"6\","
                                + "\"field\":\"payload\",\"fingerprint\":\"abcdef\"}"
                        : "")
                + "],\"rows\":5,\"changed\":"
                + (second && body.contains("\"apply\":true") ? 1 : 0)
                + ",\"next\":"
                + (second ? "null" : "\"mem_events:5\"")
                + "}";
    }

    private static String missing() {
        return "{\"type\":\"about:blank\",\"title\":\"not found\",\"status\":404,"
                + "\"code\":\"NOT_FOUND\",\"detail\":\"nothing was forgotten under the number 4\","
                + "\"hint\":\"`mneme forget --list` shows what was\"}";
    }
}
