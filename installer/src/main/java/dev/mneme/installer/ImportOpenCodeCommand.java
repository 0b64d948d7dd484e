package dev.mneme.installer;

import dev.mneme.installer.moving.OpenCodeSource;
import dev.mneme.installer.moving.Source;
import dev.mneme.protocol.MnemeHome;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/// `mneme import opencode`: its sessions are rows of a database, not files.
@CommandLine.Command(
        name = "opencode",
        mixinStandardHelpOptions = true,
        description = "Take in past sessions of OpenCode from its database.",
        footer = {"", "Example:", "  mneme import opencode --dry-run"})
final class ImportOpenCodeCommand extends ImportSourceCommand {

    @CommandLine.Parameters(
            paramLabel = "PATH",
            arity = "0..1",
            description = "The database. Default: where OpenCode keeps it.")
    private @Nullable Path path;

    ImportOpenCodeCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    Source open() throws Failure, IOException {
        return OpenCodeSource.open(path == null ? usual() : path, home());
    }

    private Path usual() {
        Map<String, String> environment = surroundings().environment();
        String chosen = environment.getOrDefault("OPENCODE_DB", "");
        if (!chosen.isBlank()) {
            return Path.of(chosen);
        }
        String data = environment.getOrDefault("XDG_DATA_HOME", "");
        Path folder =
                data.isBlank()
                        ? MnemeHome.userHome(environment).resolve(".local/share")
                        : Path.of(data);
        return folder.resolve("opencode").resolve("opencode.db");
    }
}
