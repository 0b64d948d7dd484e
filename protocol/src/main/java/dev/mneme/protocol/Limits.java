package dev.mneme.protocol;

import java.time.Duration;

/// The limits two processes must agree on. Each has a unit in its name or its type.
public final class Limits {

    /// A body of `POST /api/hooks/{event}`.
    public static final int HOOK_BODY_BYTES_MAX = 16 * 1024 * 1024;

    /// What hooks keep in the spool while no daemon takes it; then capture stops until one does.
    public static final long SPOOL_BYTES_MAX = 256L * 1024 * 1024;

    /// A body of `POST /api/queue`.
    public static final int QUEUE_BODY_BYTES_MAX = 8 * 1024 * 1024;

    /// A body of `POST /api/observations/batch`.
    public static final int BATCH_BODY_BYTES_MAX = 32 * 1024 * 1024;

    /// A body of any other endpoint.
    public static final int BODY_BYTES_MAX = 1024 * 1024;

    /// Observations in one `POST /api/observations/batch`.
    public static final int BATCH_OBSERVATIONS_MAX = 1_000;

    /// A body of `POST /api/import`, and the records in it.
    public static final int IMPORT_BODY_BYTES_MAX = 32 * 1024 * 1024;

    public static final int IMPORT_RECORDS_MAX = 1_000;

    public static final int TITLE_CHARS_MAX = 500;
    public static final int SUBTITLE_CHARS_MAX = 1_000;
    public static final int NARRATIVE_BYTES_MAX = 32 * 1024;
    public static final int LIST_ITEMS_MAX = 200;
    public static final int LIST_ITEM_CHARS_MAX = 2_000;

    /// The longest query text that search looks at; the rest is cut off.
    public static final int QUERY_CHARS_MAX = 4_000;

    /// Hits in one search answer.
    public static final int SEARCH_LIMIT_MAX = 100;

    /// Projects in one `GET /api/projects` answer.
    public static final int PROJECTS_MAX = 1_000;

    public static final int PROJECT_NAME_CHARS_MAX = 400;

    /// Ids in one `get_observations` call.
    public static final int IDS_MAX = 200;

    public static final int LESSON_TITLE_CHARS_MAX = 200;
    public static final int LESSON_RULE_CHARS_MAX = 2_000;

    /// Names of tools in one lesson's trigger, and the pattern in it.
    public static final int LESSON_TOOLS_CHARS_MAX = 500;

    public static final int LESSON_PATTERN_CHARS_MAX = 500;

    /// Lessons that are active at once: each is looked at before a tool call.
    public static final int LESSONS_ACTIVE_MAX = 500;

    /// How long the hook before a tool call waits for a lesson, and so does the call.
    public static final Duration LESSON_WAIT = Duration.ofMillis(150);

    /// Claude Code cuts hook output at 10,000 characters; this leaves room for the fence.
    public static final int SESSION_CONTEXT_CHARS_MAX = 8_000;

    public static final int PORT_DEFAULT = 3377;

    /// How many ports above the default are tried when it is taken and none was configured.
    public static final int PORT_ATTEMPTS_MAX = 50;

    /// How long a thin program waits for a daemon it started.
    public static final Duration DAEMON_START_TIMEOUT = Duration.ofSeconds(30);

    private Limits() {}
}
