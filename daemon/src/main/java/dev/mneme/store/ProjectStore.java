package dev.mneme.store;

import dev.mneme.domain.KnownProject;
import dev.mneme.domain.Project;
import dev.mneme.domain.ProjectEvidence;
import dev.mneme.domain.ProjectSummary;
import dev.mneme.domain.StorableText;

import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Projects, their names, and the evidence by which they are recognised.
public final class ProjectStore {

    private static final int NAME_CHARS_MAX = 400;

    /// An index row holds about 2,700 bytes; a longer value is kept by its beginning and its hash.
    private static final int KEY_BYTES_MAX = 2_000;

    private static final int KEY_BEGINNING_CHARS = 400;
    private static final String HASH_MARK = "… sha256:";

    /// Projects that share a history or a remote and are looked at one by one.
    private static final int SHARING_MAX = 16;

    private static final String PATH = "path";
    private static final String FORMER_PATH = "former-path";
    private static final String COMMON_DIRECTORY = "git-common-dir";
    private static final String ROOT_COMMIT = "root-commit";
    private static final String REMOTE = "remote";
    private static final String ALIAS = "alias";
    private static final String FORMER_ID = "former-id";

    /// Serialises the choice of a free name and every move of evidence; both are rare.
    public void lockNames(Tx tx) {
        tx.handle()
                .createQuery("SELECT pg_advisory_xact_lock(hashtext('mneme.project-names'))")
                .mapToMap()
                .list();
    }

