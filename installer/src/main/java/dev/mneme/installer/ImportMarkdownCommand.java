package dev.mneme.installer;

import dev.mneme.installer.moving.MarkdownSource;
import dev.mneme.installer.moving.Source;

import picocli.CommandLine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// `mneme import markdown`.
@CommandLine.Command(
        name = "markdown",
        mixinStandardHelpOptions = true,
        description = {
            "Take in notes for agents: `CLAUDE.md` and the files of Claude Code's auto memory. Each",
            "section becomes a memory of its project."
        },
        footer = {
            "",
            "Example:",
            "  mneme import markdown --dry-run",
            "  mneme import markdown docs/decisions --project decisions=shop"
        })
final class ImportMarkdownCommand extends ImportSourceCommand {

    @CommandLine.Parameters(
            paramLabel = "PATH",
            arity = "0..*",
            description =
                    "Markdown files, or folders with such files. Default: `CLAUDE.md` of the current"
                            + " folder, and the auto memory of all projects.")
    private List<Path> places = new ArrayList<>();

    @CommandLine.Option(
            names = "--again",
            description = "Bring back what was imported before and forgotten or closed since.")
    private boolean again;

    ImportMarkdownCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    Source open() throws Failure, IOException {
        List<Path> chosen = places.isEmpty() ? usual() : places;
        if (chosen.isEmpty()) {
            throw new Failure(
                    "there is no `CLAUDE.md` here, and Claude Code keeps no auto memory",
                    "name a file, as in `mneme import markdown notes.md`");
        }
        return new MarkdownSource(chosen, names());
    }

    @Override
    boolean again() {
        return again;
    }

    private List<Path> usual() throws IOException {
        var usual = new ArrayList<Path>();
        Path here = Path.of("").toAbsolutePath();
        Stream.of("CLAUDE.md", "CLAUDE.local.md", ".claude/CLAUDE.md")
                .map(here::resolve)
                .forEach(usual::add);
        Path projects = surroundings().claude().directory().resolve("projects");
        if (Files.isDirectory(projects)) {
            try (Stream<Path> all = Files.list(projects)) {
                all.sorted().map(project -> project.resolve("memory")).forEach(usual::add);
            }
        }
        return usual.stream().filter(Files::exists).toList();
    }
}
