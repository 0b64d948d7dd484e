package dev.mneme.http;

import dev.mneme.domain.ObservationEdit;
import dev.mneme.domain.StorableText;
import dev.mneme.ingest.ObservationWriter;
import dev.mneme.protocol.ErrorCode;
import dev.mneme.protocol.Limits;
import dev.mneme.protocol.Wire;
import dev.mneme.recall.Recall;

import io.javalin.http.Context;

import org.jspecify.annotations.Nullable;

/// What a person says about a memory: that it is wrong or right after all, that it counts always,
/// or what it should say.
final class CorrectionRoutes {

    private final Recall recall;
    private final ObservationWriter writer;
    private final Bodies bodies;

    CorrectionRoutes(Recall recall, ObservationWriter writer, Bodies bodies) {
        this.recall = recall;
        this.writer = writer;
        this.bodies = bodies;
    }

    /// `POST /api/observations/{id}/edit`: other words; what is searched and compared follows.
    void edit(Context context) {
        long id = ObservationFields.id(context);
        var request = bodies.parse(context, Wire.EditRequest.class, Limits.BODY_BYTES_MAX);
        var edit =
                new ObservationEdit(
                        ObservationFields.optionalTitle("title", request.title()),
                        bounded("subtitle", request.subtitle(), Limits.SUBTITLE_CHARS_MAX),
                        ObservationFields.optionalType("type", request.type()),
                        ObservationFields.optionalNarrative("narrative", request.narrative()),
                        request.facts() == null
                                ? null
                                : ObservationFields.texts("facts", request.facts()));
        if (edit.changesNothing()) {
            throw new ApiException(
                    ErrorCode.VALUE_INVALID,
                    "there is nothing to change",
                    "send `title`, `subtitle`, `type`, `narrative` or `facts`");
        }
        if (!writer.edit(id, edit)) {
            throw ObservationFields.gone(id);
        }
        show(context, id);
    }

    private static @Nullable String bounded(String path, @Nullable String value, int charsMax) {
        return value == null ? null : StorableText.of(Fields.bounded(path, value, charsMax));
    }

    /// `POST /api/observations/{id}/pin`: told at every start of its project, or no longer.
    void pin(Context context) {
        long id = ObservationFields.id(context);
        var request = bodies.parse(context, Wire.PinRequest.class, Limits.BODY_BYTES_MAX);
        if (request.pinned() == null) {
            throw ApiException.invalid("pinned", "is missing", "send true or false");
        }
        boolean closed =
                recall.byId(id).orElseThrow(() -> ObservationFields.gone(id)).closedAt() != null;
        if (closed && request.pinned()) {
            throw new ApiException(
                    ErrorCode.CONFLICT,
                    "observation " + id + " is closed",
                    "bring it back first with POST /api/observations/" + id + "/reopen");
        }
        if (!writer.pin(id, request.pinned())) {
            throw ObservationFields.gone(id);
        }
        show(context, id);
    }

    /// `POST /api/observations/{id}/close`: takes one out of recall, because it is no longer true.
    void close(Context context) {
        long id = ObservationFields.id(context);
        var request = bodies.parse(context, Wire.CloseRequest.class, Limits.BODY_BYTES_MAX);
        Long by = request.supersededBy();
        if (by != null && by == id) {
            throw ApiException.invalid(
                    "superseded_by", "is the observation itself", "send the id of the newer one");
        }
        if (by != null && recall.byId(by).isEmpty()) {
            throw ApiException.invalid(
                    "superseded_by", "is no observation", "send an id that search returned");
        }
        if (!writer.close(id, by)) {
            throw ObservationFields.gone(id);
        }
        show(context, id);
    }

    /// `POST /api/observations/{id}/reopen`: it was true after all.
    void reopen(Context context) {
        long id = ObservationFields.id(context);
        if (!writer.reopen(id)) {
            throw ObservationFields.gone(id);
        }
        show(context, id);
    }

    private void show(Context context, long id) {
        context.json(Views.of(recall.byId(id).orElseThrow(() -> ObservationFields.gone(id))));
    }
}
