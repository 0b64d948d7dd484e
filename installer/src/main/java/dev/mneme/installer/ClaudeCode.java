package dev.mneme.installer;

import dev.mneme.installer.program.HomeFiles;
import dev.mneme.installer.settings.ClaudeFiles;
import dev.mneme.installer.settings.ClaudeRegistration;
import dev.mneme.installer.settings.ClaudeRegistration.Done;
import dev.mneme.installer.settings.HookRegistration;
import dev.mneme.installer.settings.ServerSettings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// Registers hooks, MCP server and skill with Claude Code, and takes them out: for `install`,
/// `uninstall` and `agent-setup`.
final class ClaudeCode {

    private final Command command;
    private final ClaudeFiles.Scope scope;
    private final ClaudeFiles files;
    private final ClaudeRegistration registration;

    ClaudeCode(Command command) {
        this(command, ClaudeFiles.Scope.USER, Path.of(""));
    }

    /// @param project whose files are used, where the scope is not the user's
    ClaudeCode(Command command, ClaudeFiles.Scope scope, Path project) {
        this.command = command;
        this.scope = scope;
        this.files = command.surroundings().claude().of(scope, project);
        this.registration = command.registration(files);
    }

    /// Throws where registering would fail; changes nothing.
    void check() throws Failure, InterruptedException {
        registration.check();
        Optional<ClaudeClient> client = client();
        Optional<String> version = client.isPresent() ? client.get().version() : Optional.empty();
        if (version.isPresent() && !ClaudeClient.isSupported(version.get())) {
            throw new Failure(
                    "cannot register with Claude Code "
                            + version.get()
                            + ": hooks with arguments need 2.1.139 or newer",
                    "update it with `claude update`, then run the command again");
        }
    }

    /// As an installation does it: where our plugin is enabled, that registers instead.
    void registerUnlessPlugin() throws Exception {
        Optional<String> plugin = registration.enabledPlugin();
        if (plugin.isPresent()) {
            command.terminal()
                    .result(
                            Terminal.Mark.NOTE,
                            "plugin",
                            "`" + plugin.get() + "` registers hooks, MCP server and skill");
            refresh();
            return;
        }
        register();
    }

    void register() throws Exception {
        long startedNanos = System.nanoTime();
        if (areHooksManaged()) {
            command.terminal()
                    .warning(
                            "settings that are managed for you (`"
                                    + files.managed()
                                    + "`) allow no hooks but their own",
                            "nothing is captured until whoever manages them allows it");
        }
        // Before the hooks: for a moment nothing is captured rather than all of it twice.
        if (scope == ClaudeFiles.Scope.USER) {
            PrivateFiles.write(HomeFiles.standalone(command.home()), new byte[0]);
        }
        refreshOthers();
        Map<HookRegistration, List<String>> commands = hooks();
        Done hooks = registration.registerHooks(hook -> Objects.requireNonNull(commands.get(hook)));
        done(hooks == Done.WRITTEN, "hooks", "`" + files.settings() + "`", startedNanos);
        registerServer();
        Done skill = registration.installSkill();
        if (skill == Done.FOREIGN) {
            command.terminal()
                    .warning(
                            "the skill `"
                                    + files.skillFile()
                                    + "` was not written: one that is not ours, or that you changed,"
                                    + " is there",
                            "remove or rename it and install again to get `/mem-search`");
        } else {
            done(skill == Done.WRITTEN, "skill", "`" + files.skillFile() + "`", System.nanoTime());
        }
    }

    /// What was registered for single projects, brought up to date where nothing else is to be
    /// registered: by an upgrade, or beside the plugin.
    ///
    /// Settings that cannot be read stop nobody here: nothing of them was asked for.
    void refresh() throws Exception {
        try {
            forgetStandalone();
            refreshOthers();
        } catch (Failure unreadable) {
            command.terminal()
                    .warning(
                            "what is registered for single projects stays as it is: "
                                    + unreadable.getMessage(),
                            unreadable.hint());
        }
    }

    private void refreshOthers() throws Exception {
        long startedNanos = System.nanoTime();
        Map<HookRegistration, List<String>> commands = hooks();
        for (ClaudeRegistration.Refreshed other :
                registration.refreshOthers(
                        hook -> Objects.requireNonNull(commands.get(hook)), entry())) {
            Failure problem = other.problem();
            if (problem == null) {
                done(true, "project", "`" + other.file() + "`, brought up to date", startedNanos);
            } else {
                command.terminal()
                        .warning(
                                "what is in `"
                                        + other.file()
                                        + "` stays that of an older version: "
                                        + problem.getMessage(),
                                problem.hint());
            }
        }
    }

