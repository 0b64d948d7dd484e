package dev.mneme.installer.moving;

import dev.mneme.protocol.Limits;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.Map;

/// What the projects of a source are here: a name, or a folder.
///
/// @param chosen by the user, as in `old-name` to `shop` or to `/home/me/shop`
public record Names(Map<String, String> chosen) {

    private static final String UNKNOWN = "unknown";

    public Names {
        chosen = Map.copyOf(chosen);
    }

    /// A work tree is written as `project/tree` elsewhere; here it belongs to its project.
    public String of(@Nullable String project) {
        String wanted = wanted(project);
        Path folder = folder(wanted);
        return Records.cut(
                folder == null ? wanted : String.valueOf(folder.getFileName()),
                Limits.PROJECT_NAME_CHARS_MAX);
    }

    /// The folder that the user chose for a project; null where none was.
    public @Nullable Path folderOf(@Nullable String project) {
        return folder(wanted(project));
    }

    private String wanted(@Nullable String project) {
        String name = project == null || project.isBlank() ? UNKNOWN : project.strip();
        String wanted = chosen.get(name);
        if (wanted != null) {
            return wanted;
        }
        int slash = name.indexOf('/');
        String base = slash > 0 ? name.substring(0, slash) : name;
        return chosen.getOrDefault(base, base);
    }

    private static @Nullable Path folder(String wanted) {
        return wanted.startsWith("/") && wanted.length() > 1 ? Path.of(wanted) : null;
    }
}
