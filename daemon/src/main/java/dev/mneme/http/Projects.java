package dev.mneme.http;

import dev.mneme.domain.Project;
import dev.mneme.domain.StorableText;
import dev.mneme.ingest.ProjectResolver;
import dev.mneme.protocol.ErrorCode;
import dev.mneme.store.Database;
import dev.mneme.store.ProjectStore;

import io.javalin.http.Context;

import java.util.Map;
import java.util.Optional;

/// What routes need of projects: what a parameter means, and removal.
final class Projects {

    /// An id that no project has: a filter that finds nothing.
    private static final long NOBODY = -1;

    private final Database database;
    private final ProjectStore store;
    private final ProjectResolver resolver;

    Projects(Database database, ProjectStore store, ProjectResolver resolver) {
        this.database = database;
        this.store = store;
        this.resolver = resolver;
    }

    /// The id a parameter means; nothing is known of a project nobody has named yet.
    long idOf(String text) {
        return database.inTransaction(
                tx -> resolver.find(tx, StorableText.of(text)).map(Project::id).orElse(NOBODY));
    }

    /// `DELETE /api/projects?project=…`: the project and everything that hangs on it.
    void delete(Context context) {
        String text = StorableText.of(Fields.required("project", context.queryParam("project")));
        Optional<Project> gone =
                database.inTransaction(
                        tx -> {
                            Optional<Project> found = resolver.find(tx, text);
                            found.ifPresent(project -> store.delete(tx, project.id()));
                            return found;
                        });
        if (gone.isEmpty()) {
            throw new ApiException(
                    ErrorCode.NOT_FOUND,
                    "there is no such project",
                    "name it by id, name, alias or path");
        }
        context.json(Map.of("status", "deleted", "project_name", gone.get().name()));
    }
}
