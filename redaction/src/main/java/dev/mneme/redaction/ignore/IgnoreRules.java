package dev.mneme.redaction.ignore;

import dev.mneme.redaction.JsonStrings;
import dev.mneme.redaction.TopLevelText;

import org.jspecify.annotations.Nullable;

import java.io.File;
import java.nio.charset.StandardCharsets;

/// What ignore files mean for events: an event about an ignored path keeps nothing but its ids; of
/// an event that has ignored paths among others, those parts are taken out and marked.
///
/// The hook asks before it spools, the daemon before it stores; safe to share between threads.
public final class IgnoreRules {

    /// Why an event is not kept.
    public static final String REASON = "ignored path";

    /// The same where nobody can tell, and everything counts as ignored.
    public static final String REASON_CLOSED =
            "ignored path (an ignore file is too large or unreadable, or too much to check)";

    /// The field that says so in what is left of an event.
    public static final String FIELD = "mneme_ignored";

    /// How many parts were taken out of an event that is kept.
    public static final String PARTS_FIELD = "mneme_ignored_parts";

    private static final int ID_CHARS_MAX = 4_096;

    private static final String[] IDS = {
        "session_id",
        "hook_event_name",
        "tool_name",
        "tool_use_id",
        "cwd",
        "agent_id",
        "agent_type",
        "source",
        "reason"
    };

    private final @Nullable String mnemeHome;
    private final @Nullable String home;
    private final IgnoreFiles files;

    /// @param mnemeHome where the file for all projects lies
    /// @param home the user's, for `~` in commands
    public IgnoreRules(@Nullable File mnemeHome, @Nullable String home) {
        this(mnemeHome, home, isCaseIgnored(System.getProperty("os.name", "")));
    }

    IgnoreRules(@Nullable File mnemeHome, @Nullable String home, boolean ignoreCase) {
        this.mnemeHome = mnemeHome == null ? null : mnemeHome.getPath();
        this.home = home;
        this.files = new IgnoreFiles(ignoreCase);
    }

    private static boolean isCaseIgnored(String system) {
        return system.startsWith("Windows") || system.startsWith("Mac");
    }

    /// What may be kept of an event, the same bytes where that is all of it.
    ///
    /// @param reason why only the ids were left; null where the event is kept
    public record Kept(byte[] payload, @Nullable String reason) {

        /// Whether nothing but the ids was left.
        public boolean isReduced() {
            return reason != null;
        }
    }

    /// A look at the disk as it is from now on; see there who may share it.
    public IgnoreLook look() {
        return new IgnoreLook(files);
    }

    public Kept keep(byte[] payload) {
        return keep(payload, look());
    }

    public Kept keep(byte[] payload, IgnoreLook disk) {
        String json = new String(payload, StandardCharsets.UTF_8);
        JsonSpan event = JsonSpan.parseOrNull(json);
        if (event == null || event.kind != JsonSpan.Kind.OBJECT) {
            String cwd = TopLevelText.findOrNull(json, "cwd");
            IgnoreScope scope = scope(cwd == null ? "" : cwd, disk);
            // Nobody can tell what it is about.
            return scope.hasRules() ? reduced(json, null, REASON_CLOSED) : new Kept(payload, null);
        }
        String before = event.textOrNull(FIELD);
        if (before != null) {
            return reduced(json, event, before.equals(REASON_CLOSED) ? REASON_CLOSED : REASON);
        }
        String cwd = event.textOrNull("cwd");
        IgnoreScope scope = scope(cwd == null ? "" : cwd, disk);
        IgnoredContent content = new IgnoredContent(json, event, scope);
        if (content.isIgnored()) {
            return reduced(json, event, scope.isClosed() ? REASON_CLOSED : REASON);
        }
        String changed = content.changedOrNull();
        return new Kept(changed == null ? payload : changed.getBytes(StandardCharsets.UTF_8), null);
    }

    IgnoreScope scope(String cwd) {
        return scope(cwd, look());
    }

    private IgnoreScope scope(String cwd, IgnoreLook disk) {
        return new IgnoreScope(disk, mnemeHome, home, cwd);
    }

    private static Kept reduced(String json, @Nullable JsonSpan event, String reason) {
        StringBuilder left = new StringBuilder("{");
        for (String id : IDS) {
            String value = event == null ? TopLevelText.findOrNull(json, id) : event.textOrNull(id);
            if (value != null && value.length() <= ID_CHARS_MAX) {
                left.append('"').append(id).append("\":");
                JsonStrings.appendLiteral(left, value);
                left.append(',');
            }
        }
        left.append('"').append(FIELD).append("\":");
        JsonStrings.appendLiteral(left, reason);
        return new Kept(left.append('}').toString().getBytes(StandardCharsets.UTF_8), reason);
    }
}
