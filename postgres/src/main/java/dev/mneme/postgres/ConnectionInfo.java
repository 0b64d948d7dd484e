package dev.mneme.postgres;

import java.util.Map;
import java.util.Properties;

/// Where the server listens and who may enter.
///
/// @param parameters further ones by the driver's names, such as `sslmode`
public record ConnectionInfo(
        String host,
        int port,
        String database,
        String user,
        String password,
        Map<String, String> parameters) {

    public ConnectionInfo {
        parameters = Map.copyOf(parameters);
    }

    public ConnectionInfo(String host, int port, String database, String user, String password) {
        this(host, port, database, user, password, Map.of());
    }

    /// Without user, password and parameters, so that it may be logged.
    public String jdbcUrl() {
        return jdbcUrl(database);
    }

    String jdbcUrl(String otherDatabase) {
        return "jdbc:postgresql://" + host + ":" + port + "/" + otherDatabase;
    }

    /// What the driver needs beside the URL. Fresh at every call; callers add their own.
    public Properties properties() {
        var properties = new Properties();
        properties.putAll(parameters);
        properties.setProperty("user", user);
        properties.setProperty("password", password);
        // Its default repeats row values in messages.
        properties.setProperty("logServerErrorDetail", "false");
        return properties;
    }

    /// Hides the password: connection values end up in logs and error messages.
    @Override
    public String toString() {
        return "ConnectionInfo[" + jdbcUrl() + ", user=" + user + ", password=(hidden)]";
    }
}
