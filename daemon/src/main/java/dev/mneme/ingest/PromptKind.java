package dev.mneme.ingest;

/// Who spoke through a prompt hook: it carries more than the user's own words.
enum PromptKind {
    USER,
    TASK_NOTIFICATION,
    SYSTEM;

    static PromptKind of(String prompt) {
        String start = prompt.stripLeading();
        if (start.startsWith("<task-notification>")) {
            return TASK_NOTIFICATION;
        }
        if (start.isEmpty()
                || start.startsWith("<local-command-stdout>")
                || start.startsWith("<local-command-caveat>")
                || start.startsWith("<system-reminder>")) {
            return SYSTEM;
        }
        return USER;
    }
}
