package dev.mneme.http;

import dev.mneme.forget.StoredSecrets;
import dev.mneme.protocol.Limits;
import dev.mneme.protocol.Wire;

import io.javalin.http.Context;

/// `/api/redact`: today's rules over what is stored already, slice by slice.
final class RedactRoutes {

    private final StoredSecrets secrets;
    private final Bodies bodies;

    RedactRoutes(StoredSecrets secrets, Bodies bodies) {
        this.secrets = secrets;
        this.bodies = bodies;
    }

    void slice(Context context) {
        var request = bodies.parse(context, Wire.RedactRequest.class, Limits.BODY_BYTES_MAX);
        String next = Fields.optional(request.next());
        if (next != null && !StoredSecrets.isPlace(next)) {
            throw ApiException.invalid(
                    "next", "is no place of a scan", "send the `next` of the answer before");
        }
        StoredSecrets.Slice slice = secrets.slice(next, Boolean.TRUE.equals(request.apply()));
        context.json(
                new Wire.RedactResponse(
                        slice.findings().stream()
                                .map(
                                        found ->
                                                new Wire.RedactFinding(
                                                        found.kind(),
                                                        found.table(),
                                                        found.id(),
                                                        found.field(),
                                                        found.fingerprint()))
                                .toList(),
                        slice.rows(),
                        slice.changed(),
                        slice.next()));
    }
}
