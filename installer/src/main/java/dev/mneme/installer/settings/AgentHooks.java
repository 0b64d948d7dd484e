package dev.mneme.installer.settings;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/// The hooks of agents beside Claude Code: which of their events are ours under which name, and
/// where and how they are written.
///
/// Each command of theirs is that of Claude Code with the agent's name at its end; the hook program
/// translates payload and answer. Codex speaks as Claude Code does, and OpenCode's plugin
/// translates by itself.
final class AgentHooks {

    private static final Duration START = Duration.ofSeconds(30);
    private static final Duration QUICK = Duration.ofSeconds(5);
    private static final Duration CODEX_END_MAX = Duration.ofSeconds(3);

    /// A call that failed fires nothing in Codex, and every hook has to be trusted by its user, so
    /// that a lesson before a call would be asked about with each new version of it.
    private static final List<String> CODEX =
            List.of(
                    "SessionStart",
                    "UserPromptSubmit",
                    "PostToolUse",
                    "Stop",
                    "SubagentStop",
                    "PostCompact",
                    "SessionEnd");

    private static final List<HookRegistration> CURSOR =
            List.of(
                    new HookRegistration("sessionStart", "session-start", START),
                    new HookRegistration("beforeSubmitPrompt", "user-prompt-submit", QUICK),
                    new HookRegistration("postToolUse", "post-tool-use", QUICK),
                    new HookRegistration("postToolUseFailure", "post-tool-use-failure", QUICK),
                    new HookRegistration("afterFileEdit", "post-tool-use", QUICK),
                    new HookRegistration("afterAgentResponse", "stop", QUICK),
                    new HookRegistration("sessionEnd", "session-end", QUICK));

    private static final List<HookRegistration> GEMINI =
            List.of(
                    new HookRegistration("SessionStart", "session-start", START),
                    new HookRegistration("BeforeAgent", "user-prompt-submit", QUICK),
                    new HookRegistration("AfterTool", "post-tool-use", QUICK),
                    new HookRegistration("AfterAgent", "stop", QUICK),
                    new HookRegistration("SessionEnd", "session-end", QUICK));

    private static final List<HookRegistration> WINDSURF =
            List.of(
                    new HookRegistration("pre_user_prompt", "user-prompt-submit", QUICK),
                    new HookRegistration("post_write_code", "post-tool-use", QUICK),
                    new HookRegistration("post_run_command", "post-tool-use", QUICK),
                    new HookRegistration("post_mcp_tool_use", "post-tool-use", QUICK),
                    new HookRegistration("post_cascade_response", "stop", QUICK));

    /// One script for each, named as the event.
    private static final List<HookRegistration> CLINE =
            List.of(
                    new HookRegistration("TaskStart", "session-start", START),
                    new HookRegistration("TaskResume", "session-start", START),
                    new HookRegistration("UserPromptSubmit", "user-prompt-submit", QUICK),
                    new HookRegistration("PostToolUse", "post-tool-use", QUICK),
                    new HookRegistration("TaskCancel", "session-end", QUICK));

    /// What the plugin for OpenCode calls.
    private static final List<String> OPENCODE =
            List.of(
                    "session-start",
                    "user-prompt-submit",
                    "post-tool-use",
                    "post-tool-use-failure",
                    "stop",
                    "post-compact");

    private static final String COMMANDS = "/*COMMANDS*/";

    private AgentHooks() {}

    /// One file with hooks of ours.
    record Written(Function<Agent.Places, Path> file, Function<Agent.Ours, ConfigFormat> format) {}

