package dev.mneme.postgres;

import java.util.List;

/// Whether the server can be given the extension `vector`.
public sealed interface PgvectorResult {

    /// `CREATE EXTENSION vector` works; proven in a scratch server.
    ///
    /// @param version the extension's default version, such as `0.8.0`
    /// @param how where it came from, in words
    record Provided(String version, String how) implements PgvectorResult {}

    /// No way worked. The server runs all the same, without vector search.
    ///
    /// @param attempts every way that was tried, in order
    record Unavailable(List<Attempt> attempts) implements PgvectorResult {

        public Unavailable {
            attempts = List.copyOf(attempts);
        }

        public String hint() {
            return "install pgvector for PostgreSQL 17 (on Debian and Ubuntu the package"
                    + " postgresql-17-pgvector, on macOS `brew install pgvector`), or put vector.so,"
                    + " vector.control and vector--*.sql into a folder and name it in `"
                    + PgvectorProvider.FOLDER_KEY
                    + "`";
        }
    }

    /// One way that was tried and did not work.
    record Attempt(String way, String outcome) {}
}
