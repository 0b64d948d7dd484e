package dev.mneme.installer;

import dev.mneme.installer.settings.Agent;
import dev.mneme.installer.settings.AgentRegistration;
import dev.mneme.installer.settings.ClaudeFiles;
import dev.mneme.installer.settings.HookRegistration;
import dev.mneme.installer.settings.McpServer;
import dev.mneme.protocol.MnemeHome;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/// `mneme agent-setup`.
@CommandLine.Command(
        name = "agent-setup",
        mixinStandardHelpOptions = true,
        description = {
            "Register the MCP server, and hooks where the agent has them, with an agent.",
            "AGENT is claude-code, claude-desktop, codex, cursor, windsurf, gemini, opencode, cline,",
            "zed or vscode. Your files keep every other character, and get a backup beside them."
        },
        footer = {
            "",
            "docs/AGENTS.md has a part for each.",
            "",
            "Example:",
            "  mneme agent-setup codex",
            "  mneme agent-setup zed --print",
            "  mneme agent-setup codex --remove",
            "  mneme agent-setup claude-code --scope local"
        })
final class AgentSetupCommand extends Command {

    private static final String CLAUDE_CODE = "claude-code";

    @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

    @CommandLine.Parameters(paramLabel = "AGENT", description = "Which one.")
    private String agent = "";

    @CommandLine.Option(names = "--print", description = "Print what would be written, and where.")
    private boolean print;

    @CommandLine.Option(names = "--remove", description = "Take it out again.")
    private boolean remove;

    @CommandLine.Option(
            names = "--scope",
            paramLabel = "SCOPE",
            defaultValue = "user",
            description =
                    "Of Claude Code: user, all your projects; project, the current folder's"
                            + " .claude/settings.json; local, its settings.local.json; both with"
                            + " .mcp.json. Default: user.")
    private ClaudeFiles.Scope scope = ClaudeFiles.Scope.USER;

    AgentSetupCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Exception {
        if (print && remove) {
            throw new CommandLine.ParameterException(
                    Objects.requireNonNull(spec).commandLine(),
                    "--print and --remove exclude each other");
        }
        if (agent.equals(CLAUDE_CODE)) {
            return claudeCode();
        }
        if (scope != ClaudeFiles.Scope.USER) {
            throw new CommandLine.ParameterException(
                    Objects.requireNonNull(spec).commandLine(),
                    "--scope is for claude-code; for " + agent + " paste what --print shows");
        }
        Agent known =
                Agent.of(agent)
                        .orElseThrow(
                                () ->
                                        new CommandLine.ParameterException(
                                                Objects.requireNonNull(spec).commandLine(),
                                                "There is no agent `"
                                                        + agent
                                                        + "`; choose "
                                                        + all()));
        if (!remove) {
            DaemonRun.requireInstalled(this);
        }
        AgentRegistration registration = agents(this);
        if (print) {
            print(registration.print(known));
        } else if (remove) {
            show(registration.unregister(known));
        } else {
            show(registration.register(known));
            terminal().line("restart " + known.title() + " to have it look");
            if (known == Agent.CODEX && known.hasHooks()) {
                terminal().line(known.title() + " asks you to trust the hooks: see `/hooks` in it");
            }
        }
        return DONE;
    }

    private static String all() {
        return CLAUDE_CODE
                + ", "
                + Arrays.stream(Agent.values()).map(Agent::word).collect(Collectors.joining(", "));
    }

    /// What `install` and `uninstall` do for it.
    private int claudeCode() throws Exception {
        boolean project = scope != ClaudeFiles.Scope.USER;
        var claude = new ClaudeCode(this, scope, Path.of(""));
        if (print) {
            claude.print();
        } else if (project && remove) {
            claude.unregisterFromProject();
        } else if (project) {
            DaemonRun.requireInstalled(this);
            claude.registerInProject();
        } else if (remove) {
            claude.unregister();
        } else {
            DaemonRun.requireInstalled(this);
            claude.register();
        }
        return DONE;
    }

    private void show(List<AgentRegistration.Step> steps) {
        for (AgentRegistration.Step step : steps) {
            terminal().line("`" + step.file() + "`: " + step.what());
        }
    }

    private void print(List<AgentRegistration.Step> steps) {
        for (AgentRegistration.Step step : steps) {
            terminal().line("# " + step.file());
            terminal().line(step.what().stripTrailing());
        }
    }

    static AgentRegistration agents(Command command) throws IOException {
        Map<String, List<String>> hooks = new HashMap<>();
        for (HookRegistration hook : HookRegistration.ALL) {
            hooks.put(hook.argument(), command.programs().hook(hook.argument()));
        }
        return new AgentRegistration(
                new Agent.Places(
                        MnemeHome.userHome(command.surroundings().environment()),
                        command.surroundings().environment()),
                new Agent.Ours(
                        new McpServer(
                                command.programs().server(),
                                command.programs().serverEnvironment()),
                        command.home().app(),
                        argument -> Objects.requireNonNull(hooks.get(argument))),
                command.home().root(),
                Clock.systemUTC());
    }
}
