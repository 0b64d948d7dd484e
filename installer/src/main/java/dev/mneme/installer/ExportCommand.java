package dev.mneme.installer;

import dev.mneme.protocol.Bytes;
import dev.mneme.protocol.Json;
import dev.mneme.protocol.Wire;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;

import tools.jackson.databind.JsonNode;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/// `mneme export`: everything that is stored, as JSON lines.
@CommandLine.Command(
        name = "export",
        mixinStandardHelpOptions = true,
        description = {
            "Write everything that is stored as JSON lines, always in the same order.",
            "For `mneme import bundle` and for your own tools. It holds what you said: keep it",
            "private."
        },
        footer = {
            "",
            "Example:",
            "  mneme export memory.jsonl",
            "  mneme export --project shop | gzip > shop.jsonl.gz"
        })
final class ExportCommand extends Command {

    private static final Duration TIMEOUT = Duration.ofMinutes(1);

    @CommandLine.Parameters(
            paramLabel = "FILE",
            arity = "0..1",
            description = "Where to write to, readable by you alone. Default: stdout.")
    private @Nullable Path file;

    @CommandLine.Option(
            names = "--project",
            paramLabel = "PROJECT",
            description = "Only this project, by id, name, alias or path.")
    private @Nullable String project;

    ExportCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Failure, IOException {
        if (file == null) {
            var out = new BufferedOutputStream(terminal().out());
            write(out);
            out.flush();
            return DONE;
        }
        Path target = file.toAbsolutePath();
        Path folder = java.util.Objects.requireNonNull(target.getParent());
        // Made readable by its owner alone; what was there is replaced by a whole export or not at
        // all.
        Path temporary = Files.createTempFile(folder, ".mneme-export-", ".tmp");
        try {
            long lines;
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE);
                    var out = new BufferedOutputStream(Channels.newOutputStream(channel))) {
                lines = write(out);
                out.flush();
                channel.force(true);
            }
            Files.move(
                    temporary,
                    target,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            terminal()
                    .line(
                            lines
                                    + " records, "
                                    + Bytes.text(Files.size(target))
                                    + ", in `"
                                    + target
                                    + "`");
        } finally {
            Files.deleteIfExists(temporary);
        }
        return DONE;
    }

    private long write(OutputStream out) throws Failure, IOException {
        var calls = new RestCalls(daemon().client(), TIMEOUT);
        String first =
                RestCalls.with(
                        "/api/export",
                        "project",
                        project == null ? null : RestCalls.absolute(project));
        long lines = 0;
        String after = null;
        do {
            Wire.ExportResponse page =
                    calls.get(
                            "export",
                            RestCalls.with(first, "after", after),
                            Wire.ExportResponse.class);
            for (JsonNode record : page.records()) {
                out.write(Json.write(record).getBytes(StandardCharsets.UTF_8));
                out.write('\n');
                lines++;
            }
            after = page.next();
        } while (after != null);
        return lines;
    }
}
