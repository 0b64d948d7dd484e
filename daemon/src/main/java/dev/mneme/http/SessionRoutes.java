package dev.mneme.http;

import dev.mneme.domain.IncomingEvent;
import dev.mneme.domain.Project;
import dev.mneme.domain.SearchFilter;
import dev.mneme.domain.Session;
import dev.mneme.domain.SessionStatus;
import dev.mneme.domain.SessionSummary;
import dev.mneme.domain.StorableText;
import dev.mneme.ingest.ProjectResolver;
import dev.mneme.protocol.ErrorCode;
import dev.mneme.protocol.Limits;
import dev.mneme.protocol.Wire;
import dev.mneme.recall.Recall;
import dev.mneme.recall.SummaryRecall;
import dev.mneme.store.Database;
import dev.mneme.store.HistoryStore;
import dev.mneme.store.SessionStore;
import dev.mneme.store.SummaryStore;

import io.javalin.http.Context;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// `/api/sessions`.
final class SessionRoutes {

    private static final int LIMIT_DEFAULT = 20;
    private static final int SUMMARY_CHARS_MAX = 100_000;

    private final Database database;
    private final SessionStore sessions;
    private final SummaryStore summaries;
    private final Recall recall;
    private final SummaryRecall summaryRecall;
    private final HistoryStore histories = new HistoryStore();
    private final ProjectResolver projects;
    private final Bodies bodies;
    private final InstantSource clock;

    SessionRoutes(
            Database database,
            SessionStore sessions,
            SummaryStore summaries,
            Recall recall,
            SummaryRecall summaryRecall,
            ProjectResolver projects,
            Bodies bodies,
            InstantSource clock) {
        this.database = database;
        this.sessions = sessions;
        this.summaries = summaries;
        this.recall = recall;
        this.summaryRecall = summaryRecall;
        this.projects = projects;
        this.bodies = bodies;
        this.clock = clock;
    }

    void create(Context context) {
        var request = bodies.parse(context, Wire.SessionRequest.class, Limits.BODY_BYTES_MAX);
        String sessionId = Fields.name("session_id", request.sessionId(), Fields.ID_CHARS_MAX);
        String project = Fields.project("project", Fields.required("project", request.project()));
        String agent =
                request.agentType() == null
                        ? IncomingEvent.CLAUDE_CODE
                        : Fields.name("agent_type", request.agentType(), Fields.ID_CHARS_MAX);
        Path root = root(request.projectPath());
        // A folder says more than a name; the name is what it goes by.
        ProjectResolver.Wanted wanted =
                root == null ? projects.wanted(project) : projects.wantedAt(root);
        Optional<Session> created =
                database.inTransaction(
                        tx -> {
                            if (sessions.byExternalId(tx, sessionId).isPresent()) {
                                return Optional.empty();
                            }
                            Project owner = projects.ensure(tx, wanted);
                            boolean fresh =
                                    sessions.insertIfAbsent(
                                            tx, sessionId, owner, agent, clock.instant());
                            return fresh ? sessions.byExternalId(tx, sessionId) : Optional.empty();
                        });
        context.json(
                Views.of(
                        created.orElseThrow(
                                () ->
                                        new ApiException(
                                                ErrorCode.CONFLICT,
                                                "a session of that `session_id` exists",
                                                "change it with PATCH, or choose another id",
                                                "session_id"))));
    }

    void patch(Context context) {
        var request = bodies.parse(context, Wire.SessionPatch.class, Limits.BODY_BYTES_MAX);
        String summary = request.summary();
        SessionStatus status = status(request.status());
        if (status == null && summary == null) {
            throw new ApiException(
                    ErrorCode.VALUE_INVALID,
                    "there is nothing to change",
                    "send `status`, `summary` or both");
        }
        if (summary != null) {
            Fields.bounded("summary", summary, SUMMARY_CHARS_MAX);
        }
        String sessionId = context.pathParam("session_id");
        boolean changed =
                database.inTransaction(
                        tx ->
                                sessions.update(
                                        tx,
                                        sessionId,
                                        status,
                                        summary == null ? null : StorableText.of(summary),
                                        clock.instant()));
        if (!changed) {
            throw unknown();
        }
        context.json(Map.of("status", "updated"));
    }

    void show(Context context) {
        String sessionId = context.pathParam("session_id");
        Wire.SessionDetail detail =
                database.inTransaction(
                                tx ->
                                        sessions.byExternalId(tx, sessionId)
                                                .map(
                                                        session ->
                                                                Views.of(
                                                                        session,
                                                                        histories.of(
                                                                                tx, session.id()),
                                                                        summaries.ofSession(
                                                                                tx, session.id()),
                                                                        summaries.ofTurns(
                                                                                tx, session.id()))))
                        .orElseThrow(SessionRoutes::unknown);
        context.json(detail);
    }

    void list(Context context) {
        int limit = Fields.query(context, "limit", LIMIT_DEFAULT, 1, Limits.SEARCH_LIMIT_MAX);
        SessionStatus status = status(context.queryParam("status"));
        String named = Fields.optional(context.queryParam("project"));
        ProjectResolver.Wanted wanted = named == null ? null : projects.wanted(named);
        List<Session> found =
                database.inTransaction(
                        tx -> {
                            if (wanted == null) {
                                return sessions.list(tx, null, status, limit);
                            }
                            return projects.find(tx, wanted)
                                    .map(p -> sessions.list(tx, p.id(), status, limit))
                                    .orElse(List.of());
                        });
        context.json(found.stream().map(Views::of).toList());
    }

    /// What sessions came to, the newest first; with `query` those of turns and sessions that speak
    /// of it, the best first.
    void summaries(Context context) {
        int limit = Fields.query(context, "limit", LIMIT_DEFAULT, 1, Limits.SEARCH_LIMIT_MAX);
        String query = Fields.optional(context.queryParam("query"));
        String named = Fields.optional(context.queryParam("project"));
        Long project = null;
        if (named != null) {
            ProjectResolver.Wanted wanted = projects.wanted(named);
            Optional<Project> found = database.inTransaction(tx -> projects.find(tx, wanted));
            if (found.isEmpty()) {
                context.json(List.of());
                return;
            }
            project = found.get().id();
        }
        if (query == null) {
            List<SessionSummary> newest = recall.sessions(project, limit);
            context.json(newest.stream().map(Views::of).toList());
            return;
        }
        var filter = new SearchFilter(project, List.of(), limit);
        context.json(Views.ofSummaries(summaryRecall.byWords(query, filter)));
    }

    private static ApiException unknown() {
        return new ApiException(
                ErrorCode.NOT_FOUND,
                "there is no session of that id",
                "list them with GET /api/sessions");
    }

    private static @Nullable Path root(@Nullable String projectPath) {
        String text = Fields.optional(projectPath);
        if (text == null) {
            return null;
        }
        Path path = ProjectResolver.absolutePath(text);
        if (path == null) {
            throw ApiException.invalid(
                    "project_path", "is not an absolute path", "send the project's root folder");
        }
        return path;
    }

    private static @Nullable SessionStatus status(@Nullable String name) {
        if (name == null || name.isBlank()) {
            return null;
        }
        return SessionStatus.ofWireName(name)
                .orElseThrow(
                        () ->
                                ApiException.invalid(
                                        "status",
                                        "is none of the known ones",
                                        "send active, completed or failed"));
    }
}
