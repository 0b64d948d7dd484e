package dev.mneme.protocol.models;

import dev.mneme.protocol.MnemeHome;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.Map;
import java.util.Optional;

/// Where models come from instead of the hub: `MNEME_MODEL_MIRROR`, an address that takes the place
/// of scheme and host. What comes from there is checked like everything else.
public final class Mirror {

    static final String KEY = "MNEME_MODEL_MIRROR";

    private final Optional<String> base;

    private Mirror(Optional<String> base) {
        this.base = base;
    }

    /// From the environment, or else from `.env`.
    public static Mirror of(MnemeHome home, Map<String, String> environment)
            throws PullFailure, IOException {
        String set = environment.getOrDefault(KEY, "");
        String value = (set.isBlank() ? inSettings(home) : set).strip();
        if (value.isEmpty()) {
            return new Mirror(Optional.empty());
        }
        try {
            URI uri = URI.create(value);
            if (uri.getHost() == null || !Download.isHttp(uri)) {
                throw new IllegalArgumentException("no address");
            }
        } catch (IllegalArgumentException unreadable) {
            throw new PullFailure(
                    "`" + KEY + "` is no http or https address",
                    "set it to one such as https://models.example.org");
        }
        return new Mirror(Optional.of(value.replaceAll("/+$", "")));
    }

    /// Where a file of the registry is to be had.
    public URI addressOf(String original) {
        URI uri = URI.create(original);
        return base.map(
                        instead ->
                                URI.create(
                                        instead
                                                + uri.getRawPath()
                                                + (uri.getRawQuery() == null
                                                        ? ""
                                                        : "?" + uri.getRawQuery())))
                .orElse(uri);
    }

    private static String inSettings(MnemeHome home) throws IOException {
        try {
            return Files.readAllLines(home.settings()).stream()
                    .map(String::strip)
                    .filter(line -> line.startsWith(KEY + "="))
                    .map(line -> line.substring(KEY.length() + 1).strip())
                    .map(value -> value.replaceAll("^[\"']|[\"']$", ""))
                    .reduce("", (before, last) -> last);
        } catch (NoSuchFileException none) {
            return "";
        }
    }
}
