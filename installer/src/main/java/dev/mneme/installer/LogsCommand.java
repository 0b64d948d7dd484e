package dev.mneme.installer;

import picocli.CommandLine;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// `mneme logs`.
@CommandLine.Command(
        name = "logs",
        mixinStandardHelpOptions = true,
        description = "Show the end of the logs of the daemon.",
        footer = {"", "Example:", "  mneme logs -f"})
final class LogsCommand extends Command {

    private static final int LINES_DEFAULT = 50;

    /// How much of the end of each file is looked at.
    private static final int TAIL_BYTES_MAX = 256 * 1024;

    private static final Duration FOLLOW_INTERVAL = Duration.ofMillis(500);

    @CommandLine.Option(
            names = {"-f", "--follow"},
            description = "Keep showing new lines until interrupted.")
    private boolean follow;

    @CommandLine.Option(
            names = {"-n", "--lines"},
            paramLabel = "COUNT",
            description = "How many lines of each file (default: ${DEFAULT-VALUE}).")
    private int lines = LINES_DEFAULT;

    LogsCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Exception {
        List<Path> files = files();
        if (files.isEmpty()) {
            throw new Failure(
                    "there are no logs in `" + home().log() + "`",
                    "they appear when the daemon has run: `mneme start`");
        }
        Map<Path, Long> shown = new HashMap<>();
        for (Path file : files) {
            if (files.size() > 1) {
                terminal().line("==> " + file + " <==");
            }
            Piece end = piece(file, Files.size(file) - TAIL_BYTES_MAX);
            List<String> tail = end.text().lines().toList();
            tail.subList(Math.max(0, tail.size() - lines), tail.size()).forEach(terminal()::line);
            shown.put(file, end.until());
        }
        while (follow) {
            Thread.sleep(FOLLOW_INTERVAL);
            for (Path file : files()) {
                long from = shown.getOrDefault(file, 0L);
                long size = Files.size(file);
                if (size != from) {
                    // A shorter file was rotated: it starts over.
                    Piece more = piece(file, size < from ? 0 : from);
                    terminal().out().print(more.text());
                    terminal().out().flush();
                    shown.put(file, more.until());
                }
            }
        }
        return DONE;
    }

    private List<Path> files() throws IOException {
        if (!Files.isDirectory(home().log())) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(home().log())) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    /// What was read of a file, and up to where: it grows while it is read.
    private record Piece(String text, long until) {}

    private static Piece piece(Path file, long from) throws IOException {
        long start = Math.max(0, from);
        try (InputStream in = Files.newInputStream(file)) {
            in.skipNBytes(start);
            byte[] bytes = in.readAllBytes();
            return new Piece(new String(bytes, StandardCharsets.UTF_8), start + bytes.length);
        }
    }
}
