package dev.mneme.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// An error answer (RFC 9457): what was attempted and happened (`detail`), what to do (`hint`).
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Problem(
        @JsonProperty("type") String type,
        @JsonProperty("title") String title,
        @JsonProperty("status") int status,
        @JsonProperty("code") String code,
        @JsonProperty("detail") String detail,
        @JsonProperty("hint") @Nullable String hint,
        @JsonProperty("path") @Nullable String path,
        @JsonProperty("request_id") @Nullable String requestId,
        @JsonProperty("candidates") @Nullable List<Wire.ProjectCandidate> candidates) {

    public static Problem of(
            ErrorCode code,
            String detail,
            @Nullable String hint,
            @Nullable String path,
            @Nullable String requestId) {
        String title = code.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
        return new Problem(
                "about:blank",
                title,
                code.status(),
                code.name(),
                detail,
                hint,
                path,
                requestId,
                null);
    }

    /// The same, with the projects that an ambiguous name may mean.
    public Problem withCandidates(List<Wire.ProjectCandidate> projects) {
        return new Problem(
                type, title, status, code, detail, hint, path, requestId, List.copyOf(projects));
    }
}
