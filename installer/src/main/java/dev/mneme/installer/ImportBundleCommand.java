package dev.mneme.installer;

import dev.mneme.installer.moving.BundleSource;
import dev.mneme.installer.moving.Source;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;

import java.io.IOException;
import java.nio.file.Path;

/// `mneme import bundle`.
@CommandLine.Command(
        name = "bundle",
        mixinStandardHelpOptions = true,
        description = {
            "Take in what `mneme export` wrote, on this machine or another: everything that was",
            "captured and made of it. Search finds it at once; vectors are made anew."
        },
        footer = {"", "Example:", "  mneme import bundle memory.jsonl"})
final class ImportBundleCommand extends ImportSourceCommand {

    @CommandLine.Parameters(paramLabel = "FILE", description = "What `mneme export` wrote.")
    private @Nullable Path file;

    @CommandLine.Option(
            names = "--again",
            description = "Bring back what was imported before and forgotten or closed since.")
    private boolean again;

    ImportBundleCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    Source open() throws Failure, IOException {
        return new BundleSource(java.util.Objects.requireNonNull(file));
    }

    @Override
    boolean again() {
        return again;
    }
}
