package dev.mneme.redaction;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The secret values of a project's `.env` files, which are hidden wherever they appear.
///
/// Looked for in the event's `cwd`: `.env`, `.env.local` and `.env.*.local`. A file that cannot be
/// read gives no values; an event is never held up by one.
public final class ProjectSecrets {

    /// For events without a project.
    public static final ProjectSecrets NONE = new ProjectSecrets(List.of());

    /// The kind of what is found by its value alone.
    static final String KIND = "env-value";

    private static final int FILES_MAX = 16;
    private static final int FILE_BYTES_MAX = 64 * 1024;
    private static final int VALUES_MAX = 256;
    private static final int VALUE_CHARS_MIN = 8;
    private static final int VALUE_CHARS_MAX = 4096;

    /// Under a name that promises a secret, `aaaaaaaa` is none and `hunter2-7` is one.
    private static final double NAMED_BITS_PER_CHAR_MIN = 2.0;

    private static final int CHARS = 65_536;

    private final List<String> values;

    /// Whether any value begins with a character.
    private final boolean[] first;

    ProjectSecrets(List<String> values) {
        this.values = List.copyOf(values);
        this.first = values.isEmpty() ? new boolean[0] : new boolean[CHARS];
        for (String value : this.values) {
            first[value.charAt(0)] = true;
        }
    }

    /// Those of the project that a hook's payload names as its `cwd`.
    public static ProjectSecrets ofEvent(byte[] payload) {
        Path folder = folderOrNull(payload);
        return folder == null ? NONE : in(folder);
    }

    static @Nullable Path folderOrNull(byte[] payload) {
        String cwd = TopLevelText.findOrNull(new String(payload, StandardCharsets.UTF_8), "cwd");
        if (cwd == null || cwd.isEmpty()) {
            return null;
        }
        try {
            Path folder = Path.of(cwd);
            return folder.isAbsolute() ? folder : null;
        } catch (InvalidPathException noPath) {
            return null;
        }
    }

    static ProjectSecrets in(Path folder) {
        List<String> values = new ArrayList<>();
        for (Path file : files(folder)) {
            read(file, values);
        }
        return values.isEmpty() ? NONE : new ProjectSecrets(values);
    }

    /// In a fixed order, so that hook and daemon keep the same values where there are too many.
    static List<Path> files(Path folder) {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, ".env*")) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                boolean local = name.startsWith(".env.") && name.endsWith(".local");
                if ((name.equals(".env") || local) && Files.isRegularFile(entry)) {
                    files.add(entry);
                }
            }
        } catch (IOException | RuntimeException unreadable) {
            return List.of();
        }
        files.sort(null);
        return files.size() > FILES_MAX ? files.subList(0, FILES_MAX) : files;
    }

    /// Whether there is nothing to hide by its value alone.
    public boolean isEmpty() {
        return values.isEmpty();
    }

    /// The end of the longest value that stands at a place, or -1.
    int endAt(String text, int start) {
        if (!first[text.charAt(start)]) {
            return -1;
        }
        int end = -1;
        for (String value : values) {
            if (start + value.length() > end && text.startsWith(value, start)) {
                end = start + value.length();
            }
        }
        return end;
    }

    private static void read(Path file, List<String> values) {
        String text;
        try (InputStream in = Files.newInputStream(file)) {
            text = new String(in.readNBytes(FILE_BYTES_MAX), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            return;
        }
        int start = 0;
        while (start < text.length() && values.size() < VALUES_MAX) {
            int end = text.indexOf('\n', start);
            if (end < 0) {
                end = text.length();
            }
            add(text.substring(start, end).strip(), values);
            start = end + 1;
        }
    }

    private static void add(String line, List<String> values) {
        int equals = line.indexOf('=');
        if (equals <= 0 || line.charAt(0) == '#') {
            return;
        }
        String name = line.substring(0, equals).strip();
        if (name.startsWith("export ")) {
            name = name.substring("export ".length()).strip();
        }
        String value = unquoted(line.substring(equals + 1).strip());
        boolean isUrl = value.contains("://");
        if (isUrl) {
            value = passwordOfUrl(value);
        }
        if (isSecret(isUrl || promises(name), value) && !values.contains(value)) {
            values.add(value);
        }
    }

    private static String unquoted(String value) {
        if (value.isEmpty()) {
            return value;
        }
        char quote = value.charAt(0);
        if (quote == '"' || quote == '\'' || quote == '`') {
            int end = value.indexOf(quote, 1);
            return end < 0 ? value.substring(1) : value.substring(1, end);
        }
        int comment = value.indexOf(" #");
        return comment < 0 ? value : value.substring(0, comment).strip();
    }

    /// A URL is no secret, the password in it is one.
    private static String passwordOfUrl(String value) {
        int scheme = value.indexOf("://");
        int at = value.lastIndexOf('@');
        int colon = value.indexOf(':', scheme + 3);
        return colon >= 0 && at > colon ? value.substring(colon + 1, at) : "";
    }

    private static boolean isSecret(boolean promised, String value) {
        int length = value.length();
        if (length < VALUE_CHARS_MIN || length > VALUE_CHARS_MAX) {
            return false;
        }
        if (promised) {
            return SecretValues.isSecret(value, false, SecretValues.Style.SETTING)
                    && Randomness.bitsPerChar(value, 0, length) >= NAMED_BITS_PER_CHAR_MIN;
        }
        return value.indexOf('.') < 0
                && value.indexOf('/') < 0
                && Randomness.isLikelyValue(value, 0, length);
    }

    private static boolean promises(String name) {
        if (SecretKeys.kindOrNull(name) != null) {
            return true;
        }
        String[] endings = {"KEY", "PASS", "PW", "AUTH", "SALT", "DSN", "PIN"};
        for (String ending : endings) {
            int start = name.length() - ending.length();
            if (start >= 0 && name.regionMatches(true, start, ending, 0, ending.length())) {
                return true;
            }
        }
        return false;
    }
}
