package dev.mneme.migrations.testkit;

/// No database can be had. Tests fail with it, because a silent skip would look like success.
public final class TestDatabaseUnavailable extends RuntimeException {

    private static final String HINT =
            "\nhint: name a PostgreSQL 15 or newer with pgvector in `TEST_DATABASE_URL`, such as"
                    + " postgres://user:password@127.0.0.1:5432/postgres";

    TestDatabaseUnavailable(String message, Throwable cause) {
        super(message + " (" + cause.getMessage() + ")" + HINT, cause);
    }

    TestDatabaseUnavailable(String message) {
        super(message + HINT);
    }
}
