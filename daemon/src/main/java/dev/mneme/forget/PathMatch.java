package dev.mneme.forget;

import dev.mneme.protocol.Json;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/// Whether a tool's payload is about a file at a path or under it.
final class PathMatch {

    /// Where the tools of the host name the file that they read or write.
    private static final List<String> FIELDS =
            List.of(
                    "/tool_input/file_path",
                    "/tool_input/notebook_path",
                    "/tool_response/filePath",
                    "/tool_response/file/filePath");

    private final Path wanted;

    PathMatch(String path) {
        this.wanted = Path.of(path).normalize();
    }

    /// @param folder what a relative name is relative to
    boolean isAbout(String payload, @Nullable String folder) {
        JsonNode tree;
        try {
            tree = Json.tree(payload);
        } catch (JacksonException notJson) {
            return payload.contains(wanted.toString());
        }
        for (String field : FIELDS) {
            JsonNode value = tree.at(field);
            if (value.isString() && covers(value.stringValue(), folder)) {
                return true;
            }
        }
        return false;
    }

    private boolean covers(String name, @Nullable String folder) {
        try {
            Path path = Path.of(name);
            if (!path.isAbsolute() && folder != null) {
                path = Path.of(folder).resolve(path);
            }
            return path.normalize().startsWith(wanted);
        } catch (InvalidPathException notAPath) {
            return false;
        }
    }
}
