package dev.mneme.store;

import dev.mneme.domain.Project;

import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/// Projects, their names, and the evidence by which they are recognised.
public final class ProjectStore {

    /// Serialises the choice of a free name; creation is rare.
    private static final String LOCK_NAMES =
            "SELECT pg_advisory_xact_lock(hashtext('mneme.project-names'))";

    public Optional<Project> byId(Tx tx, long id) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT id, name, full_path
                        FROM mem_projects
                        WHERE id = :id
                        """)
                .bind("id", id)
                .map(ProjectStore::project)
                .findOne();
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
                        """)
                .bind("name", name)
                .map(ProjectStore::project)
                .list();
    }

    public Optional<Project> byRoot(Tx tx, Path root) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT projects.id, projects.name, projects.full_path
                        FROM mem_project_keys AS keys
                        JOIN mem_projects AS projects ON projects.id = keys.project_id
                        WHERE keys.kind = 'path' AND keys.value = :path
                        """)
                .bind("path", root.toString())
                .map(ProjectStore::project)
                .findOne();
    }

    /// The project rooted at `root`, created under its folder's name when it is new.
    public Project ensureAt(Tx tx, Path root) {
        Optional<Project> known = byRoot(tx, root);
        if (known.isPresent()) {
            return known.get();
        }
        tx.handle().createQuery(LOCK_NAMES).mapToMap().list();
        Optional<Project> meanwhile = byRoot(tx, root);
        if (meanwhile.isPresent()) {
            return meanwhile.get();
        }
        Path folder = root.getFileName();
        Project created =
                insert(tx, freeName(tx, folder == null ? "root" : folder.toString()), root);
        tx.handle()
                .createUpdate(
                        """
                        INSERT INTO mem_project_keys (project_id, kind, value)
                        VALUES (:project, 'path', :path)
                        """)
                .bind("project", created.id())
                .bind("path", root.toString())
                .execute();
        return created;
    }

    /// The project called exactly `name`, created without a root when nothing is called so.
    public Project ensureNamed(Tx tx, String name) {
        List<Project> known = byNameOrAlias(tx, name);
        if (known.size() == 1) {
            return known.getFirst();
        }
        tx.handle().createQuery(LOCK_NAMES).mapToMap().list();
        List<Project> meanwhile = byNameOrAlias(tx, name);
        return meanwhile.isEmpty() ? insert(tx, name, null) : meanwhile.getFirst();
    }

    /// Removes a project and everything that hangs on it.
    public boolean delete(Tx tx, long id) {
        return tx.handle()
                        .createUpdate("DELETE FROM mem_projects WHERE id = :id")
                        .bind("id", id)
                        .execute()
                == 1;
    }

    private static String freeName(Tx tx, String wanted) {
        String bounded = wanted.length() > 400 ? wanted.substring(0, 400) : wanted;
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
                                WHERE kind = 'alias' AND value = :name
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
