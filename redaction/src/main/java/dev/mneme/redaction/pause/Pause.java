package dev.mneme.redaction.pause;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// One pause.
///
/// @param kind what it holds for
/// @param name the project's name or the session's id; empty for everything
/// @param projectId the project's id where the daemon knows it, else 0
/// @param folders of the project; what lies below them is meant as well
/// @param sinceMillis what happened before is captured, however late it arrives
/// @param untilMillis when it ends; 0 for never
public record Pause(
        Kind kind,
        String name,
        long projectId,
        List<String> folders,
        long sinceMillis,
        long untilMillis) {

    public enum Kind {
        ALL("all"),
        PROJECT("project"),
        SESSION("session");

        private final String word;

        Kind(String word) {
            this.word = word;
        }

        public String word() {
            return word;
        }

        static @Nullable Kind ofWordOrNull(String word) {
            for (Kind kind : values()) {
                if (kind.word.equals(word)) {
                    return kind;
                }
            }
            return null;
        }
    }

    public Pause {
        folders = List.copyOf(folders);
    }

    public static Pause all(long sinceMillis, long untilMillis) {
        return new Pause(Kind.ALL, "", 0, List.of(), sinceMillis, untilMillis);
    }

    public static Pause session(String id, long sinceMillis, long untilMillis) {
        return new Pause(Kind.SESSION, id, 0, List.of(), sinceMillis, untilMillis);
    }

    public boolean isOver(long nowMillis) {
        return untilMillis != 0 && nowMillis >= untilMillis;
    }

    /// Whether it held at a time.
    public boolean heldAt(long millis) {
        return millis >= sinceMillis && !isOver(millis);
    }

    /// Whether both hold for the same thing.
    public boolean isSameAs(Pause other) {
        if (kind != other.kind) {
            return false;
        }
        if (kind != Kind.PROJECT) {
            return name.equals(other.name);
        }
        if (projectId != 0 && other.projectId != 0) {
            return projectId == other.projectId;
        }
        for (String folder : folders) {
            if (other.folders.contains(folder)) {
                return true;
            }
        }
        return false;
    }

    /// Whether one of the project's folders is this one or lies above it.
    public boolean holdsAt(String folder) {
        for (String own : folders) {
            boolean below =
                    folder.startsWith(own)
                            && (folder.length() == own.length()
                                    || own.endsWith("/")
                                    || folder.charAt(own.length()) == '/');
            if (below) {
                return true;
            }
        }
        return false;
    }
}
