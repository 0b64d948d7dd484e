package dev.mneme.domain;

import java.util.Optional;

/// The moments of a session that are captured, with the names hooks and URLs use.
public enum HookEvent {
    SESSION_START("session-start", "SessionStart"),
    USER_PROMPT_SUBMIT("user-prompt-submit", "UserPromptSubmit"),
    POST_TOOL_USE("post-tool-use", "PostToolUse"),
    POST_TOOL_USE_FAILURE("post-tool-use-failure", "PostToolUseFailure"),
    STOP("stop", "Stop"),
    SUBAGENT_STOP("subagent-stop", "SubagentStop"),
    POST_COMPACT("post-compact", "PostCompact"),
    SESSION_END("session-end", "SessionEnd");

    private final String path;
    private final String hostName;

    HookEvent(String path, String hostName) {
        this.path = path;
        this.hostName = hostName;
    }

    /// The name in `POST /api/hooks/{event}`, on the hook's command line and in the database.
    public String path() {
        return path;
    }

    /// The name in a payload's `hook_event_name`.
    public String hostName() {
        return hostName;
    }

    /// Whether nothing more is to be expected of the turn it happens in.
    public boolean endsTurn() {
        return this == STOP || this == SESSION_END;
    }

    public static Optional<HookEvent> ofPath(String path) {
        for (HookEvent event : values()) {
            if (event.path.equals(path)) {
                return Optional.of(event);
            }
        }
        return Optional.empty();
    }
}
