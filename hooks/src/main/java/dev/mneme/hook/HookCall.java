package dev.mneme.hook;

import org.jspecify.annotations.Nullable;

/// What this run of the program is about: the event, who fires it, and since when.
record HookCall(String event, @Nullable String agent, long startedAtMillis, long startedNanos) {

    static final String SESSION_START = "session-start";

    /// Asked before a tool call, and nothing else: it captures nothing.
    static final String PRE_TOOL_USE = "pre-tool-use";

    /// What is captured.
    private static final String[] EVENTS = {
        SESSION_START,
        "user-prompt-submit",
        "post-tool-use",
        "post-tool-use-failure",
        "stop",
        "subagent-stop",
        "post-compact",
        "session-end"
    };

    private static final int AGENT_CHARS_MAX = 64;

    /// Null where the arguments name no event of ours: then there is nothing to do.
    static @Nullable HookCall parse(String[] arguments, long startedAtMillis, long startedNanos) {
        if (arguments.length == 0 || !isEvent(arguments[0])) {
            return null;
        }
        String agent = null;
        for (int i = 1; i + 1 < arguments.length; i++) {
            if (arguments[i].equals("--agent") && isName(arguments[i + 1])) {
                agent = arguments[i + 1];
            }
        }
        return new HookCall(arguments[0], agent, startedAtMillis, startedNanos);
    }

    /// The same run, about another event: an agent's own words tell which.
    HookCall as(String other) {
        return new HookCall(other, agent, startedAtMillis, startedNanos);
    }

    boolean isSessionStart() {
        return event.equals(SESSION_START);
    }

    /// Whether this run only asks for a lesson: what it carries is kept nowhere.
    boolean isQuestion() {
        return event.equals(PRE_TOOL_USE);
    }

    private static boolean isEvent(String name) {
        if (name.equals(PRE_TOOL_USE)) {
            return true;
        }
        for (String event : EVENTS) {
            if (event.equals(name)) {
                return true;
            }
        }
        return false;
    }

    /// Goes into a header, so it may hold nothing that could end one.
    private static boolean isName(String name) {
        if (name.isEmpty() || name.length() > AGENT_CHARS_MAX) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean allowed =
                    (c >= 'a' && c <= 'z')
                            || (c >= 'A' && c <= 'Z')
                            || (c >= '0' && c <= '9')
                            || c == '-'
                            || c == '_'
                            || c == '.';
            if (!allowed) {
                return false;
            }
        }
        return true;
    }
}