    /// The plugin's hooks stand back for a person's own, which reach every project; in a project
    /// that has some they see for themselves.
    private void forgetStandalone() throws Failure, IOException {
        if (command.registration().registeredHook("SessionStart").isEmpty()) {
            Files.deleteIfExists(HomeFiles.standalone(command.home()));
        }
    }

    /// A file that somebody else manages and that cannot be read stops nobody.
    private boolean areHooksManaged() {
        try {
            return registration.areHooksManaged();
        } catch (Failure unreadable) {
            command.terminal().warning(String.valueOf(unreadable.getMessage()), unreadable.hint());
            return false;
        }
    }

    /// For one project. Where hooks of ours reach it already, they are not written again: the same
    /// hook in two files runs once, but a plugin's copy would run beside it.
    void registerInProject() throws Exception {
        ClaudeRegistration person = command.registration();
        Optional<String> plugin = person.enabledPlugin();
        if (plugin.isPresent()) {
            throw new Failure(
                    "the plugin `" + plugin.get() + "` is enabled for all your projects",
                    "disable it in `/plugin` first, or leave the registration to it; nothing was"
                            + " changed");
        }
        if (person.registeredHook("SessionStart").isPresent()) {
            command.terminal()
                    .result(
                            Terminal.Mark.NOTE,
                            "hooks",
                            "all your projects have them already, by `"
                                    + command.surroundings().claude().settings()
                                    + "`; these run once");
        }
        registration.check();
        register();
        command.terminal()
                .line(
                        "these files name programs in `"
                                + command.home().root()
                                + "`: keep them out of version control");
    }

    private Map<HookRegistration, List<String>> hooks() throws IOException {
        Map<HookRegistration, List<String>> commands = new LinkedHashMap<>();
        for (HookRegistration hook : HookRegistration.ALL) {
            commands.put(hook, command.programs().hook(hook.argument()));
        }
        return commands;
    }

    private void registerServer() throws Exception {
        long startedNanos = System.nanoTime();
        // The client edits its own files; a project's `.mcp.json` is anybody's.
        Optional<ClaudeClient> client =
                scope == ClaudeFiles.Scope.USER ? client() : Optional.empty();
        Map<String, Object> entry = entry();
        boolean there = registration.isServerRegistered(entry);
        if (!there && client.isPresent()) {
            command.terminal()
                    .watching(
                            "registering the MCP server",
                            () -> {
                                client.get().addServer(ServerSettings.json(entry));
                                return true;
                            });
        } else if (!there) {
            registration.registerServer(entry);
        }
        if (!there && client.isPresent()) {
            Optional<String> problem = client.get().problemWithServer();
            if (problem.isPresent()) {
                command.terminal()
                        .warning(problem.get(), "`mneme doctor` tells whether the server works");
            }
        }
        done(!there, "MCP server", "`" + files.servers() + "`", startedNanos);
    }

    private Map<String, Object> entry() throws IOException {
        return ServerSettings.entry(
                command.programs().server(), command.programs().serverEnvironment());
    }

    /// The client wrote the entry, so the client takes it out; without it the file is edited.
    void unregister() throws Failure, IOException, InterruptedException {
        Optional<ClaudeClient> client = client();
        if (client.isPresent() && registration.registeredServer().isPresent()) {
            client.get().removeServer();
            command.terminal().line("MCP server: removed");
        }
        for (ClaudeRegistration.Undone undone : registration.unregister()) {
            command.terminal().line("`" + undone.file() + "`: " + undone.what());
        }
        Files.deleteIfExists(HomeFiles.standalone(command.home()));
    }

    /// Out of one project's files; what reaches further stays.
    void unregisterFromProject() throws Failure, IOException {
        for (ClaudeRegistration.Undone undone : registration.unregisterHere()) {
            command.terminal().line("`" + undone.file() + "`: " + undone.what());
        }
        forgetStandalone();
    }

    /// What a person would put in themselves.
    void print() throws Failure, IOException {
        Map<HookRegistration, List<String>> commands = hooks();
        command.terminal().line("# " + files.settings());
        command.terminal()
                .line(
                        registration
                                .hookText(hook -> Objects.requireNonNull(commands.get(hook)))
                                .stripTrailing());
        command.terminal().line("# " + files.servers());
        command.terminal().line(registration.serverText(entry()).stripTrailing());
    }

    private Optional<ClaudeClient> client() {
        return ClaudeClient.find(command.surroundings().environment());
    }

    private void done(boolean changed, String name, String detail, long startedNanos) {
        command.terminal().done(changed, name, detail, startedNanos);
    }
}
