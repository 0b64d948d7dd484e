package dev.mneme.domain;

import java.util.Locale;

/// Why an event was not worth keeping at all. The words are stored and counted: they never change.
public enum SkipReason {

    /// It is about a path that an ignore file names.
    IGNORED_PATH,

    /// What an ignore file says could not be found out: it is too large or unreadable.
    UNCLEAR_IGNORE_FILE,

    /// Our own tools; remembering what was recalled would feed on itself.
    OWN_TOOL,

    /// A tool on the skip list: to-do lists, tool loading, the host's housekeeping.
    SKIPPED_TOOL,

    /// A call of a subagent that only looks around; its report is kept.
    READ_ONLY_AGENT,

    /// A look at something inside any subagent; its report says what came of it.
    SUBAGENT_READ,

    /// An agent of the host itself, such as the one that suggests prompts.
    INTERNAL_AGENT;

    public String wireName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
