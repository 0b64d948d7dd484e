package dev.mneme.console;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The files of the console, read once from the program. What is not named here is not served.
public final class ConsoleFiles {

    /// Everything comes from the daemon and goes to the daemon; no text becomes markup or script.
    public static final String CONTENT_SECURITY_POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
                    + " img-src 'self' data:; frame-ancestors 'none'; base-uri 'none';"
                    + " form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    private static final List<String> NAMES =
            List.of(
                    "index.html",
                    "console.css",
                    "icon.svg",
                    "app.js",
                    "api.js",
                    "dom.js",
                    "words.js",
                    "parts.js",
                    "live.js",
                    "search.js",
                    "sessions.js",
                    "observation.js",
                    "queue.js",
                    "projects.js",
                    "lessons.js",
                    "models.js",
                    "cost.js",
                    "health.js");

    /// One file as it is sent.
    ///
    /// @param path where it is served: the page at `/`, what it needs below `/console/`
    public record File(String path, String contentType, byte[] content) {}

    private final Map<String, File> files = new LinkedHashMap<>();

    public ConsoleFiles() {
        for (String name : NAMES) {
            String path = name.equals("index.html") ? "/" : "/console/" + name;
            files.put(path, new File(path, contentType(name), read(name)));
        }
    }

    public List<File> all() {
        return List.copyOf(files.values());
    }

    public boolean has(String path) {
        return files.containsKey(path);
    }

    private static byte[] read(String name) {
        try (InputStream in = ConsoleFiles.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the console lacks `" + name + "`");
            }
            return in.readAllBytes();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static String contentType(String name) {
        String ending = name.substring(name.lastIndexOf('.') + 1);
        return switch (ending) {
            case "html" -> "text/html; charset=utf-8";
            case "css" -> "text/css; charset=utf-8";
            case "js" -> "text/javascript; charset=utf-8";
            case "svg" -> "image/svg+xml";
            default -> throw new IllegalStateException("no content type for `" + name + "`");
        };
    }
}
