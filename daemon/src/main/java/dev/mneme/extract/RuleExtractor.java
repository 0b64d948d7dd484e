package dev.mneme.extract;

import dev.mneme.domain.CapturedEvent;
import dev.mneme.domain.Extraction;
import dev.mneme.domain.HookEvent;
import dev.mneme.domain.Turn;
import dev.mneme.domain.TurnExtraction;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The extractor that needs no model: rules per kind of event and family of tools, then rules over
/// what the events of a turn say together.
///
/// It keeps what a developer would want to be told months later (what changed where, what failed
/// and why, what was decided) and skips the rest with a reason. Titles say the thing itself: never
/// a tool's name, never the command. Deterministic, and done in milliseconds for any payload: all
/// text is bounded before a pattern sees it.
public final class RuleExtractor implements TurnExtractor {

    private static final TurnExtraction.Maker MAKER = new TurnExtraction.Maker("rules", 2);

    /// Rules over the whole turn, in the order in which they take events out of its story.
    private static final List<TurnRule> TOGETHER =
            List.of(new TakenBackRule(), new FixRule(), new WholeTurnRule());

    private static final Set<String> COMMANDS = Set.of("Bash", "PowerShell");

    private final Rule edits = new EditRule();
    private final Rule writes = new WriteRule();
    private final Rule commands = new CommandRule();
    private final Rule answers = new AnswerRule();
    private final Rule agents = new AgentRule();
    private final Rule web = new WebRule();
    private final Rule questions = new QuestionRule();
    private final Rule servers = new McpRule();
    private final Rule plans = new PlanRule();

    @Override
    public TurnExtraction extract(Turn turn) {
        var moments = new ArrayList<TurnStory.Moment>(turn.events().size());
        for (CapturedEvent event : turn.events()) {
            moments.add(
                    new TurnStory.Moment(moments.size(), event, command(event), extract(event)));
        }
        var story = new TurnStory(turn, moments);
        TOGETHER.forEach(rule -> rule.apply(story));
        TurnExtraction told = story.told(MAKER);
        return new TurnExtraction(
                MAKER, told.remembered(), told.skipped(), TurnSummary.of(turn, told.remembered()));
    }

    private static CommandRule.@Nullable Run command(CapturedEvent event) {
        return Payload.of(event)
                .filter(payload -> COMMANDS.contains(payload.tool()))
                .filter(payload -> !payload.input("command").isBlank())
                .map(CommandRule::run)
                .orElse(null);
    }

    /// What one event says by itself.
    Extraction extract(CapturedEvent event) {
        Optional<Payload> payload = Payload.of(event);
        if (payload.isEmpty()) {
            return SkipReasons.MALFORMED_PAYLOAD;
        }
        return switch (event.kind()) {
            case SESSION_START, USER_PROMPT_SUBMIT, SESSION_END -> SkipReasons.NOT_AN_OBSERVATION;
            case STOP, SUBAGENT_STOP, POST_COMPACT -> answers.apply(payload.get());
            case POST_TOOL_USE, POST_TOOL_USE_FAILURE -> tool(payload.get());
        };
    }

    private Extraction tool(Payload payload) {
        String tool = payload.tool();
        if (tool.startsWith("mcp__")) {
            return servers.apply(payload);
        }
        boolean failed = payload.event().kind() == HookEvent.POST_TOOL_USE_FAILURE;
        return switch (tool) {
            case "Edit", "MultiEdit", "NotebookEdit" ->
                    failed ? SkipReasons.EDIT_REFUSED : edits.apply(payload);
            case "Write" -> failed ? SkipReasons.EDIT_REFUSED : writes.apply(payload);
            case "Bash", "PowerShell" -> commands.apply(payload);
            case "Agent", "Task", "SubagentHandback" ->
                    failed ? SkipReasons.AGENT_FAILED : agents.apply(payload);
            case "WebFetch", "WebSearch" -> failed ? SkipReasons.NO_ANSWER : web.apply(payload);
            case "AskUserQuestion" -> failed ? SkipReasons.NO_ANSWER : questions.apply(payload);
            case "ExitPlanMode", "exit_plan_mode" ->
                    failed ? SkipReasons.NO_ANSWER : plans.apply(payload);
            case "Read",
                    "Glob",
                    "Grep",
                    "LS",
                    "LSP",
                    "NotebookRead",
                    "BashOutput",
                    "ReadMcpResourceTool",
                    "TaskOutput",
                    "AgentOutputTool",
                    "Monitor" ->
                    SkipReasons.READ_ONLY;
            case "" -> SkipReasons.NO_DETAILS;
            default -> SkipReasons.UNKNOWN_TOOL;
        };
    }
}
