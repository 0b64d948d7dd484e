package dev.mneme.ingest;

import dev.mneme.domain.Project;
import dev.mneme.store.ProjectStore;
import dev.mneme.store.Tx;

import org.jspecify.annotations.Nullable;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// The one place that says which project a text or a folder means.
///
/// A text is an id, a name, an alias or an absolute path.
public final class ProjectResolver {

    /// Where nothing says a project: no folder, no name.
    private static final String UNKNOWN = "unknown";

    /// What a project key can hold. A longer path is nobody's project.
    private static final int PATH_CHARS_MAX = 4_096;

    private final ProjectStore projects;

    public ProjectResolver(ProjectStore projects) {
        this.projects = projects;
    }

    /// Several projects answer to one name.
    public static final class Ambiguous extends RuntimeException {

        private static final long serialVersionUID = 1L;

        Ambiguous(String name, List<Project> candidates) {
            super(
                    "`"
                            + name
                            + "` may be any of "
                            + String.join(
                                    ", ",
                                    candidates.stream()
                                            .map(p -> "`" + p.name() + "` (id " + p.id() + ")")
                                            .toList()));
        }
    }

    /// The project a text means, if there is one.
    public Optional<Project> find(Tx tx, String text) {
        Path path = absolutePath(text);
        if (path != null) {
            return projects.byRoot(tx, ProjectFolder.rootOf(path));
        }
        List<Project> named = projects.byNameOrAlias(tx, text);
        if (named.size() > 1) {
            throw new Ambiguous(text, named);
        }
        if (named.size() == 1) {
            return Optional.of(named.getFirst());
        }
        return byId(tx, text);
    }

    /// The project a text means; created where there is none.
    public Project ensure(Tx tx, String text) {
        Optional<Project> known = find(tx, text);
        if (known.isPresent()) {
            return known.get();
        }
        Path path = absolutePath(text);
        return path == null ? projects.ensureNamed(tx, text) : ensureFolder(tx, path);
    }

    /// The project a working directory belongs to; created where there is none.
    public Project ensureFolder(Tx tx, @Nullable Path folder) {
        return folder == null
                ? projects.ensureNamed(tx, UNKNOWN)
                : projects.ensureAt(tx, ProjectFolder.rootOf(folder));
    }

    private Optional<Project> byId(Tx tx, String text) {
        boolean digits = !text.isEmpty() && text.length() <= 18;
        for (int i = 0; i < text.length(); i++) {
            digits &= text.charAt(i) >= '0' && text.charAt(i) <= '9';
        }
        return digits ? projects.byId(tx, Long.parseLong(text)) : Optional.empty();
    }

    /// A path as somebody wrote it, or null where the text is none.
    public static @Nullable Path absolutePath(String text) {
        try {
            Path path = Path.of(text);
            return path.isAbsolute() && text.length() <= PATH_CHARS_MAX ? path : null;
        } catch (InvalidPathException notAPath) {
            return null;
        }
    }
}
