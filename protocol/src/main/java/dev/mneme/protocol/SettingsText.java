package dev.mneme.protocol;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The text of `.env`: `KEY=value` lines, `#` comments, an optional `export`, and quotes as in a
/// shell. An edit changes one line and leaves the others alone.
public final class SettingsText {

    private SettingsText() {}

    public static Map<String, String> parse(String text) {
        var parsed = new HashMap<String, String>();
        for (String line : text.lines().toList()) {
            keyOf(line).ifPresent(key -> parsed.put(key, valueOf(line)));
        }
        return parsed;
    }

    /// The text with the key set: in the place of its last line, else of its example that a `#`
    /// keeps from counting, else at the end.
    public static String set(String text, String key, String value) {
        List<String> lines = lines(text);
        String wanted = key + "=" + quoted(value);
        int place = -1;
        int example = -1;
        for (int index = 0; index < lines.size(); index++) {
            String line = lines.get(index);
            if (keyOf(line).filter(key::equals).isPresent()) {
                place = index;
            } else if (line.strip().startsWith("#" + key + "=")) {
                example = index;
            }
        }
        if (place >= 0) {
            lines.set(place, wanted);
        } else if (example >= 0) {
            lines.add(example + 1, wanted);
        } else {
            lines.add(wanted);
        }
        return String.join("\n", lines) + "\n";
    }

    /// The text without the lines of the key.
    public static String unset(String text, String key) {
        List<String> lines = lines(text);
        return lines.removeIf(line -> keyOf(line).filter(key::equals).isPresent())
                ? String.join("\n", lines) + "\n"
                : text;
    }

    private static List<String> lines(String text) {
        return new ArrayList<>(text.lines().toList());
    }

    private static Optional<String> keyOf(String raw) {
        String line = withoutExport(raw.strip());
        int equals = line.indexOf('=');
        return line.startsWith("#") || equals <= 0
                ? Optional.empty()
                : Optional.of(line.substring(0, equals).strip());
    }

    private static String valueOf(String raw) {
        String line = withoutExport(raw.strip());
        return unquoted(line.substring(line.indexOf('=') + 1));
    }

    private static String withoutExport(String line) {
        return line.startsWith("export ") ? line.substring("export ".length()).strip() : line;
    }

    private static String unquoted(String raw) {
        String value = raw.strip();
        if (value.length() >= 2
                && ((value.startsWith("\"") && value.endsWith("\""))
                        || (value.startsWith("'") && value.endsWith("'")))) {
            return value.substring(1, value.length() - 1);
        }
        int comment = value.indexOf(" #");
        return comment < 0 ? value : value.substring(0, comment).strip();
    }

    /// Only where the value would otherwise be read as another one.
    private static String quoted(String value) {
        return unquoted(value).equals(value)
                ? value
                : value.contains("'") ? '"' + value + '"' : "'" + value + "'";
    }
}
