package dev.mneme.postgres;

/// Where the server listens and who may enter.
public record ConnectionInfo(String host, int port, String database, String user, String password) {

    /// Without user and password, so that it may be logged.
    public String jdbcUrl() {
        return jdbcUrl(database);
    }

    String jdbcUrl(String otherDatabase) {
        return "jdbc:postgresql://" + host + ":" + port + "/" + otherDatabase;
    }

    /// Hides the password: connection values end up in logs and error messages.
    @Override
    public String toString() {
        return "ConnectionInfo[" + jdbcUrl() + ", user=" + user + ", password=(hidden)]";
    }
}
