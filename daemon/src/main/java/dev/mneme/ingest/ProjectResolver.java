package dev.mneme.ingest;

import dev.mneme.domain.KnownProject;
import dev.mneme.domain.Project;
import dev.mneme.domain.ProjectEvidence;
import dev.mneme.domain.Tombstone;
import dev.mneme.store.Database;
import dev.mneme.store.ProjectStore;
import dev.mneme.store.Tx;

import org.jspecify.annotations.Nullable;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// The one place that says which project a text or a folder means.
///
/// A text is an id, a name, an alias or an absolute path. A folder is recognised by evidence, never
/// by its name; the rules stand in ARCHITECTURE.md.
///
/// It works in two steps, because looking at a repository may take longer than a transaction may
/// stay open: `wanted` reads files, asks `git` where it must, and opens short transactions of its
/// own; `find` and `ensure` take its answer into the caller's transaction and only speak SQL.
public final class ProjectResolver {

    /// What a piece of evidence can hold. A longer path is nobody's project.
    private static final int PATH_CHARS_MAX = 4_096;

    /// Where nothing says a project: no folder, no name.
    private static final String UNKNOWN = "unknown";

    /// How often a project may be merged away between finding and holding it.
    private static final int HOLDS_MAX = 3;

    private final Database database;
    private final ProjectStore projects;
    private final RootCommits rootCommits;

    public ProjectResolver(Database database, ProjectStore projects) {
        this(database, projects, new RootCommits());
    }

    ProjectResolver(Database database, ProjectStore projects, RootCommits rootCommits) {
        this.database = database;
        this.projects = projects;
        this.rootCommits = rootCommits;
    }

