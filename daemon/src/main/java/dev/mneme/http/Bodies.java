package dev.mneme.http;

import dev.mneme.protocol.ErrorCode;
import dev.mneme.protocol.Json;
import dev.mneme.redaction.Redactor;

import io.javalin.http.Context;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.InputCoercionException;
import tools.jackson.databind.exc.MismatchedInputException;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;

/// Reads request bodies: bounded, redacted before anything else looks at them, and with an error
/// that names the position or the field.
final class Bodies {

    private static final byte[] NOTHING = {};

    /// How much of a body that is too large is read and thrown away.
    private static final long DISCARDED_BYTES_MAX = 64L * 1024 * 1024;

    private final Redactor redactor;

    Bodies(Redactor redactor) {
        this.redactor = redactor;
    }

    /// The body as it came. For events, which are redacted by the ingest path itself.
    byte[] raw(Context context, int bytesMax) {
        try {
            InputStream in = context.req().getInputStream();
            boolean announced = context.req().getContentLengthLong() > bytesMax;
            byte[] body = announced ? NOTHING : in.readNBytes(bytesMax + 1);
            if (announced || body.length > bytesMax) {
                // Many clients read no answer before they have sent everything.
                in.skip(DISCARDED_BYTES_MAX);
                throw tooLarge(bytesMax);
            }
            return body;
        } catch (IOException broken) {
            throw new ApiException(
                    ErrorCode.VALUE_INVALID,
                    "the body ended before its announced length",
                    "send it again");
        }
    }

    <T> T parse(Context context, Class<T> type, int bytesMax) {
        return parse(raw(context, bytesMax), type);
    }

    <T> T parse(byte[] body, Class<T> type) {
        byte[] redacted = redactor.redactJson(body);
        if (redacted.length == 0) {
            throw new ApiException(
                    ErrorCode.MALFORMED_JSON, "the body is empty", "send a JSON object");
        }
        try {
            @Nullable T value = Json.read(new String(redacted, StandardCharsets.UTF_8), type);
            if (value == null) {
                throw new ApiException(
                        ErrorCode.VALUE_INVALID, "the body is null", "send a JSON object", "$");
            }
            return value;
        } catch (MismatchedInputException wrongType) {
            String path = path(wrongType);
            throw ApiException.invalid(
                    path,
                    "has the wrong type",
                    "send " + wanted(wrongType.getTargetType()) + " there");
        } catch (InputCoercionException outOfRange) {
            throw ApiException.invalid(
                    path(outOfRange),
                    "is out of range",
                    "send " + wanted(outOfRange.getTargetType()) + " within the limits");
        } catch (JacksonException malformed) {
            throw new ApiException(
                    ErrorCode.MALFORMED_JSON,
                    "the body is not JSON" + position(malformed),
                    "check the JSON at that place");
        }
    }

    private static ApiException tooLarge(int bytesMax) {
        return new ApiException(
                ErrorCode.BODY_TOO_LARGE,
                "the body is larger than " + bytesMax + " bytes",
                "send less at once; the limit here is " + bytesMax + " bytes");
    }

    private static String position(JacksonException malformed) {
        TokenStreamLocation at = malformed.getLocation();
        return at == null || at.getLineNr() < 1
                ? ""
                : " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")";
    }

    /// As in `observations[3].facts`.
    private static String path(JacksonException wrongType) {
        var path = new StringBuilder();
        for (JacksonException.Reference step : wrongType.getPath()) {
            if (step.getPropertyName() == null) {
                path.append('[').append(step.getIndex()).append(']');
            } else {
                path.append(path.isEmpty() ? "" : ".").append(step.getPropertyName());
            }
        }
        return path.isEmpty() ? "$" : path.toString();
    }

    private static String wanted(@Nullable Class<?> type) {
        if (type == null) {
            return "another type";
        }
        if (type == String.class) {
            return "a text";
        }
        if (type == Boolean.class) {
            return "true or false";
        }
        if (Number.class.isAssignableFrom(type)) {
            return "a whole number";
        }
        if (Collection.class.isAssignableFrom(type) || List.class.isAssignableFrom(type)) {
            return "a list";
        }
        return "an object";
    }
}
