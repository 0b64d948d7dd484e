package dev.mneme.installer;

import dev.mneme.installer.moving.Source;
import dev.mneme.installer.moving.TranscriptSource;
import dev.mneme.protocol.MnemeHome;

import picocli.CommandLine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// `mneme import transcripts`.
@CommandLine.Command(
        name = "transcripts",
        mixinStandardHelpOptions = true,
        description = {
            "Take in past sessions from what agents wrote down: Claude Code, Codex. They go the way",
            "of live ones; what was captured when it happened is recognised and not doubled."
        },
        footer = {
            "",
            "Example:",
            "  mneme import transcripts --dry-run",
            "  mneme import transcripts ~/.claude/projects/-home-me-shop"
        })
final class ImportTranscriptsCommand extends ImportSourceCommand {

    @CommandLine.Parameters(
            paramLabel = "PATH",
            arity = "0..*",
            description =
                    "Transcripts, or folders with transcripts below. Default: where Claude Code and"
                            + " Codex keep them.")
    private List<Path> places = new ArrayList<>();

    ImportTranscriptsCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    Source open() throws Failure, IOException {
        List<Path> chosen = places.isEmpty() ? usual() : places;
        if (chosen.isEmpty()) {
            throw new Failure(
                    "there are no transcripts where Claude Code and Codex keep them",
                    "name a folder, as in `mneme import transcripts ~/.claude/projects`");
        }
        return new TranscriptSource(chosen, Clock.systemUTC());
    }

    private List<Path> usual() {
        Map<String, String> environment = surroundings().environment();
        String codex = environment.getOrDefault("CODEX_HOME", "");
        Path codexHome =
                codex.isBlank()
                        ? MnemeHome.userHome(environment).resolve(".codex")
                        : Path.of(codex);
        return List.of(
                        surroundings().claude().directory().resolve("projects"),
                        codexHome.resolve("sessions"))
                .stream()
                .filter(Files::isDirectory)
                .toList();
    }
}
