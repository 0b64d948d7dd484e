package dev.mneme.installer;

import dev.mneme.installer.settings.ServerSettings;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The `claude` program on the PATH, which registers MCP servers itself: its `.claude.json` is
/// rewritten by every running session, and only the client takes part in its locking.
public final class ClaudeClient {

    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Pattern VERSION = Pattern.compile("([0-9]+)\\.([0-9]+)\\.([0-9]+)");

    /// The first version that runs hooks in exec form (`args`).
    private static final int[] VERSION_MIN = {2, 1, 139};

    private final Path program;

    private ClaudeClient(Path program) {
        this.program = program;
    }

    public static Optional<ClaudeClient> find(Map<String, String> environment) {
        List<String> names =
                File.separatorChar == '\\'
                        ? List.of("claude.exe", "claude.cmd")
                        : List.of("claude");
        for (String directory :
                environment.getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
            for (String name : names) {
                if (!directory.isEmpty() && Files.isExecutable(Path.of(directory, name))) {
                    return Optional.of(new ClaudeClient(Path.of(directory, name)));
                }
            }
        }
        return Optional.empty();
    }

    public Path program() {
        return program;
    }

    /// The client's version; empty when it does not say.
    public Optional<String> version() throws InterruptedException {
        try {
            Matcher matcher = VERSION.matcher(run("--version").out());
            return matcher.find() ? Optional.of(matcher.group()) : Optional.empty();
        } catch (IOException cannotRun) {
            return Optional.empty();
        }
    }

    /// Whether a version runs the hooks that we register.
    public static boolean isSupported(String version) {
        Matcher matcher = VERSION.matcher(version);
        if (!matcher.find()) {
            return false;
        }
        for (int part = 0; part < VERSION_MIN.length; part++) {
            int number = Integer.parseInt(matcher.group(part + 1));
            if (number != VERSION_MIN[part]) {
                return number > VERSION_MIN[part];
            }
        }
        return true;
    }

    public void addServer(String entry) throws Failure, InterruptedException {
        try {
            // Fails where there is none; `add-json` refuses a name that exists.
            run("mcp", "remove", ServerSettings.NAME, "--scope", "user");
            Children.Ended added =
                    run("mcp", "add-json", ServerSettings.NAME, entry, "--scope", "user");
            if (!added.ok()) {
                throw new Failure(
                        "cannot register the MCP server: `claude mcp add-json` "
                                + (added.timedOut()
                                        ? "did not end within " + TIMEOUT.toSeconds() + " s"
                                        : "failed: " + added.lastLine()),
                        "see that `claude mcp list` works, then run `mneme install` again");
            }
        } catch (IOException cannotRun) {
            throw cannotRun(cannotRun);
        }
    }

    /// What the client itself says about the entry; empty where it has it and finds no fault.
    Optional<String> problemWithServer() throws Failure, InterruptedException {
        try {
            Children.Ended got = run("mcp", "get", ServerSettings.NAME);
            if (!got.ok()) {
                return Optional.of(
                        got.timedOut()
                                ? "`claude mcp get` did not end in time"
                                : "`claude mcp get` failed: " + got.lastLine());
            }
            return got.out()
                    .lines()
                    .map(String::strip)
                    .filter(line -> line.startsWith("Issue:"))
                    .findFirst();
        } catch (IOException cannotRun) {
            throw cannotRun(cannotRun);
        }
    }

    public void removeServer() throws Failure, InterruptedException {
        try {
            run("mcp", "remove", ServerSettings.NAME, "--scope", "user");
        } catch (IOException cannotRun) {
            throw cannotRun(cannotRun);
        }
    }

    private Failure cannotRun(IOException cannotRun) {
        return new Failure(
                "cannot run `" + program + "` (" + cannotRun.getMessage() + ")",
                "see that `claude --version` works, then run the command again",
                cannotRun);
    }

    private Children.Ended run(String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<String>();
        if (program.toString().endsWith(".cmd")) {
            command.addAll(List.of("cmd", "/c"));
        }
        command.add(program.toString());
        command.addAll(List.of(arguments));
        return Children.run(Children.Call.of(command, Path.of("").toAbsolutePath(), TIMEOUT));
    }
}
