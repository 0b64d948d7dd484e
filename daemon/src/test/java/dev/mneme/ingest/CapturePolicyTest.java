package dev.mneme.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.domain.HookEvent;
import dev.mneme.domain.SkipReason;
import dev.mneme.protocol.Json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import tools.jackson.databind.node.ObjectNode;

import java.util.List;
import java.util.Optional;

final class CapturePolicyTest {

    private final CapturePolicy policy = policy(List.of(), List.of());

    @ParameterizedTest
    @CsvSource({
        "mcp__mneme__search,own-tool",
        "mcp__plugin_mneme_mneme__save_memory,own-tool",
        "ToolSearch,skipped-tool",
        "TodoWrite,skipped-tool",
        "TaskUpdate,skipped-tool",
        "CronCreate,skipped-tool",
        "ListMcpResourcesTool,skipped-tool",
        "Skill,skipped-tool",
    })
    void someToolsAreNeverWorthKeeping(String tool, String reason) {
        for (HookEvent kind : List.of(HookEvent.POST_TOOL_USE, HookEvent.POST_TOOL_USE_FAILURE)) {
            assertThat(policy.reasonToSkip(kind, call(tool)).map(SkipReason::wireName))
                    .contains(reason);
        }
    }

    /// `Task` is how older hosts call their agents; plans and answers of the user are decisions.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Task",
                "Agent",
                "Bash",
                "Read",
                "AskUserQuestion",
                "ExitPlanMode",
                "mcp__mnemeology__search",
                "mcp__plugin_mnemosyne_x__y",
                "SomeToolOfTomorrow"
            })
    void everythingElseIsKept(String tool) {
        assertThat(policy.reasonToSkip(HookEvent.POST_TOOL_USE, call(tool))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "Explore,Bash,read-only-agent",
        "plan,Edit,read-only-agent",
        "general-purpose,Read,subagent-read",
        "general-purpose,Grep,subagent-read",
        "general-purpose,Edit,",
        "general-purpose,Bash,",
        "'',Bash,internal-agent",
    })
    void ofASubagentWhatItMerelyReadsIsLeftOut(String type, String tool, String reason) {
        ObjectNode call = call(tool).put("agent_id", "a1").put("agent_type", type);

        assertThat(policy.reasonToSkip(HookEvent.POST_TOOL_USE, call).map(SkipReason::wireName))
                .isEqualTo(Optional.ofNullable(reason));
    }

    @Test
    void aSessionThatRunsAsAnAgentIsNoSubagent() {
        assertThat(
                        policy.reasonToSkip(
                                HookEvent.POST_TOOL_USE, call("Read").put("agent_type", "Plan")))
                .isEmpty();
    }

    @Test
    void reportsOfInternalAgentsAreLeftOutAndAllOthersKept() {
        ObjectNode report = call("").put("agent_id", "a1");

        assertThat(policy.reasonToSkip(HookEvent.SUBAGENT_STOP, report)).isEmpty();
        assertThat(
                        policy.reasonToSkip(
                                HookEvent.SUBAGENT_STOP,
                                report.deepCopy().put("agent_type", "Explore")))
                .isEmpty();
        assertThat(
                        policy.reasonToSkip(
                                HookEvent.SUBAGENT_STOP, report.deepCopy().put("agent_type", "")))
                .contains(SkipReason.INTERNAL_AGENT);
    }

    @Test
    void theListsCanBeMadeLongerAndShorter() {
        CapturePolicy other =
                policy(List.of("-Skill", "mcp__jira__*", "WebFetch"), List.of("-Plan", "Scout"));

        assertThat(other.reasonToSkip(HookEvent.POST_TOOL_USE, call("Skill"))).isEmpty();
        assertThat(other.reasonToSkip(HookEvent.POST_TOOL_USE, call("mcp__jira__get"))).isPresent();
        assertThat(other.reasonToSkip(HookEvent.POST_TOOL_USE, call("WebFetch"))).isPresent();
        assertThat(other.reasonToSkip(HookEvent.POST_TOOL_USE, call("TodoWrite"))).isPresent();
        assertThat(
                        other.reasonToSkip(
                                HookEvent.POST_TOOL_USE,
                                call("Bash").put("agent_id", "a").put("agent_type", "Plan")))
                .isEmpty();
        assertThat(
                        other.reasonToSkip(
                                HookEvent.POST_TOOL_USE,
                                call("Bash").put("agent_id", "a").put("agent_type", "scout")))
                .contains(SkipReason.READ_ONLY_AGENT);
    }

    private static CapturePolicy policy(List<String> tools, List<String> agents) {
        return new CapturePolicy(NameList.skippedTools(tools), NameList.readOnlyAgents(agents));
    }

    private static ObjectNode call(String tool) {
        return Json.mapper().createObjectNode().put("tool_name", tool);
    }
}
