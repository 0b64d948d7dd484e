package dev.mneme.installer;

import dev.mneme.installer.moving.AgentMemorySource;
import dev.mneme.installer.moving.Source;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;

import java.util.Objects;

/// `mneme import agent-memory`.
@CommandLine.Command(
        name = "agent-memory",
        mixinStandardHelpOptions = true,
        description = {
            "Take in the PostgreSQL database of agent-memory: sessions, prompts, observations and",
            "lessons. It is read in one read-only transaction."
        },
        footer = {
            "",
            "Example:",
            "  mneme import agent-memory postgresql://me:secret@127.0.0.1:5433/agent_memory"
        })
final class ImportAgentMemoryCommand extends ImportSourceCommand {

    @CommandLine.Parameters(
            paramLabel = "URL",
            description = "The database, as `postgresql://user:password@host:port/database`.")
    private @Nullable String url;

    @CommandLine.Option(
            names = "--again",
            description = "Bring back what was imported before and forgotten or closed since.")
    private boolean again;

    ImportAgentMemoryCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    Source open() throws Failure {
        return AgentMemorySource.open(Objects.requireNonNull(url), names());
    }

    @Override
    boolean again() {
        return again;
    }
}
