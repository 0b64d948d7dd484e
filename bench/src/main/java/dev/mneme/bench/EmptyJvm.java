package dev.mneme.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;

/// A JVM that does nothing, to compare ours with.
final class EmptyJvm {

    private EmptyJvm() {}

    /// A jar with `EmptyMain` and nothing else, made in `folder`.
    static Path jar(Path folder) throws IOException {
        Path jar = folder.resolve("empty.jar");
        String name = EmptyMain.class.getName().replace('.', '/') + ".class";
        try (var out = new JarOutputStream(Files.newOutputStream(jar));
                InputStream in =
                        Objects.requireNonNull(
                                EmptyMain.class.getClassLoader().getResourceAsStream(name))) {
            out.putNextEntry(new JarEntry(name));
            in.transferTo(out);
        }
        return jar;
    }

    /// As anyone starts a program: no options, and what the JDK shares by itself.
    static List<String> plain(Path folder) throws IOException {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                jar(folder).toString(),
                EmptyMain.class.getName());
    }
}
