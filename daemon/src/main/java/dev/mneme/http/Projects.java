package dev.mneme.http;

import dev.mneme.domain.Project;
import dev.mneme.domain.ProjectSummary;
import dev.mneme.domain.StorableText;
import dev.mneme.ingest.ProjectResolver;
import dev.mneme.protocol.ErrorCode;
import dev.mneme.protocol.Limits;
import dev.mneme.protocol.Wire;
import dev.mneme.store.Database;
import dev.mneme.store.ProjectStore;
import dev.mneme.store.Tx;

import io.javalin.http.Context;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// `/api/projects`, and what other routes need of projects: what a parameter means.
final class Projects {

    /// An id that no project has: a filter that finds nothing.
    private static final long NOBODY = -1;

    private final Database database;
    private final ProjectStore store;
    private final ProjectResolver resolver;
    private final Bodies bodies;

    Projects(Database database, ProjectStore store, ProjectResolver resolver, Bodies bodies) {
        this.database = database;
        this.store = store;
        this.resolver = resolver;
        this.bodies = bodies;
    }

    /// The id a parameter means; nothing is known of a project nobody has named yet.
    long idOf(String text) {
        ProjectResolver.Wanted wanted = resolver.wanted(text);
        return database.reading(tx -> resolver.find(tx, wanted).map(Project::id).orElse(NOBODY));
    }

    /// The project a parameter means, which must be known.
    Project existing(String path, String text) {
        ProjectResolver.Wanted wanted = resolver.wanted(text);
        return database.inTransaction(tx -> existing(tx, path, wanted));
    }

    /// `GET /api/projects`.
    void list(Context context) {
        int limit = Fields.query(context, "limit", Limits.PROJECTS_MAX, 1, Limits.PROJECTS_MAX);
        List<ProjectSummary> all = database.inTransaction(tx -> store.summaries(tx, null, limit));
        context.json(new Wire.ProjectsResponse(all.stream().map(Views::of).toList(), all.size()));
    }

    /// `POST /api/projects/merge`. A repeated request finds both names leading to one project, and
    /// changes nothing.
    void merge(Context context) {
        var request = bodies.parse(context, Wire.ProjectMergeRequest.class, Limits.BODY_BYTES_MAX);
        ProjectResolver.Wanted from = wanted("from", request.from());
        ProjectResolver.Wanted into = wanted("into", request.into());
        answer(
                context,
                tx -> {
                    store.lockNames(tx);
                    Project target = existing(tx, "into", into);
                    Project source = existing(tx, "from", from);
                    if (source.id() != target.id()) {
                        store.merge(tx, source, target);
                    }
                    return target;
                });
    }

    /// `POST /api/projects/rename`.
    void rename(Context context) {
        var request = bodies.parse(context, Wire.ProjectRenameRequest.class, Limits.BODY_BYTES_MAX);
        ProjectResolver.Wanted wanted = wanted("project", request.project());
        String name = newName("name", request.name());
        answer(
                context,
                tx -> {
                    store.lockNames(tx);
                    Project project = existing(tx, "project", wanted);
                    expectFree("name", store.byNameOrAlias(tx, name), project);
                    if (!project.name().equals(name)) {
                        store.rename(tx, project, name);
                    }
                    return project;
                });
    }

    /// `POST /api/projects/alias`. An alias may be shared, and then asks back; a name may not.
    void alias(Context context) {
        var request = bodies.parse(context, Wire.ProjectAliasRequest.class, Limits.BODY_BYTES_MAX);
        ProjectResolver.Wanted wanted = wanted("project", request.project());
        boolean remove = Boolean.TRUE.equals(request.remove());
        String alias =
                remove
                        ? Fields.required("alias", request.alias()).strip()
                        : newName("alias", request.alias());
        answer(
                context,
                tx -> {
                    store.lockNames(tx);
                    Project project = existing(tx, "project", wanted);
                    if (remove) {
                        store.removeAlias(tx, project.id(), alias);
                        return project;
                    }
                    expectFree(
                            "alias",
                            store.byNameOrAlias(tx, alias).stream()
                                    .filter(other -> other.name().equals(alias))
                                    .toList(),
                            project);
                    if (!project.name().equals(alias)) {
                        store.addAlias(tx, project.id(), alias);
                    }
                    return project;
                });
    }

    /// `DELETE /api/projects?project=…`: the project and everything that hangs on it.
    void delete(Context context) {
        ProjectResolver.Wanted wanted = wanted("project", context.queryParam("project"));
        Project gone =
                database.inTransaction(
                        tx -> {
                            Project found = existing(tx, "project", wanted);
                            store.delete(tx, found.id());
                            return found;
                        });
        context.json(Map.of("status", "deleted", "project_name", gone.name()));
    }

    /// A change of one project, in one transaction.
    private interface Change {
        Project apply(Tx tx);
    }

    /// Answers with the project as it is after the change.
    private void answer(Context context, Change change) {
        ProjectSummary changed =
                database.inTransaction(
                        tx -> store.summaries(tx, change.apply(tx).id(), 1).getFirst());
        context.json(Views.of(changed));
    }

    private ProjectResolver.Wanted wanted(String path, @Nullable String text) {
        return resolver.wanted(Fields.project(path, Fields.required(path, text)));
    }

    private Project existing(Tx tx, String path, ProjectResolver.Wanted wanted) {
        Optional<Project> found = resolver.find(tx, wanted);
        return found.orElseThrow(
                () ->
                        new ApiException(
                                ErrorCode.NOT_FOUND,
                                "there is no such project",
                                "name it by id, name, alias or path; they are listed by"
                                        + " GET /api/projects",
                                path));
    }

    private static void expectFree(String path, List<Project> holders, Project project) {
        for (Project holder : holders) {
            if (holder.id() != project.id()) {
                throw new ApiException(
                        ErrorCode.CONFLICT,
                        "`"
                                + path
                                + "` is taken by project `"
                                + holder.name()
                                + "` (id "
                                + holder.id()
                                + ")",
                        "choose another name, or merge the two projects",
                        path);
            }
        }
    }

    /// A name that cannot be mistaken for an id or a path.
    private static String newName(String path, @Nullable String text) {
        String name = StorableText.of(Fields.required(path, text).strip());
        Fields.bounded(path, name, Limits.PROJECT_NAME_CHARS_MAX);
        if (ProjectResolver.isId(name)
                || ProjectResolver.absolutePath(name) != null
                || name.chars().anyMatch(Character::isISOControl)) {
            throw ApiException.invalid(
                    path,
                    "reads like an id or a path, or holds a control character",
                    "send a name with at least one letter that is no absolute path");
        }
        return name;
    }
}
