package dev.mneme.http;

import dev.mneme.domain.ObservationType;
import dev.mneme.domain.StorableText;
import dev.mneme.protocol.ErrorCode;
import dev.mneme.protocol.Limits;

import io.javalin.http.Context;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.List;

/// Checks of what an observation is made of, for those who write one and those who change one.
final class ObservationFields {

    private ObservationFields() {}

    /// The id in the path.
    static long id(Context context) {
        try {
            return Long.parseLong(context.pathParam("id"));
        } catch (NumberFormatException notANumber) {
            throw ApiException.invalid("id", "is not a number", "send an id that search returned");
        }
    }

    static ApiException gone(long id) {
        return new ApiException(
                ErrorCode.NOT_FOUND,
                "there is no observation " + id,
                "search for it with POST /api/observations/search");
    }

    static @Nullable String optionalTitle(String path, @Nullable String value) {
        return value == null ? null : Fields.name(path, value, Limits.TITLE_CHARS_MAX);
    }

    static @Nullable String optionalNarrative(String path, @Nullable String value) {
        return value == null ? null : StorableText.of(narrative(path, value));
    }

    static String narrative(String path, String value) {
        int bytes = value.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > Limits.NARRATIVE_BYTES_MAX) {
            throw ApiException.invalid(
                    path,
                    "has " + bytes + " bytes",
                    "send at most " + Limits.NARRATIVE_BYTES_MAX + " bytes");
        }
        return value;
    }

    static List<String> texts(String path, @Nullable List<String> values) {
        return Fields.list(path, values, Limits.LIST_ITEMS_MAX, Limits.LIST_ITEM_CHARS_MAX).stream()
                .map(StorableText::of)
                .toList();
    }

    static @Nullable ObservationType optionalType(String path, @Nullable String name) {
        return Fields.optional(name) == null ? null : type(path, String.valueOf(name));
    }

    static ObservationType type(String path, String name) {
        return ObservationType.ofWireName(name)
                .orElseThrow(
                        () ->
                                ApiException.invalid(
                                        path,
                                        "is none of the known types",
                                        "send decision, bugfix, feature, refactor, discovery,"
                                                + " change, pattern or gotcha"));
    }
}
