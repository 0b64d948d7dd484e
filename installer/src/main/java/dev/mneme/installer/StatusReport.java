package dev.mneme.installer;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

import dev.mneme.protocol.Wire;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// What `mneme status --json` prints. Parts that only a living daemon knows are null without one.
@JsonInclude(JsonInclude.Include.ALWAYS)
record StatusReport(
        @JsonProperty("status") String status,
        @JsonProperty("version") String version,
        @JsonProperty("home") String home,
        @JsonProperty("daemon") Daemon daemon,
        @JsonProperty("database") @Nullable Database database,
        @JsonProperty("vector") @Nullable Vector vector,
        @JsonProperty("embeddings") Wire.@Nullable EmbeddingHealth embeddings,
        @JsonProperty("queue") Wire.@Nullable QueueHealth queue,
        @JsonProperty("progress") Wire.@Nullable ProgressHealth progress,
        @JsonProperty("storage") Wire.@Nullable StorageHealth storage,
        @JsonProperty("extraction") Wire.@Nullable ExtractionHealth extraction,
        @JsonProperty("claude_code") ClaudeCode claudeCode,
        @JsonProperty("paused") List<Wire.PauseView> paused,
        @JsonProperty("transcripts_at_risk") @Nullable TranscriptsAtRisk transcriptsAtRisk) {

    @JsonInclude(JsonInclude.Include.ALWAYS)
    record Daemon(
            @JsonProperty("running") boolean running,
            @JsonProperty("pid") @Nullable Long pid,
            @JsonProperty("port") @Nullable Integer port,
            @JsonProperty("version") @Nullable String version,
            @JsonProperty("status") @Nullable String status) {}

    @JsonInclude(JsonInclude.Include.ALWAYS)
    record Database(
            @JsonProperty("status") String status,
            @JsonProperty("provider") String provider,
            @JsonProperty("version") @Nullable String version,
            @JsonProperty("error") @Nullable String error) {}

    @JsonInclude(JsonInclude.Include.ALWAYS)
    record Vector(
            @JsonProperty("extension") String extension,
            @JsonProperty("version") @Nullable String version,
            @JsonProperty("index") String index,
            @JsonProperty("rows") long rows,
            @JsonProperty("hint") @Nullable String hint) {}

    /// `client` is the path of `claude`, null when there is none on the PATH. The others are
    /// `registered` or `missing`; `settings` is `broken` where the file is not valid JSON.
    @JsonInclude(JsonInclude.Include.ALWAYS)
    record ClaudeCode(
            @JsonProperty("client") @Nullable String client,
            @JsonProperty("settings") String settings,
            @JsonProperty("mcp") String mcp,
            @JsonProperty("skill") String skill) {}

    static @Nullable Database database(Wire.@Nullable Health health) {
        return health == null
                ? null
                : new Database(
                        health.db().status(),
                        health.db().provider(),
                        health.db().version(),
                        health.db().error());
    }

    static @Nullable Vector vector(Wire.@Nullable Health health) {
        return health == null
                ? null
                : new Vector(
                        health.vector().extension(),
                        health.vector().version(),
                        health.vector().index(),
                        health.vector().rows(),
                        health.vector().hint());
    }
}
