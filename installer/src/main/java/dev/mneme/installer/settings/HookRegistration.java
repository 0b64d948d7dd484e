package dev.mneme.installer.settings;

import java.time.Duration;
import java.util.List;

/// One hook that we register: the event's name in Claude Code, its name on our command line, and
/// how long Claude Code waits for it.
///
/// All are synchronous. In print mode the client ends without waiting for asynchronous hooks: a
/// 50 ms `Stop` hook was lost every time, of four tool hooks of 400 ms two or more. A matcher is
/// left out everywhere: the daemon decides what is worth keeping, by rules that can change without
/// touching anybody's settings.
public record HookRegistration(String event, String argument, Duration timeout) {

    /// The one that only asks, and captures nothing: `Programs` has it end at once while there is
    /// nothing to ask for.
    public static final String PRE_TOOL_USE = "pre-tool-use";

    /// Longer than the hook's own deadline, which includes starting the daemon.
    private static final Duration SESSION_START = Duration.ofSeconds(30);

    private static final Duration QUICK = Duration.ofSeconds(5);

    /// Claude Code gives all `SessionEnd` hooks 1.5 s together unless a settings file asks for
    /// more.
    private static final Duration SESSION_END = Duration.ofSeconds(10);

    /// The one table; a plugin's `hooks.json` is made from it as well.
    public static final List<HookRegistration> ALL =
            List.of(
                    new HookRegistration("SessionStart", "session-start", SESSION_START),
                    new HookRegistration("UserPromptSubmit", "user-prompt-submit", QUICK),
                    new HookRegistration("PostToolUse", "post-tool-use", QUICK),
                    new HookRegistration("PostToolUseFailure", "post-tool-use-failure", QUICK),
                    new HookRegistration("Stop", "stop", QUICK),
                    new HookRegistration("SubagentStop", "subagent-stop", QUICK),
                    new HookRegistration("PostCompact", "post-compact", QUICK),
                    new HookRegistration("SessionEnd", "session-end", SESSION_END),
                    new HookRegistration("PreToolUse", PRE_TOOL_USE, QUICK));
}
