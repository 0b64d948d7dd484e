package dev.mneme.migrations.testkit;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/// Reads `TEST_DATABASE_URL`: `postgres://user:password@host:port/database`, with or without
/// `jdbc:` in front, user and password also as query parameters.
final class DatabaseUrl {

    private static final int DEFAULT_PORT = 5432;

    private DatabaseUrl() {}

    static TestServer.Address parse(String url) {
        String plain = url.startsWith("jdbc:") ? url.substring("jdbc:".length()) : url;
        try {
            URI uri = new URI(plain);
            if (uri.getHost() == null || uri.getPath() == null || uri.getPath().length() < 2) {
                throw new TestDatabaseUnavailable("`TEST_DATABASE_URL` names no host or database");
            }
            String[] login =
                    uri.getRawUserInfo() == null
                            ? new String[0]
                            : uri.getRawUserInfo().split(":", 2);
            String user = login.length > 0 ? decoded(login[0]) : parameter(uri, "user");
            String password = login.length > 1 ? decoded(login[1]) : parameter(uri, "password");
            int port = uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort();
            return new TestServer.Address(
                    "jdbc:postgresql://" + uri.getHost() + ":" + port + "/",
                    uri.getPath().substring(1),
                    user,
                    password);
        } catch (URISyntaxException broken) {
            throw new TestDatabaseUnavailable(
                    "`TEST_DATABASE_URL` is not a URL: " + broken.getReason());
        }
    }

    private static String parameter(URI uri, String name) {
        String query = uri.getRawQuery() == null ? "" : uri.getRawQuery();
        for (String part : query.split("&", -1)) {
            if (part.startsWith(name + "=")) {
                return decoded(part.substring(name.length() + 1));
            }
        }
        return "";
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
}
