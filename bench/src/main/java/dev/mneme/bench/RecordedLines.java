package dev.mneme.bench;

import dev.mneme.protocol.Json;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/// The lines of a recording, each with its number and its hash.
final class RecordedLines {

    /// @param number counted from 1
    record Line(int number, byte[] bytes) {

        /// The object on this line; nothing for one that was cut, or glued to its neighbour.
        Optional<ObjectNode> object() {
            try {
                return Json.tree(new String(bytes, StandardCharsets.UTF_8))
                                instanceof ObjectNode object
                        ? Optional.of(object)
                        : Optional.empty();
            } catch (JacksonException broken) {
                return Optional.empty();
            }
        }

        String hash() {
            try {
                return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
            } catch (NoSuchAlgorithmException everyJavaHasIt) {
                throw new IllegalStateException(everyJavaHasIt);
            }
        }
    }

    private RecordedLines() {}

    static List<Line> of(Path file) throws IOException {
        byte[] all = Files.readAllBytes(file);
        var lines = new ArrayList<Line>();
        int start = 0;
        for (int at = 0; at <= all.length; at++) {
            if (at == all.length || all[at] == '\n') {
                lines.add(new Line(lines.size() + 1, Arrays.copyOfRange(all, start, at)));
                start = at + 1;
            }
        }
        return lines;
    }
}
