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

    private static final int LINE_CHARS_MAX = 100;

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
            String imports = RemoveUnusedImports.removeUnusedImports(wrapped(before));
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

    /// Wraps documentation lines that are too long; the formatter would break them into a comment
    /// of another kind. What does not fit goes to the front of the next line of its paragraph.
    private static String wrapped(String source) {
        var lines = new ArrayList<String>();
        String overflow = "";
        String indent = "";
        for (String line : source.split("\n", -1)) {
            if (!overflow.isEmpty()) {
                if (line.startsWith(indent + "/// ")
                        && Character.isLetter(line.charAt(indent.length() + 4))) {
                    line = indent + "/// " + overflow + line.substring(indent.length() + 3);
                } else {
                    lines.add(indent + "/// " + overflow);
                }
                overflow = "";
            }
            String text = line.stripLeading();
            int end = line.lastIndexOf(' ', LINE_CHARS_MAX);
            indent = line.substring(0, line.length() - text.length());
            if (line.length() > LINE_CHARS_MAX
                    && text.startsWith("/// ")
                    && end > indent.length() + 4) {
                overflow = line.substring(end + 1);
                line = line.substring(0, end);
            }
            lines.add(line);
        }
        return String.join("\n", lines);
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
