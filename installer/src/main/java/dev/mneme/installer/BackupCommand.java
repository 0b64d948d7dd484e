package dev.mneme.installer;

import dev.mneme.protocol.Bytes;

import picocli.CommandLine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// `mneme backup`.
@CommandLine.Command(
        name = "backup",
        mixinStandardHelpOptions = true,
        description = {
            "Write everything that is stored into one file, and prove that it can be restored.",
            "It holds what you told your agents, unencrypted; only you may read it."
        },
        footer = {
            "",
            "Example:",
            "  mneme backup",
            "  mneme backup /media/disk/mneme.zip",
            "  mneme backup --list"
        })
final class BackupCommand extends Command {

    static final Duration TIMEOUT = Duration.ofHours(2);

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmssSSS'Z'", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);

    @CommandLine.Parameters(
            arity = "0..1",
            paramLabel = "FILE",
            description = "Where to write (default: a new file in MNEME_HOME/backups).")
    private String file = "";

    @CommandLine.Option(
            names = "--no-check",
            description = "Do not restore it into a scratch database to see whether it works.")
    private boolean noCheck;

    @CommandLine.Option(names = "--list", description = "List the backups in MNEME_HOME/backups.")
    private boolean list;

    BackupCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Exception {
        if (list) {
            list();
            return DONE;
        }
        write(file.isEmpty() ? newFile() : Path.of(file).toAbsolutePath().normalize(), !noCheck);
        return DONE;
    }

    Path newFile() throws IOException {
        PrivateFiles.createDirectories(home().backups());
        return home().backups().resolve("mneme-" + TIME.format(Instant.now()) + ".zip");
    }

    void write(Path target, boolean check) throws Exception {
        DaemonRun.requireInstalled(this);
        var words = new ArrayList<>(List.of("backup"));
        if (!check) {
            words.add("--no-check");
        }
        words.add(target.toString());
        new DaemonRun(this, TIMEOUT)
                .run("writing the backup", "back up", words.toArray(String[]::new));
        terminal().line("backup: " + target);
        terminal().line("restore it with `mneme restore " + target + "`");
    }

    private void list() throws IOException {
        if (!Files.isDirectory(home().backups())) {
            terminal().line("no backups in `" + home().backups() + "`");
            return;
        }
        try (Stream<Path> files = Files.list(home().backups())) {
            List<Path> backups =
                    files.filter(each -> each.toString().endsWith(".zip")).sorted().toList();
            if (backups.isEmpty()) {
                terminal().line("no backups in `" + home().backups() + "`");
            }
            for (Path backup : backups) {
                terminal().line(Bytes.text(Files.size(backup)) + "  " + backup);
            }
        }
    }
}
