import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.ImportOrderer;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import com.google.googlejavaformat.java.RemoveUnusedImports;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Checks (`check`) or mends (`fix`) the format of every Java source below a root.
///
/// A source file of its own, run by the `java` launcher, because Maven may run on a Java that the
/// formatter cannot load into.
final class Format {

    private Format() {}

    public static void main(String[] arguments) throws Exception {
        boolean fix = arguments[0].equals("fix");
        Path root = Path.of(arguments[1]);
        var formatter =
                new Formatter(
                        JavaFormatterOptions.builder()
                                .style(JavaFormatterOptions.Style.AOSP)
                                .build());
        var unformatted = new ArrayList<Path>();
        for (Path source : sources(root)) {
            String before = Files.readString(source, StandardCharsets.UTF_8);
            String imports = RemoveUnusedImports.removeUnusedImports(before);
            String ordered = ImportOrderer.reorderImports(imports, JavaFormatterOptions.Style.AOSP);
            String after = formatter.formatSource(ordered);
            if (before.equals(after)) {
                continue;
            }
            if (fix) {
                Files.writeString(source, after, StandardCharsets.UTF_8);
            }
            unformatted.add(root.relativize(source));
        }
        for (Path source : unformatted) {
            System.err.println((fix ? "formatted " : "not formatted: ") + source);
        }
        if (!fix && !unformatted.isEmpty()) {
            System.err.println("hint: mend them with `mvn -N validate -Dmneme.format.fix`");
            System.exit(1);
        }
    }

    private static List<Path> sources(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !root.relativize(file).toString().contains("target"))
                    .sorted()
                    .toList();
        }
    }
}
