package dev.mneme.hook;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Reads a spool the way the daemon does, and checks each file's name and first line. What is not
/// complete has another name and is left to the daemon's sweep.
final class SpooledEvents {

    record Event(String event, String startedAt, String eventId, String payload) {}

    private SpooledEvents() {}

    static List<Event> of(Path home) throws IOException {
        Path spool = home.resolve("spool");
        if (!Files.isDirectory(spool)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(spool)) {
            return files.filter(SpooledEvents::isComplete)
                    .sorted()
                    .map(SpooledEvents::read)
                    .toList();
        }
    }

    private static boolean isComplete(Path file) {
        return !file.getFileName().toString().startsWith(Spool.TEMPORARY_PREFIX);
    }

    private static Event read(Path file) {
        try {
            String name = file.getFileName().toString();
            assertThat(name).matches("[0-9]{13}-[0-9a-f-]{36}\\.event");
            String content = Files.readString(file);
            int lineEnd = content.indexOf('\n');
            String[] head = content.substring(0, lineEnd).split(" ", -1);
            assertThat(head).hasSize(5);
            assertThat(head[0]).isEqualTo("mneme-spool");
            assertThat(head[1]).isEqualTo("1");
            assertThat(name).endsWith("-" + head[4] + ".event");
            assertThat(Files.getPosixFilePermissions(file)).hasSize(2);
            return new Event(head[2], head[3], head[4], content.substring(lineEnd + 1));
        } catch (IOException unreadable) {
            throw new AssertionError("cannot read " + file, unreadable);
        }
    }
}
