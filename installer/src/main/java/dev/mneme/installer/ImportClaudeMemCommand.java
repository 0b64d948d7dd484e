package dev.mneme.installer;

import dev.mneme.installer.moving.ClaudeMemSource;
import dev.mneme.installer.moving.SessionFolders;
import dev.mneme.installer.moving.Source;
import dev.mneme.protocol.Json;
import dev.mneme.protocol.MnemeHome;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// `mneme import claude-mem`.
@CommandLine.Command(
        name = "claude-mem",
        mixinStandardHelpOptions = true,
        description = {
            "Take in a database of claude-mem, of any version: sessions, prompts, observations and",
            "summaries, with their times, projects, types, concepts, facts and files."
        },
        footer = {
            "",
            "Example:",
            "  mneme import claude-mem --dry-run",
            "  mneme import claude-mem ~/backup/claude-mem.db --project old-name=$HOME/shop"
        })
final class ImportClaudeMemCommand extends ImportSourceCommand {

    private static final String DATABASE = "claude-mem.db";
    private static final String FOLDER_KEY = "CLAUDE_MEM_DATA_DIR";

    @CommandLine.Parameters(
            paramLabel = "PATH",
            arity = "0..1",
            description = "The database. Default: where claude-mem keeps it.")
    private @Nullable Path path;

    @CommandLine.Option(
            names = "--again",
            description = "Bring back what was imported before and forgotten or closed since.")
    private boolean again;

    ImportClaudeMemCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    Source open() throws Failure, IOException {
        return ClaudeMemSource.open(
                path == null ? usual() : path,
                home(),
                names(),
                SessionFolders.below(surroundings().claude().directory().resolve("projects")));
    }

    @Override
    boolean again() {
        return again;
    }

    /// Where the environment or claude-mem's own settings say, else where it is by default.
    private Path usual() {
        Path folder = MnemeHome.userHome(surroundings().environment()).resolve(".claude-mem");
        String chosen = surroundings().environment().getOrDefault(FOLDER_KEY, "");
        if (chosen.isBlank()) {
            chosen = setting(folder.resolve("settings.json"));
        }
        return (chosen.isBlank() ? folder : Path.of(chosen)).resolve(DATABASE);
    }

    private static String setting(Path settings) {
        try {
            JsonNode tree = Json.tree(Files.readString(settings));
            String flat = tree.path(FOLDER_KEY).asString("");
            return flat.isBlank() ? tree.path("env").path(FOLDER_KEY).asString("") : flat;
        } catch (IOException | JacksonException none) {
            return "";
        }
    }
}
