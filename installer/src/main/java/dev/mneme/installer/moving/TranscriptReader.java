package dev.mneme.installer.moving;

import dev.mneme.installer.Failure;

import tools.jackson.databind.JsonNode;

/// Reads one transcript, line by line.
interface TranscriptReader {

    void line(String where, JsonNode line) throws Failure, BadLine;

    /// Nothing more comes, and nobody writes to the file any more.
    void end() throws Failure;

    /// A line that cannot be used.
    final class BadLine extends Exception {

        private static final long serialVersionUID = 1L;

        BadLine(String reason) {
            super(reason);
        }
    }
}
