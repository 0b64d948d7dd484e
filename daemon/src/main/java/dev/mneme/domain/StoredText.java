package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.Map;

/// One stored row as redaction sees it: its texts by column.
///
/// @param cursor where a scan goes on behind it
/// @param id as a person would look it up; never content
public record StoredText(String cursor, String id, Map<String, @Nullable String> columns) {

    public StoredText {
        columns = new LinkedHashMap<String, @Nullable String>(columns);
    }
}