    /// Several projects answer to one name.
    public static final class Ambiguous extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final transient List<Project> candidates;

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
            this.candidates = List.copyOf(candidates);
        }

        public List<Project> candidates() {
            return candidates;
        }
    }

    /// Which project is wanted, as far as that can be said before the transaction.
    public sealed interface Wanted {

        /// What somebody wrote: an id, a name or an alias.
        record Named(String text) implements Wanted {}

        /// The name that a `.mneme` file gives, or that stands for no folder at all.
        record Chosen(String name) implements Wanted {}

        /// A folder and what it shows.
        ///
        /// @param moved the project that this repository is, when it was elsewhere until now
        /// @param gone the folder and those above it, as far as they do not exist
        record Seen(ProjectEvidence evidence, @Nullable Moved moved, List<Path> gone)
                implements Wanted {}
    }

    /// @param from the places where the project no longer is
    record Moved(long projectId, Set<String> from) {}

    /// To be called outside of transactions.
    public Wanted wanted(String text) {
        Path path = absolutePath(text);
        return path == null ? new Wanted.Named(text) : look(path);
    }

    /// The project of a working directory. To be called outside of transactions.
    public Wanted wantedAt(@Nullable Path folder) {
        return folder == null ? new Wanted.Chosen(UNKNOWN) : look(folder);
    }

    /// By what a forgotten project would be recognised in what is wanted.
    public static List<String> marks(Wanted wanted) {
        return switch (wanted) {
            case Wanted.Named(String text) -> List.of(Tombstone.name(text));
            case Wanted.Chosen(String name) -> List.of(Tombstone.name(name));
            case Wanted.Seen seen -> {
                var marks = new ArrayList<String>();
                marks.add(Tombstone.place(seen.evidence().root().toString()));
                Path common = seen.evidence().commonDirectory();
                if (common != null) {
                    marks.add(Tombstone.place(common.toString()));
                }
                seen.gone().forEach(path -> marks.add(Tombstone.place(path.toString())));
                yield List.copyOf(marks);
            }
        };
    }

    /// The wanted project, if there is one.
    public Optional<Project> find(Tx tx, Wanted wanted) {
        return switch (wanted) {
            case Wanted.Named(String text) -> named(tx, text);
            case Wanted.Chosen(String name) ->
                    projects.byNameOrAlias(tx, name).stream()
                            .filter(project -> project.name().equals(name))
                            .findFirst()
                            .or(() -> projects.byNameOrAlias(tx, name).stream().findFirst());
            case Wanted.Seen seen ->
                    here(tx, seen.evidence())
                            .map(KnownProject::project)
                            .or(() -> moved(tx, seen))
                            .or(() -> formerlyAt(tx, seen));
        };
    }

    /// The wanted project, created where there is none, and kept from being merged away until the
    /// transaction ends.
    public Project ensure(Tx tx, Wanted wanted) {
        for (int attempt = 1; attempt <= HOLDS_MAX; attempt++) {
            Project project =
                    switch (wanted) {
                        case Wanted.Named(String text) ->
                                named(tx, text).orElseGet(() -> projects.ensureNamed(tx, text));
                        case Wanted.Chosen(String name) -> projects.ensureNamed(tx, name);
                        case Wanted.Seen seen -> ensureSeen(tx, seen);
                    };
            if (projects.hold(tx, project.id())) {
                return project;
            }
        }
        throw new IllegalStateException("the project was merged away " + HOLDS_MAX + " times");
    }

    private Project ensureSeen(Tx tx, Wanted.Seen seen) {
        Optional<Project> known = known(tx, seen);
        if (known.isPresent()) {
            return known.get();
        }
        projects.lockNames(tx);
        Optional<Project> meanwhile = known(tx, seen);
        if (meanwhile.isPresent()) {
            return meanwhile.get();
        }
        Optional<Project> moved = moved(tx, seen);
        if (moved.isPresent() && seen.moved() != null) {
            projects.move(tx, moved.get().id(), seen.moved().from(), seen.evidence());
            return new Project(moved.get().id(), moved.get().name(), seen.evidence().root());
        }
        return formerlyAt(tx, seen).orElseGet(() -> projects.create(tx, seen.evidence()));
    }

    private Optional<Project> known(Tx tx, Wanted.Seen seen) {
        Optional<KnownProject> here = here(tx, seen.evidence());
        here.ifPresent(known -> projects.learn(tx, known, seen.evidence()));
        return here.map(KnownProject::project);
    }

    /// Who is known at this place and is not contradicted by what is seen there.
    private Optional<KnownProject> here(Tx tx, ProjectEvidence evidence) {
        return projects.at(tx, evidence.root(), evidence.commonDirectory()).stream()
                .filter(known -> !known.contradicts(evidence))
                .findFirst();
    }

    private Optional<Project> moved(Tx tx, Wanted.Seen seen) {
        return seen.moved() == null
                ? Optional.empty()
                : projects.byId(tx, seen.moved().projectId());
    }

    private Optional<Project> formerlyAt(Tx tx, Wanted.Seen seen) {
        return seen.gone().isEmpty() ? Optional.empty() : projects.formerlyAt(tx, seen.gone());
    }

    private Wanted look(Path path) {
        ProjectFolder folder = ProjectFolder.of(path);
        if (folder.chosen() != null) {
            return new Wanted.Chosen(folder.chosen());
        }
        GitFiles repository = folder.repository();
        if (repository == null) {
            var evidence = new ProjectEvidence(folder.root(), null, null, List.of());
            return new Wanted.Seen(evidence, null, gone(folder));
        }
        ProjectEvidence quick = quick(repository);
        List<KnownProject> here =
                database.inTransaction(
                        tx -> projects.at(tx, quick.root(), quick.commonDirectory()));
        if (here.stream().anyMatch(known -> saysEnough(known, quick))) {
            return new Wanted.Seen(quick, null, List.of());
        }
        ProjectEvidence full = withHistory(quick, repository);
        boolean stays = here.stream().anyMatch(known -> !known.contradicts(full));
        return new Wanted.Seen(full, stays ? null : moved(full), List.of());
    }

    /// Whether the files alone settle it, so that the history need not be walked: a project with a
    /// known history, at the same place, behind the same remote.
    private static boolean saysEnough(KnownProject known, ProjectEvidence quick) {
        Path common = quick.commonDirectory();
        return quick.remote() != null
                && known.remotes().contains(quick.remote())
                && common != null
                && known.commonDirectories().contains(common.toString())
                && known.paths().contains(quick.root().toString())
                && !known.rootCommits().isEmpty();
    }

    /// The project that this repository was elsewhere: the evidence is the same, and the project
    /// is no longer where it was. Where it still is, this is a copy and a project of its own.
    private @Nullable Moved moved(ProjectEvidence evidence) {
        List<KnownProject> candidates =
                database.inTransaction(tx -> projects.sharing(tx, evidence));
        for (KnownProject candidate : candidates) {
            if (candidate.isSameRepository(evidence)) {
                var left = new TreeSet<String>();
                for (String path : candidate.paths()) {
                    if (!ProjectStore.isShortened(path) && !isStillAt(path, candidate)) {
                        left.add(path);
                    }
                }
                if (!left.isEmpty() || candidate.paths().isEmpty()) {
                    return new Moved(candidate.project().id(), left);
                }
            }
        }
        return null;
    }

    private boolean isStillAt(String path, KnownProject project) {
        Path place = absolutePath(path);
        if (place == null || !Files.isDirectory(place)) {
            return false;
        }
        ProjectFolder folder = ProjectFolder.of(place);
        GitFiles repository = folder.repository();
        if (repository == null || !folder.root().equals(place)) {
            return project.commonDirectories().isEmpty();
        }
        boolean begunAnew =
                repository.head().isEmpty()
                        && !repository.hasOpaqueReferences()
                        && !project.rootCommits().isEmpty();
        if (begunAnew) {
            return false;
        }
        ProjectEvidence quick = quick(repository);
        return saysEnough(project, quick) || !project.contradicts(withHistory(quick, repository));
    }

    private static ProjectEvidence quick(GitFiles repository) {
        return new ProjectEvidence(
                repository.root(),
                repository.commonDirectory(),
                repository.remote().orElse(null),
                List.of());
    }

    private ProjectEvidence withHistory(ProjectEvidence quick, GitFiles repository) {
        return new ProjectEvidence(
                quick.root(), quick.commonDirectory(), quick.remote(), rootCommits.of(repository));
    }

    private static List<Path> gone(ProjectFolder folder) {
        var gone = new ArrayList<Path>();
        Path candidate = folder.folder();
        while (candidate != null && gone.size() < GitFiles.DEPTH_MAX && !Files.exists(candidate)) {
            gone.add(candidate);
            candidate = candidate.getParent();
        }
        return List.copyOf(gone);
    }

    private Optional<Project> named(Tx tx, String text) {
        List<Project> named = projects.byNameOrAlias(tx, text);
        if (named.size() > 1) {
            throw new Ambiguous(text, named);
        }
        return named.isEmpty() ? byId(tx, text) : Optional.of(named.getFirst());
    }

    private Optional<Project> byId(Tx tx, String text) {
        return isId(text) ? projects.byId(tx, Long.parseLong(text)) : Optional.empty();
    }

    /// Whether a text reads like an id.
    public static boolean isId(String text) {
        return !text.isEmpty()
                && text.length() <= 18
                && text.chars().allMatch(letter -> letter >= '0' && letter <= '9');
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
