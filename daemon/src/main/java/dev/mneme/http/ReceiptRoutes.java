package dev.mneme.http;

import dev.mneme.domain.Origin;
import dev.mneme.domain.Told;
import dev.mneme.protocol.Limits;
import dev.mneme.protocol.Wire;
import dev.mneme.recall.Recall;
import dev.mneme.store.BriefingStore;
import dev.mneme.store.Database;
import dev.mneme.store.OriginStore;

import io.javalin.http.Context;

import java.util.List;

/// What sessions were told, and why; and where a memory comes from.
final class ReceiptRoutes {

    private static final int LIMIT_DEFAULT = 20;

    /// A turn of more is worked on in parts.
    private static final int ORIGIN_EVENTS_MAX = 500;

    private final OriginStore origins = new OriginStore();

    private final Database database;
    private final BriefingStore briefings;
    private final Recall recall;

    ReceiptRoutes(Database database, BriefingStore briefings, Recall recall) {
        this.database = database;
        this.briefings = briefings;
        this.recall = recall;
    }

    /// `GET /api/observations/{id}/why`: to whom it was told, the newest first.
    void ofObservation(Context context) {
        long id = ObservationFields.id(context);
        int limit = limit(context);
        String title = recall.byId(id).orElseThrow(() -> ObservationFields.gone(id)).title();
        List<Told> told = database.inTransaction(tx -> briefings.ofObservation(tx, id, limit));
        context.json(new Wire.WhyResponse(id, title, views(told)));
    }

    /// `GET /api/observations/{id}/origin`: who made it, of which events.
    void origin(Context context) {
        long id = ObservationFields.id(context);
        Origin origin =
                database.inTransaction(tx -> origins.of(tx, id, ORIGIN_EVENTS_MAX))
                        .orElseThrow(() -> ObservationFields.gone(id));
        context.json(Views.of(id, origin));
    }

    /// `GET /api/sessions/{session_id}/told`: what a session was told, in order.
    void ofSession(Context context) {
        String sessionId = context.pathParam("session_id");
        int limit = limit(context);
        List<Told> told = database.inTransaction(tx -> briefings.ofSession(tx, sessionId, limit));
        context.json(new Wire.ToldResponse(sessionId, views(told)));
    }

    private static int limit(Context context) {
        return Fields.query(context, "limit", LIMIT_DEFAULT, 1, Limits.SEARCH_LIMIT_MAX);
    }

    private static List<Wire.ToldView> views(List<Told> told) {
        return told.stream()
                .map(
                        one ->
                                new Wire.ToldView(
                                        one.observationId(),
                                        one.title(),
                                        one.sessionId(),
                                        one.occasion().wireName(),
                                        one.reason().wireName(),
                                        one.reason().words(),
                                        one.evidence(),
                                        one.at().toString()))
                .toList();
    }
}
