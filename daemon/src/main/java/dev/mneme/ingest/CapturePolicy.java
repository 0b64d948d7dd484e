package dev.mneme.ingest;

import dev.mneme.domain.HookEvent;
import dev.mneme.domain.SkipReason;
import dev.mneme.redaction.ignore.IgnoreRules;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// The one place that decides what is not worth keeping.
///
/// Of such an event nothing is stored but that it happened and why it was left out: no payload, and
/// a job that is completed at once and never reaches an extractor. What an extractor finds nothing
/// in is another matter: that event is kept, for another extractor may find more.
///
/// Subagents: one that only looks around (`Explore`, `Plan`) is heard through its report alone; of
/// any other, what it merely reads is left out, and what it changes, runs or fails at is kept.
public final class CapturePolicy {

    private static final String OWN_SERVER = "mcp__mneme__";

    /// A server of a plugin of ours: `plugin_<plugin>_<server>`.
    private static final String OWN_PLUGIN = "mcp__plugin_mneme_";

    private static final Set<String> READING_TOOLS =
            Set.of(
                    "Read",
                    "Glob",
                    "Grep",
                    "LS",
                    "LSP",
                    "NotebookRead",
                    "BashOutput",
                    "ReadMcpResourceTool");

    private final NameList skippedTools;
    private final NameList readOnlyAgents;

    public CapturePolicy(NameList skippedTools, NameList readOnlyAgents) {
        this.skippedTools = skippedTools;
        this.readOnlyAgents = readOnlyAgents;
    }

    /// Why this event is not worth keeping, or empty when it is.
    ///
    /// @param payload as the ignore rules left it
    public Optional<SkipReason> reasonToSkip(HookEvent kind, ObjectNode payload) {
        String ignored = text(payload, IgnoreRules.FIELD);
        if (ignored != null) {
            return Optional.of(
                    ignored.equals(IgnoreRules.REASON)
                            ? SkipReason.IGNORED_PATH
                            : SkipReason.UNCLEAR_IGNORE_FILE);
        }
        return switch (kind) {
            case SUBAGENT_STOP ->
                    isInternalAgent(payload)
                            ? Optional.of(SkipReason.INTERNAL_AGENT)
                            : Optional.empty();
            case POST_TOOL_USE, POST_TOOL_USE_FAILURE -> ofTool(payload);
            case SESSION_START, USER_PROMPT_SUBMIT, STOP, POST_COMPACT, SESSION_END ->
                    Optional.empty();
        };
    }

    private Optional<SkipReason> ofTool(ObjectNode payload) {
        String tool = text(payload, "tool_name");
        if (tool == null) {
            return Optional.empty();
        }
        if (tool.startsWith(OWN_SERVER) || tool.startsWith(OWN_PLUGIN)) {
            return Optional.of(SkipReason.OWN_TOOL);
        }
        if (skippedTools.contains(tool)) {
            return Optional.of(SkipReason.SKIPPED_TOOL);
        }
        // With `--agent` the session itself has a type, but only a subagent has an id.
        return text(payload, "agent_id") == null ? Optional.empty() : ofSubagent(tool, payload);
    }

    private Optional<SkipReason> ofSubagent(String tool, ObjectNode payload) {
        if (isInternalAgent(payload)) {
            return Optional.of(SkipReason.INTERNAL_AGENT);
        }
        String type = text(payload, "agent_type");
        if (type != null && readOnlyAgents.contains(type.toLowerCase(Locale.ROOT))) {
            return Optional.of(SkipReason.READ_ONLY_AGENT);
        }
        return READING_TOOLS.contains(tool)
                ? Optional.of(SkipReason.SUBAGENT_READ)
                : Optional.empty();
    }

    /// The host gives its own agents an empty type; older hosts give none at all to any.
    private static boolean isInternalAgent(ObjectNode payload) {
        String type = text(payload, "agent_type");
        return type != null && type.isEmpty();
    }

    private static @Nullable String text(ObjectNode payload, String field) {
        JsonNode value = payload.get(field);
        return value != null && value.isString() ? value.stringValue() : null;
    }
}
