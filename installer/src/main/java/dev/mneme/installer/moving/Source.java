package dev.mneme.installer.moving;

import dev.mneme.installer.Failure;

import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.util.Map;

/// Memory that somebody else keeps, read from beginning to end as records for `POST /api/import`.
///
/// What is read is the same at every reading, uids too: that makes it harmless to read it again.
public interface Source extends AutoCloseable {

    /// As in `claude-mem`.
    String name();

    /// What is there, counted before anything is read: the name of each kind with how many there
    /// are, in the order in which a person wants to see them.
    Map<String, Long> contents();

    /// What `Sink.done` comes to in the end.
    long work();

    /// Reads everything. What cannot be read is handed to `Sink.bad`, and the rest goes on.
    void read(Sink sink) throws Failure, IOException;

    @Override
    void close() throws IOException;

    /// Takes what a source reads.
    interface Sink {

        /// One record more.
        ///
        /// @param where it was read, as in `observations row 12`
        void record(String where, ObjectNode record) throws Failure;

        /// What cannot be read, and why.
        void bad(String where, String reason);

        /// What is left out on purpose, as in `prompts without text`.
        void leftOut(String what);

        /// So much more of the work is done.
        void done(long work);
    }
}
