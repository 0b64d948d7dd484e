package dev.mneme.http;

import dev.mneme.domain.ForgetChoice;
import dev.mneme.domain.Forgetting;
import dev.mneme.domain.Project;
import dev.mneme.domain.StorableText;
import dev.mneme.forget.Forgetter;
import dev.mneme.ingest.ProjectResolver;
import dev.mneme.protocol.Limits;
import dev.mneme.protocol.Wire;

import io.javalin.http.Context;

import org.jspecify.annotations.Nullable;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/// `/api/forget`: what a person takes out of memory, and brings back.
final class ForgetRoutes {

    private static final int IDS_MAX = 1_000;
    private static final int LIST_LIMIT_DEFAULT = 50;
    private static final int LIST_LIMIT_MAX = 1_000;
    private static final int PATH_CHARS_MAX = 4_000;

    private final Forgetter forgetter;
    private final Projects projects;
    private final Bodies bodies;
    private final InstantSource clock;

    ForgetRoutes(Forgetter forgetter, Projects projects, Bodies bodies, InstantSource clock) {
        this.forgetter = forgetter;
        this.projects = projects;
        this.bodies = bodies;
        this.clock = clock;
    }

    /// `POST /api/forget`.
    void forget(Context context) {
        var request = bodies.parse(context, Wire.ForgetRequest.class, Limits.BODY_BYTES_MAX);
        ForgetChoice choice = choice(request);
        if (Boolean.TRUE.equals(request.dryRun())) {
            Forgetter.Preview preview = forgetter.preview(choice);
            context.json(
                    new Wire.ForgetResponse(
                            true,
                            null,
                            counts(preview.counts()),
                            preview.titles(),
                            preview.related(),
                            null,
                            List.of(),
                            asOf(choice.upTo())));
            return;
        }
        Forgetter.Forgotten done = forgetter.forget(choice, Boolean.TRUE.equals(request.now()));
        Instant until = done.restorableUntil();
        context.json(
                new Wire.ForgetResponse(
                        false,
                        done.batch() == 0 ? null : done.batch(),
                        counts(done.counts()),
                        List.of(),
                        0,
                        until == null ? null : until.toString(),
                        done.unwritten(),
                        asOf(choice.upTo())));
    }

    /// `GET /api/forget`.
    void list(Context context) {
        int limit = Fields.query(context, "limit", LIST_LIMIT_DEFAULT, 1, LIST_LIMIT_MAX);
        context.json(
                new Wire.ForgottenList(
                        forgetter.list(limit).stream().map(ForgetRoutes::view).toList()));
    }

    /// `POST /api/forget/restore`.
    void restore(Context context) {
        context.json(view(forgetter.restore(batch(context))));
    }

    /// `POST /api/forget/erase`.
    void erase(Context context) {
        long batch = batch(context);
        context.json(new Wire.ErasedResponse(batch, forgetter.erase(batch)));
    }

    private long batch(Context context) {
        var request = bodies.parse(context, Wire.ForgottenRequest.class, Limits.BODY_BYTES_MAX);
        Long id = request.id();
        if (id == null) {
            throw ApiException.invalid(
                    "id", "is missing", "send the `id` that GET /api/forget lists");
        }
        return id;
    }

    private ForgetChoice choice(Wire.ForgetRequest request) {
        List<Long> ids = ids(request.ids());
        String session = Fields.optional(request.session());
        String last = Fields.optional(request.last());
        String query = Fields.optional(request.query());
        String path = Fields.optional(request.path());
        String named = Fields.optional(request.project());
        boolean conditions =
                session != null || last != null || query != null || path != null || named != null;
        if (ids.isEmpty() != conditions) {
            throw ApiException.invalid(
                    "$",
                    "says nothing of what to forget, or names ids beside conditions",
                    "send `ids`, or one or more of session, last, query, path and project");
        }
        Project project =
                named == null
                        ? null
                        : projects.existing("project", Fields.project("project", named));
        ForgetChoice.UpTo upTo = upTo(request.asOf());
        return new ForgetChoice(
                ids,
                session == null
                        ? null
                        : StorableText.of(Fields.bounded("session", session, Fields.ID_CHARS_MAX)),
                last == null ? null : upTo.at().minus(Fields.duration("last", last)),
                query == null
                        ? null
                        : StorableText.of(
                                Fields.bounded("query", query.strip(), Limits.QUERY_CHARS_MAX)),
                path == null ? null : absolute(path, project),
                project,
                upTo);
    }

    private ForgetChoice.UpTo upTo(Wire.@Nullable ForgetAsOf asOf) {
        ForgetChoice.UpTo newest = forgetter.newest();
        if (asOf == null) {
            return newest;
        }
        return new ForgetChoice.UpTo(
                Objects.requireNonNullElse(asOf.event(), newest.eventId()),
                Objects.requireNonNullElse(asOf.observation(), newest.observationId()),
                Fields.instant("as_of.at", asOf.at(), clock.instant()));
    }

    private static List<Long> ids(@Nullable List<Long> ids) {
        if (ids == null) {
            return List.of();
        }
        if (ids.size() > IDS_MAX || ids.contains(null)) {
            throw ApiException.invalid(
                    "ids", "is too long or holds a null", "send at most " + IDS_MAX + " ids");
        }
        return ids;
    }

    private static String absolute(String path, @Nullable Project project) {
        try {
            String storable = StorableText.of(Fields.bounded("path", path, PATH_CHARS_MAX));
            Path root = project == null ? null : project.root();
            Path wanted = Path.of(storable);
            Path full = wanted.isAbsolute() || root == null ? wanted : root.resolve(wanted);
            if (ProjectResolver.absolutePath(full.toString()) != null) {
                return full.normalize().toString();
            }
        } catch (InvalidPathException notAPath) {
            // Answered below, without repeating it.
        }
        throw ApiException.invalid(
                "path",
                "is no absolute path",
                "send one, or name beside it the project it is relative to");
    }

    private static Wire.ForgetAsOf asOf(ForgetChoice.UpTo upTo) {
        return new Wire.ForgetAsOf(upTo.eventId(), upTo.observationId(), upTo.at().toString());
    }

    private static Wire.ForgetCounts counts(Forgetting.Counts counts) {
        return new Wire.ForgetCounts(
                counts.observations(),
                counts.events(),
                counts.jobs(),
                counts.prompts(),
                counts.summaries(),
                counts.sessions(),
                counts.projects(),
                counts.spooled(),
                counts.lessons());
    }

    private static Wire.ForgottenView view(Forgetting forgetting) {
        return new Wire.ForgottenView(
                forgetting.id(),
                forgetting.state().name().toLowerCase(Locale.ROOT),
                forgetting.chosenBy(),
                forgetting.forgottenAt().toString(),
                forgetting.restorableUntil().toString(),
                counts(forgetting.counts()));
    }
}