    /// The project of an id, also of one that was merged into another.
    public Optional<Project> byId(Tx tx, long id) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT id, name, full_path
                        FROM mem_projects
                        WHERE id = :id
                            OR id = (
                                SELECT project_id
                                FROM mem_project_keys
                                WHERE kind = 'former-id' AND value = CAST(:id AS text)
                            )
                        """)
                .bind("id", id)
                .map(ProjectStore::project)
                .findFirst();
    }

    /// Keeps a project from being merged away until the transaction ends, so that what is stored
    /// under it now is neither refused nor lost.
    ///
    /// @return false when it is gone already
    public boolean hold(Tx tx, long id) {
        return tx.handle()
                .createQuery("SELECT id FROM mem_projects WHERE id = :id FOR KEY SHARE")
                .bind("id", id)
                .mapTo(Long.class)
                .findOne()
                .isPresent();
    }

    /// Projects called `name`, by their own name or by an alias.
    public List<Project> byNameOrAlias(Tx tx, String name) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT id, name, full_path
                        FROM mem_projects
                        WHERE name = :name
                        UNION
                        SELECT projects.id, projects.name, projects.full_path
                        FROM mem_project_keys AS keys
                        JOIN mem_projects AS projects ON projects.id = keys.project_id
                        WHERE keys.kind = 'alias' AND keys.value = :name
                        ORDER BY id
                        """)
                .bind("name", keyValue(name))
                .map(ProjectStore::project)
                .list();
    }

    /// The project whose places include the root or the common git directory; the root first.
    public List<KnownProject> at(Tx tx, Path root, @Nullable Path commonDirectory) {
        return tx
                .handle()
                .createQuery(
                        """
                        SELECT projects.id, projects.name, projects.full_path
                        FROM mem_project_keys AS keys
                        JOIN mem_projects AS projects ON projects.id = keys.project_id
                        WHERE (keys.kind = 'path' AND keys.value = :root)
                            OR (keys.kind = 'git-common-dir' AND keys.value = :common)
                        GROUP BY projects.id, projects.name, projects.full_path
                        ORDER BY bool_or(keys.kind = 'path') DESC, projects.id
                        """)
                .bind("root", keyValue(root.toString()))
                .bind(
                        "common",
                        commonDirectory == null ? null : keyValue(commonDirectory.toString()))
                .map(ProjectStore::project)
                .list()
                .stream()
                .map(project -> known(tx, project))
                .toList();
    }

    /// Projects with the same remote or a root commit in common, the most recently used first.
    public List<KnownProject> sharing(Tx tx, ProjectEvidence evidence) {
        return tx
                .handle()
                .createQuery(
                        """
                        SELECT projects.id, projects.name, projects.full_path
                        FROM mem_projects AS projects
                        WHERE EXISTS (
                            SELECT FROM mem_project_keys AS keys
                            WHERE keys.project_id = projects.id
                                AND ((keys.kind = 'remote' AND keys.value = :remote)
                                    OR (keys.kind = 'root-commit' AND keys.value = ANY (:commits)))
                        )
                        ORDER BY (
                            SELECT max(sessions.last_event_at)
                            FROM mem_sessions AS sessions
                            WHERE sessions.project_id = projects.id
                        ) DESC NULLS LAST, projects.id DESC
                        LIMIT :limit
                        """)
                .bind("remote", evidence.remote() == null ? null : keyValue(evidence.remote()))
                .bindArray("commits", String.class, evidence.rootCommits())
                .bind("limit", SHARING_MAX)
                .map(ProjectStore::project)
                .list()
                .stream()
                .map(project -> known(tx, project))
                .toList();
    }

    /// The project that was last at one of these places, the first of them that is known.
    ///
    /// @param gone the folder and those above it, as far as they no longer exist
    public Optional<Project> formerlyAt(Tx tx, List<Path> gone) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT projects.id, projects.name, projects.full_path
                        FROM mem_project_keys AS keys
                        JOIN mem_projects AS projects ON projects.id = keys.project_id
                        WHERE keys.kind IN ('path', 'former-path')
                            AND keys.value = ANY (:paths)
                            AND EXISTS (
                                SELECT FROM mem_project_keys AS repository
                                WHERE repository.project_id = keys.project_id
                                    AND repository.kind = 'git-common-dir'
                            )
                        ORDER BY length(keys.value) DESC, keys.created_at DESC
                        LIMIT 1
                        """)
                .bindArray(
                        "paths",
                        String.class,
                        gone.stream().map(path -> keyValue(path.toString())).toList())
                .map(ProjectStore::project)
                .findOne();
    }

    /// A new project rooted at the evidence's root; whoever was known there is not there any more.
    public Project create(Tx tx, ProjectEvidence evidence) {
        leave(tx, evidence);
        Project created = insert(tx, freeName(tx, nameOf(evidence.root())), evidence.root());
        add(tx, created.id(), evidence);
        return created;
    }

    /// A project moved: the places that are gone are remembered as former ones.
    public void move(Tx tx, long id, Collection<String> gone, ProjectEvidence evidence) {
        leave(tx, evidence);
        for (String path : gone) {
            int had = removeKey(tx, id, PATH, path);
            if (had == 1) {
                addKey(tx, id, FORMER_PATH, path);
            }
            tx.handle()
                    .createUpdate(
                            """
                            DELETE FROM mem_project_keys
                            WHERE project_id = :project
                                AND kind = 'git-common-dir'
                                AND (value = :path OR starts_with(value, :path || '/'))
                            """)
                    .bind("project", id)
                    .bind("path", path)
                    .execute();
        }
        removeKey(tx, id, FORMER_PATH, keyValue(evidence.root().toString()));
        tx.handle()
                .createUpdate("UPDATE mem_projects SET full_path = :path WHERE id = :id")
                .bind("id", id)
                .bind("path", evidence.root().toString())
                .execute();
        add(tx, id, evidence);
    }

    /// Adds what is new in the evidence.
    public void learn(Tx tx, KnownProject known, ProjectEvidence evidence) {
        Path common = evidence.commonDirectory();
        boolean nothingNew =
                known.paths().contains(keyValue(evidence.root().toString()))
                        && (common == null
                                || known.commonDirectories().contains(keyValue(common.toString())))
                        && (evidence.remote() == null
                                || known.remotes().contains(keyValue(evidence.remote())))
                        && known.rootCommits().containsAll(evidence.rootCommits());
        if (!nothingNew) {
            add(tx, known.project().id(), evidence);
        }
    }

    /// The project called exactly `name`, created without a root when nothing is called so.
    ///
    /// Where several share the name as an alias the oldest is taken: an event must not be refused.
    public Project ensureNamed(Tx tx, String name) {
        Optional<Project> known = best(byNameOrAlias(tx, name), name);
        if (known.isPresent()) {
            return known.get();
        }
        lockNames(tx);
        return best(byNameOrAlias(tx, name), name).orElseGet(() -> insert(tx, name, null));
    }

    private static Optional<Project> best(List<Project> called, String name) {
        return called.stream()
                .filter(project -> project.name().equals(name))
                .findFirst()
                .or(() -> called.stream().findFirst());
    }

    /// Moves everything of `from` to `into` and removes `from`, whose name and id keep leading to
    /// the result. Both must be different projects.
    public void merge(Tx tx, Project from, Project into) {
        lockNames(tx);
        // Whoever is storing something under either of them ends first; see `hold`.
        tx.handle()
                .createQuery(
                        """
                        SELECT id
                        FROM mem_projects
                        WHERE id IN (:from, :into)
                        ORDER BY id
                        FOR UPDATE
                        """)
                .bind("from", from.id())
                .bind("into", into.id())
                .mapTo(Long.class)
                .list();
        for (String statement : MERGE) {
            tx.handle()
                    .createUpdate(statement)
                    .bind("from", from.id())
                    .bind("into", into.id())
                    .execute();
        }
        if (!from.name().equals(into.name())) {
            addKey(tx, into.id(), ALIAS, from.name());
        }
        addKey(tx, into.id(), FORMER_ID, Long.toString(from.id()));
        tx.handle()
                .createUpdate("DELETE FROM mem_projects WHERE id = :from")
                .bind("from", from.id())
                .execute();
    }

    private static final List<String> MERGE =
            List.of(
                    "UPDATE mem_sessions SET project_id = :into WHERE project_id = :from",
                    "UPDATE mem_observations SET project_id = :into WHERE project_id = :from",
                    """
                    DELETE FROM mem_lessons AS lessons
                    WHERE lessons.project_id = :from
                        AND EXISTS (
                            SELECT FROM mem_lessons AS kept
                            WHERE kept.project_id = :into
                                AND kept.signature = lessons.signature
                        )
                    """,
                    "UPDATE mem_lessons SET project_id = :into WHERE project_id = :from",
                    """
                    DELETE FROM mem_project_keys AS keys
                    WHERE keys.project_id = :from
                        AND EXISTS (
                            SELECT FROM mem_project_keys AS kept
                            WHERE kept.project_id = :into
                                AND kept.kind = keys.kind
                                AND kept.value = keys.value
                        )
                    """,
                    "UPDATE mem_project_keys SET project_id = :into WHERE project_id = :from",
                    """
                    UPDATE mem_projects AS result
                    SET full_path = coalesce(result.full_path, merged.full_path)
                    FROM mem_projects AS merged
                    WHERE result.id = :into AND merged.id = :from
                    """);

    /// Calls a project `name` from now on; what it was called before becomes an alias.
    public void rename(Tx tx, Project project, String name) {
        removeKey(tx, project.id(), ALIAS, keyValue(name));
        tx.handle()
                .createUpdate("UPDATE mem_projects SET name = :name WHERE id = :id")
                .bind("id", project.id())
                .bind("name", name)
                .execute();
        addKey(tx, project.id(), ALIAS, project.name());
    }

    public void addAlias(Tx tx, long id, String alias) {
        addKey(tx, id, ALIAS, alias);
    }

    public void removeAlias(Tx tx, long id, String alias) {
        removeKey(tx, id, ALIAS, keyValue(alias));
    }

    /// Every project, the most recently used first; or the one of an id.
    public List<ProjectSummary> summaries(Tx tx, @Nullable Long id, int limit) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT
                            projects.id,
                            projects.name,
                            projects.full_path,
                            (
                                SELECT coalesce(jsonb_agg(value ORDER BY created_at, value), '[]')
                                FROM mem_project_keys
                                WHERE project_id = projects.id AND kind = 'alias'
                            ) AS aliases,
                            (
                                SELECT coalesce(jsonb_agg(value ORDER BY created_at, value), '[]')
                                FROM mem_project_keys
                                WHERE project_id = projects.id AND kind = 'path'
                            ) AS paths,
                            (
                                SELECT coalesce(jsonb_agg(value ORDER BY created_at, value), '[]')
                                FROM mem_project_keys
                                WHERE project_id = projects.id AND kind = 'remote'
                            ) AS remotes,
                            (
                                SELECT count(*)
                                FROM mem_sessions
                                WHERE project_id = projects.id
                            ) AS sessions,
                            (
                                SELECT count(*)
                                FROM mem_observations
                                WHERE project_id = projects.id
                            ) AS observations,
                            recent.last_event_at
                        FROM mem_projects AS projects
                        CROSS JOIN LATERAL (
                            SELECT max(last_event_at) AS last_event_at
                            FROM mem_sessions
                            WHERE project_id = projects.id
                        ) AS recent
                        WHERE CAST(:id AS bigint) IS NULL OR projects.id = :id
                        ORDER BY recent.last_event_at DESC NULLS LAST, projects.id DESC
                        LIMIT :limit
                        """)
                .bind("id", id)
                .bind("limit", limit)
                .map(
                        (row, context) ->
                                new ProjectSummary(
                                        project(row, context),
                                        Columns.strings(row, "aliases"),
                                        Columns.strings(row, "paths"),
                                        Columns.strings(row, "remotes"),
                                        row.getLong("sessions"),
                                        row.getLong("observations"),
                                        Columns.optionalInstant(row, "last_event_at")))
                .list();
    }

    /// Removes a project and everything that hangs on it.
    public boolean delete(Tx tx, long id) {
        return tx.handle()
                        .createUpdate("DELETE FROM mem_projects WHERE id = :id")
                        .bind("id", id)
                        .execute()
                == 1;
    }

    private static KnownProject known(Tx tx, Project project) {
        var paths = new HashSet<String>();
        var commonDirectories = new HashSet<String>();
        var remotes = new HashSet<String>();
        var rootCommits = new HashSet<String>();
        tx.handle()
                .createQuery(
                        """
                        SELECT kind, value
                        FROM mem_project_keys
                        WHERE project_id = :project
                        """)
                .bind("project", project.id())
                .map(
                        (row, _) -> {
                            Set<String> home =
                                    switch (row.getString("kind")) {
                                        case PATH -> paths;
                                        case COMMON_DIRECTORY -> commonDirectories;
                                        case REMOTE -> remotes;
                                        case ROOT_COMMIT -> rootCommits;
                                        default -> new HashSet<>();
                                    };
                            return home.add(row.getString("value"));
                        })
                .list();
        return new KnownProject(project, paths, commonDirectories, remotes, rootCommits);
    }

    /// Nobody else is at the evidence's places.
    private static void leave(Tx tx, ProjectEvidence evidence) {
        Path common = evidence.commonDirectory();
        tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_projects
                        SET full_path = NULL
                        WHERE full_path = :root
                        """)
                .bind("root", evidence.root().toString())
                .execute();
        tx.handle()
                .createUpdate(
                        """
                        DELETE FROM mem_project_keys
                        WHERE (kind = 'path' AND value = :root)
                            OR (kind = 'git-common-dir' AND value = :common)
                        """)
                .bind("root", keyValue(evidence.root().toString()))
                .bind("common", common == null ? null : keyValue(common.toString()))
                .execute();
    }

    private static void add(Tx tx, long id, ProjectEvidence evidence) {
        addKey(tx, id, PATH, evidence.root().toString());
        if (evidence.commonDirectory() != null) {
            addKey(tx, id, COMMON_DIRECTORY, evidence.commonDirectory().toString());
        }
        if (evidence.remote() != null) {
            addKey(tx, id, REMOTE, evidence.remote());
        }
        for (String commit : evidence.rootCommits()) {
            addKey(tx, id, ROOT_COMMIT, commit);
        }
    }

    private static void addKey(Tx tx, long id, String kind, String value) {
        tx.handle()
                .createUpdate(
                        """
                        INSERT INTO mem_project_keys (project_id, kind, value)
                        VALUES (:project, :kind, :value)
                        ON CONFLICT DO NOTHING
                        """)
                .bind("project", id)
                .bind("kind", kind)
                .bind("value", keyValue(value))
                .execute();
    }

    private static int removeKey(Tx tx, long id, String kind, String value) {
        return tx.handle()
                .createUpdate(
                        """
                        DELETE FROM mem_project_keys
                        WHERE project_id = :project AND kind = :kind AND value = :value
                        """)
                .bind("project", id)
                .bind("kind", kind)
                .bind("value", value)
                .execute();
    }

    /// Whether a stored value is only the beginning of a longer one.
    public static boolean isShortened(String value) {
        return value.contains(HASH_MARK);
    }

    /// A value as it is stored: short enough for an index.
    private static String keyValue(String value) {
        String storable = StorableText.of(value);
        byte[] bytes = storable.getBytes(StandardCharsets.UTF_8);
        if (bytes.length <= KEY_BYTES_MAX) {
            return storable;
        }
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
            return StorableText.of(storable.substring(0, KEY_BEGINNING_CHARS))
                    + HASH_MARK
                    + HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException everyJavaHasIt) {
            throw new IllegalStateException(everyJavaHasIt);
        }
    }

    /// The name a root suggests: its folder's, without the ending of a bare repository; a hidden
    /// repository is called after the folder it is hidden in.
    private static String nameOf(Path root) {
        Path folder = root.getFileName();
        String name = folder == null ? "" : folder.toString();
        if (name.equals(".bare") && root.getParent() != null) {
            return nameOf(root.getParent());
        }
        String bare = name.endsWith(".git") ? name.substring(0, name.length() - 4) : name;
        return bare.isBlank() ? "root" : StorableText.of(bare);
    }

    private static String freeName(Tx tx, String wanted) {
        String bounded =
                wanted.length() > NAME_CHARS_MAX
                        ? StorableText.of(wanted.substring(0, NAME_CHARS_MAX))
                        : wanted;
        List<String> taken =
                tx.handle()
                        .createQuery(
                                """
                                SELECT name
                                FROM mem_projects
                                WHERE name = :name OR starts_with(name, :name || '~')
                                UNION
                                SELECT value
                                FROM mem_project_keys
                                WHERE kind = 'alias'
                                    AND (value = :name OR starts_with(value, :name || '~'))
                                """)
                        .bind("name", bounded)
                        .mapTo(String.class)
                        .list();
        String free = bounded;
        for (int number = 2; taken.contains(free); number++) {
            free = bounded + "~" + number;
        }
        return free;
    }

    private static Project insert(Tx tx, String name, @Nullable Path root) {
        return tx.handle()
                .createQuery(
                        """
                        INSERT INTO mem_projects (name, full_path)
                        VALUES (:name, :path)
                        RETURNING id, name, full_path
                        """)
                .bind("name", name)
                .bind("path", root == null ? null : root.toString())
                .map(ProjectStore::project)
                .one();
    }

    private static Project project(ResultSet row, StatementContext context) throws SQLException {
        String path = row.getString("full_path");
        return new Project(
                row.getLong("id"), row.getString("name"), path == null ? null : Path.of(path));
    }
}
