package dev.mneme.backup;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/// What a backup says about itself. It is the last entry of the file: a file that was cut off has
/// none.
///
/// @param format of this file; a larger one than [#FORMAT] was made by a newer program
/// @param core the newest applied script of the core schema
/// @param vector the same of the part that needs pgvector; null where there was none
/// @param sequences the last value that each identity column gave out, by `table.column`
@JsonIgnoreProperties(ignoreUnknown = true)
public record Manifest(
        @JsonProperty("format") int format,
        @JsonProperty("made_at") String madeAt,
        @JsonProperty("made_by") String madeBy,
        @JsonProperty("server") String server,
        @JsonProperty("core") String core,
        @JsonProperty("vector") @Nullable String vector,
        @JsonProperty("tables") List<Table> tables,
        @JsonProperty("sequences") Map<String, Long> sequences) {

    public static final int FORMAT = 1;

    static final String ENTRY = "manifest.json";

    public Manifest {
        tables = List.copyOf(tables);
        sequences = Map.copyOf(sequences);
    }

    /// One table: its rows as `COPY` writes them, in the order of the primary key.
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Table(
            @JsonProperty("name") String name,
            @JsonProperty("columns") List<String> columns,
            @JsonProperty("rows") long rows,
            @JsonProperty("bytes") long bytes,
            @JsonProperty("sha256") String sha256) {

        public Table {
            columns = List.copyOf(columns);
        }

        String entry() {
            return "tables/" + name + ".copy";
        }
    }

    public long rows() {
        return tables.stream().mapToLong(Table::rows).sum();
    }
}
