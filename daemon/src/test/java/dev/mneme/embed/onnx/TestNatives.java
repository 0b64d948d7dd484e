package dev.mneme.embed.onnx;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// Where this process keeps its native libraries; removed with it.
public final class TestNatives {

    public static final Path FOLDER = create();

    private TestNatives() {}

    private static Path create() {
        try {
            Path folder = Files.createTempDirectory("mneme-natives-");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
            return folder;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> all = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : all) {
                Files.delete(file);
            }
        } catch (IOException leftOver) {
            System.err.println("cannot remove " + folder);
        }
    }
}
