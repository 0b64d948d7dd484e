package dev.mneme.protocol;

/// What a hook program says about its event beside the untouched payload.
///
/// The hook program cannot depend on this module (it is `java.base` only), so it repeats these
/// names; a test in `e2e` holds the two together.
public final class HookHeaders {

    /// When the hook program started, ISO 8601 in UTC: the time of the event.
    public static final String STARTED_AT = "X-Mneme-Started-At";

    /// A UUID made by the hook program, the same for the request and for the spooled copy.
    public static final String EVENT_ID = "X-Mneme-Event-Id";

    /// Which agent the hook serves; absent for Claude Code. A spooled copy does not carry it.
    public static final String AGENT = "X-Mneme-Agent";

    private HookHeaders() {}
}
