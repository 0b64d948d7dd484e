package dev.mneme.installer;

import dev.mneme.protocol.SessionEnvironment;
import dev.mneme.protocol.Setting;
import dev.mneme.protocol.SettingsText;

import picocli.CommandLine;

import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// `mneme db move`.
///
/// A backup of the one is restored into the other, which compares every table; only then do the
/// settings name the other. Ended at whatever moment before, nothing has changed for anybody.
@CommandLine.Command(
        name = "move",
        mixinStandardHelpOptions = true,
        description = {
            "Move everything that is stored to another PostgreSQL: to one of your own, or back to the",
            "embedded one. Where it was, it stays; sessions lose nothing meanwhile.",
            "TARGET is `embedded`, or `-` to read a postgresql:// address from stdin, so that its",
            "password stays out of your history, or that address."
        },
        footer = {
            "",
            "One of your own has to be PostgreSQL 15 or newer, and its user has to be allowed to make",
            "schemas in the database (GRANT CREATE ON DATABASE … TO …). pgvector is wanted, not needed.",
            "",
            "Example:",
            "  mneme db move - < url.txt",
            "  mneme db move embedded"
        })
final class DbMoveCommand extends Command {

    private static final String EMBEDDED = "embedded";

    /// A blank in the environment wins over the file, and counts as unset.
    private static final String UNSET = " ";

    private static final List<String> DATABASE_KEYS =
            SessionEnvironment.FOREIGN_KEYS.stream()
                    .filter(key -> key.contains("DATABASE_URL") || key.startsWith("POSTGRES_"))
                    .toList();

    @CommandLine.Parameters(paramLabel = "TARGET", description = "Where to.")
    private String target = "";

    @CommandLine.Option(names = "--yes", description = "Do not ask.")
    private boolean yes;

    DbMoveCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Exception {
        DaemonRun.requireInstalled(this);
        String url = target.equals(EMBEDDED) ? "" : address();
        refuseShell();
        String settings = settings();
        if (isThere(url, SettingsText.parse(settings))) {
            terminal().line("nothing to move: that is the database in use");
            return DONE;
        }
        if (!yes && !isConfirmed()) {
            throw new Failure("nothing was changed", "confirm with `y`, or use `--yes`");
        }
        boolean wasUp = daemon().isLocked();
        if (wasUp) {
            terminal().line(StopCommand.describe(daemon().stop()));
        }
        try {
            move(url, settings);
        } finally {
            if (wasUp) {
                new StartCommand(surroundings(), terminal()).call();
            }
        }
        terminal().line("moved to " + (url.isEmpty() ? "the embedded database" : "your database"));
        return DONE;
    }

    private void move(String url, String settings) throws Exception {
        var backup = new BackupCommand(surroundings(), terminal());
        Path file = backup.newFile();
        new DaemonRun(this, BackupCommand.TIMEOUT)
                .run(
                        "reading everything",
                        "read the database",
                        "backup",
                        "--no-check",
                        file.toString());
        Map<String, String> there = new HashMap<>();
        DATABASE_KEYS.forEach(key -> there.put(key, UNSET));
        if (!url.isEmpty()) {
            there.put(Setting.DATABASE_URL.key(), url);
        }
        new DaemonRun(this, BackupCommand.TIMEOUT, there)
                .run("writing everything", "move to that database", "restore", file.toString());
        PrivateFiles.write(home().settings(), with(url, settings).getBytes(StandardCharsets.UTF_8));
        terminal().line("`" + home().settings() + "` names it now");
        terminal().line("the backup it was moved with is kept: " + file);
    }

    private static String with(String url, String settings) {
        String text = settings;
        for (String key : DATABASE_KEYS) {
            text = SettingsText.unset(text, key);
        }
        return url.isEmpty() ? text : SettingsText.set(text, Setting.DATABASE_URL.key(), url);
    }

    private static boolean isThere(String url, Map<String, String> file) {
        return url.isEmpty()
                ? DATABASE_KEYS.stream().allMatch(key -> file.getOrDefault(key, "").isBlank())
                : url.equals(file.get(Setting.DATABASE_URL.key()));
    }

    private String address() throws Failure, IOException {
        String url = target.equals("-") ? line() : target.strip();
        Optional<String> instead = Setting.DATABASE_URL.refuses(url);
        if (instead.isPresent()) {
            throw new Failure(
                    "cannot move to that: it is no address of a PostgreSQL",
                    "name " + instead.get() + ", or `embedded`");
        }
        return url;
    }

    private static String line() throws IOException {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        return Optional.ofNullable(in.readLine()).orElse("").strip();
    }

    /// A database that this shell names would win over what the file says afterwards.
    private void refuseShell() throws Failure {
        for (String key : DATABASE_KEYS) {
            if (!surroundings().environment().getOrDefault(key, "").isBlank()) {
                throw new Failure(
                        "cannot move: `" + key + "` is set in this shell",
                        "unset it, then run the command again; the settings file says where to");
            }
        }
    }

    private String settings() throws IOException {
        return Files.exists(home().settings())
                ? Files.readString(home().settings(), StandardCharsets.UTF_8)
                : "";
    }

    private static boolean isConfirmed() throws Failure {
        Console console =
                Terminal.console()
                        .orElseThrow(
                                () ->
                                        new Failure(
                                                "cannot ask: there is no terminal",
                                                "confirm with `--yes`"));
        return "y"
                .equalsIgnoreCase(
                        console.readLine(
                                "Move everything, replacing what Mneme has stored there? [y/N] "));
    }
}