    static List<Written> partsOf(Agent agent) {
        if (System.getProperty("os.name").startsWith("Windows")) {
            return List.of();
        }
        return switch (agent) {
            case CODEX ->
                    List.of(
                            new Written(
                                    places -> Agent.codex(places).resolve("hooks.json"),
                                    AgentHooks::codex));
            case CURSOR ->
                    List.of(
                            new Written(
                                    places ->
                                            places.home().resolve(".cursor").resolve("hooks.json"),
                                    ours ->
                                            translated(
                                                    agent,
                                                    ours,
                                                    CURSOR,
                                                    HookShape.CURSOR,
                                                    "{\n  \"version\": 1\n}\n")));
            case GEMINI ->
                    List.of(
                            new Written(
                                    places ->
                                            places.home()
                                                    .resolve(".gemini")
                                                    .resolve("settings.json"),
                                    ours ->
                                            translated(
                                                    agent,
                                                    ours,
                                                    GEMINI,
                                                    HookShape.GEMINI,
                                                    "{}\n")));
            case WINDSURF ->
                    List.of(
                            new Written(
                                    places ->
                                            places.home()
                                                    .resolve(".codeium")
                                                    .resolve("windsurf")
                                                    .resolve("hooks.json"),
                                    ours ->
                                            translated(
                                                    agent,
                                                    ours,
                                                    WINDSURF,
                                                    HookShape.WINDSURF,
                                                    "{}\n")));
            case OPENCODE ->
                    List.of(
                            new Written(
                                    places ->
                                            places.configuration()
                                                    .resolve("opencode")
                                                    .resolve("plugins")
                                                    .resolve("mneme.js"),
                                    AgentHooks::openCode));
            case CLINE -> scripts();
            case CLAUDE_DESKTOP, ZED, VSCODE -> List.of();
        };
    }

    private static ConfigFormat codex(Agent.Ours ours) {
        List<HookRegistration> events =
                HookRegistration.ALL.stream()
                        .filter(hook -> CODEX.contains(hook.event()))
                        .map(AgentHooks::asCodexAllows)
                        .toList();
        return new HookFileFormat(
                new HookSettings(ours.app(), events, HookShape.CODEX),
                hook -> ours.hook().apply(hook.argument()),
                "{}\n");
    }

    /// It gives the end of a session less time, and warns about a hook that names more.
    private static HookRegistration asCodexAllows(HookRegistration hook) {
        return hook.event().equals("SessionEnd") && hook.timeout().compareTo(CODEX_END_MAX) > 0
                ? new HookRegistration(hook.event(), hook.argument(), CODEX_END_MAX)
                : hook;
    }

    private static ConfigFormat translated(
            Agent agent,
            Agent.Ours ours,
            List<HookRegistration> events,
            HookShape shape,
            String empty) {
        return new HookFileFormat(
                new HookSettings(ours.app(), events, shape),
                hook -> command(agent, ours, hook.argument()),
                empty);
    }

    private static List<String> command(Agent agent, Agent.Ours ours, String argument) {
        var command = new ArrayList<>(ours.hook().apply(argument));
        command.add("--agent");
        command.add(agent.word());
        return List.copyOf(command);
    }

    private static List<Written> scripts() {
        var scripts = new ArrayList<Written>();
        for (HookRegistration hook : CLINE) {
            scripts.add(
                    new Written(
                            places ->
                                    places.home()
                                            .resolve("Documents")
                                            .resolve("Cline")
                                            .resolve("Hooks")
                                            .resolve(hook.event()),
                            ours ->
                                    new OwnFile(
                                            "#!/bin/sh\n# Written by `mneme agent-setup cline`.\nexec "
                                                    + ShellWords.line(
                                                            command(
                                                                    Agent.CLINE,
                                                                    ours,
                                                                    hook.argument()))
                                                    + "\n",
                                            true)));
        }
        return List.copyOf(scripts);
    }

    private static ConfigFormat openCode(Agent.Ours ours) {
        Map<String, Object> commands = new LinkedHashMap<>();
        for (String argument : OPENCODE) {
            commands.put(argument, ours.hook().apply(argument));
        }
        try (InputStream in =
                Objects.requireNonNull(AgentHooks.class.getResourceAsStream("opencode.js"))) {
            String plugin = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return new OwnFile(
                    plugin.replace(COMMANDS, new JsonOut("\n", "  ").render(commands, 0)), false);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
