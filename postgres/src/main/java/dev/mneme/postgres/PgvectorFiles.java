package dev.mneme.postgres;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The files that make up the extension: one library, one control file, and SQL scripts.
record PgvectorFiles(Path library, Path control, List<Path> scripts) {

    private static final List<String> LIBRARY_NAMES =
            List.of("vector.so", "vector.dylib", "vector.dll");
    private static final Pattern VERSION =
            Pattern.compile("(?m)^\\s*default_version\\s*=\\s*'([^']+)'");

    PgvectorFiles {
        scripts = List.copyOf(scripts);
    }

    /// The extension's files in these two folders (which may be one), if they are all there.
    static Optional<PgvectorFiles> in(Path libraries, Path extensions) throws IOException {
        Optional<Path> library =
                LIBRARY_NAMES.stream()
                        .map(libraries::resolve)
                        .filter(Files::isRegularFile)
                        .findFirst();
        Path control = extensions.resolve("vector.control");
        if (library.isEmpty() || !Files.isRegularFile(control)) {
            return Optional.empty();
        }
        List<Path> scripts;
        try (Stream<Path> files = Files.list(extensions)) {
            scripts =
                    files.filter(file -> file.getFileName().toString().matches("vector--.+\\.sql"))
                            .sorted()
                            .toList();
        }
        return scripts.isEmpty()
                ? Optional.empty()
                : Optional.of(new PgvectorFiles(library.get(), control, scripts));
    }

    String version() throws IOException {
        Matcher matcher = VERSION.matcher(Files.readString(control));
        if (!matcher.find()) {
            throw new IOException("`" + control + "` names no default_version");
        }
        return matcher.group(1);
    }

    /// The control file comes last: without it the extension does not exist for the server.
    void copyInto(Path libraries, Path extensions) throws IOException {
        PrivateFiles.createDirectories(libraries);
        PrivateFiles.createDirectories(extensions);
        var ordered = new ArrayList<Path>(scripts);
        ordered.add(control);
        PrivateFiles.copyAtomically(library, libraries.resolve(library.getFileName().toString()));
        for (Path file : ordered) {
            PrivateFiles.copyAtomically(file, extensions.resolve(file.getFileName().toString()));
        }
    }
}
