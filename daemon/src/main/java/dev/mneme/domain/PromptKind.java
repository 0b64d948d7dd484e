package dev.mneme.domain;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Who spoke through a prompt hook: it carries more than the user's own words.
///
/// Told by how the text begins, which is all the host gives. The beginnings are those that Claude
/// Code writes; what begins otherwise is the user's.
public enum PromptKind {
    USER,

    /// A command, typed or expanded: what was typed is the command's name, not a wish in words.
    SLASH_COMMAND,

    /// A subagent or a background task has finished.
    TASK_NOTIFICATION,

    /// Nobody typed it now: a loop, a schedule, a wakeup.
    SCHEDULED,

    /// Another session, a teammate or a channel.
    OTHER_SESSION,

    /// The summary that a compacted conversation goes on from.
    CONTINUATION,

    /// The host's own words: output of local commands, reminders, nothing at all.
    SYSTEM;

    private record Beginning(String text, PromptKind kind) {}

    private static final List<Beginning> BEGINNINGS =
            List.of(
                    new Beginning("<task-notification", TASK_NOTIFICATION),
                    new Beginning("<scheduled-task", SCHEDULED),
                    new Beginning("<<autonomous-loop", SCHEDULED),
                    new Beginning("<tick>", SCHEDULED),
                    new Beginning("This is an automated run of a scheduled task", SCHEDULED),
                    new Beginning("<cross-session-message", OTHER_SESSION),
                    new Beginning("<teammate-message", OTHER_SESSION),
                    new Beginning("<agent-message", OTHER_SESSION),
                    new Beginning("<channel ", OTHER_SESSION),
                    new Beginning("Another Claude session sent a message", OTHER_SESSION),
                    new Beginning(
                            "This session is being continued from a previous conversation",
                            CONTINUATION),
                    new Beginning("<command-name>", SLASH_COMMAND),
                    new Beginning("<command-message>", SLASH_COMMAND),
                    new Beginning("<local-command-", SYSTEM),
                    new Beginning("<bash-", SYSTEM),
                    new Beginning("<system-reminder>", SYSTEM),
                    new Beginning("<user-prompt-submit-hook>", SYSTEM),
                    new Beginning("[SYSTEM NOTIFICATION", SYSTEM),
                    new Beginning("[Request interrupted by user", SYSTEM));

    private static final String LOOP_COMMAND = "loop";

    /// Folders that a sentence may begin with; no command has such a name.
    private static final Set<String> ROOT_FOLDERS =
            Set.of(
                    "bin", "boot", "dev", "etc", "home", "lib", "media", "mnt", "opt", "proc",
                    "root", "run", "sbin", "srv", "sys", "tmp", "usr", "var");

    public String wireName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// Whether what follows is an answer to it, and no longer to what the user said before. A
    /// report of a subagent and a compaction go on with the user's wish.
    public boolean beginsTurn() {
        return switch (this) {
            case USER, SLASH_COMMAND, SCHEDULED, OTHER_SESSION -> true;
            case TASK_NOTIFICATION, CONTINUATION, SYSTEM -> false;
        };
    }

    public static PromptKind of(String prompt) {
        String text = prompt.stripLeading();
        if (text.isEmpty()) {
            return SYSTEM;
        }
        for (Beginning beginning : BEGINNINGS) {
            if (text.startsWith(beginning.text())) {
                return beginning.kind();
            }
        }
        String command = command(text);
        if (command.isEmpty()) {
            return USER;
        }
        return command.equals(LOOP_COMMAND) ? SCHEDULED : SLASH_COMMAND;
    }

    /// The name in `/name` or `/plugin:name` at the start; empty where it is a path or a sentence.
    private static String command(String text) {
        if (text.length() < 2 || text.charAt(0) != '/' || !Character.isLetter(text.charAt(1))) {
            return "";
        }
        int end = 1;
        while (end < text.length() && isNamePart(text.charAt(end))) {
            end++;
        }
        boolean whole = end == text.length() || Character.isWhitespace(text.charAt(end));
        String name = text.substring(1, end);
        return whole && !ROOT_FOLDERS.contains(name) ? name : "";
    }

    private static boolean isNamePart(char letter) {
        return Character.isLetterOrDigit(letter)
                || letter == '-'
                || letter == '_'
                || letter == ':'
                || letter == '.';
    }
}
