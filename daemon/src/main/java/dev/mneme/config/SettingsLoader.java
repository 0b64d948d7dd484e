package dev.mneme.config;

import dev.mneme.config.Settings.ExternalDatabase;
import dev.mneme.config.Settings.Secret;
import dev.mneme.protocol.SettingsText;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// Reads settings: the `.env` file first, the environment over it.
///
/// The keys of the reference systems keep their meaning. Keys nobody knows are left alone, because
/// the environment and a shared `.env` are full of them.
public final class SettingsLoader {

    private static final int DATABASE_PORT_DEFAULT = 5432;
    private static final int ATTEMPTS_MAX_DEFAULT = 5;
    private static final int ATTEMPTS_MAX_LARGEST = 100;
    private static final Duration POLL_INTERVAL_DEFAULT = Duration.ofSeconds(5);
    private static final long POLL_SECONDS_MAX = 3_600;
    private static final Duration TURN_IDLE_DEFAULT = Duration.ofSeconds(60);
    private static final long TURN_IDLE_SECONDS_MAX = 3_600;
    private static final long DAYS_KEPT_DEFAULT = 30;
    private static final long RECORD_DAYS_DEFAULT = 365;
    private static final long DAYS_MAX = 36_500;

    /// What became of an event can be asked for a week at least.
    private static final long QUEUE_DAYS_MIN = 7;

    /// The names that PostgreSQL's own programs, its driver and asyncpg know, and what the driver
    /// calls them. Not all of the driver's: some of those make it load a class or write a log.
    private static final Map<String, String> DATABASE_PARAMETERS =
            Map.ofEntries(
                    Map.entry("user", "user"),
                    Map.entry("password", "password"),
                    Map.entry("sslmode", "sslmode"),
                    Map.entry("ssl", "sslmode"),
                    Map.entry("sslrootcert", "sslrootcert"),
                    Map.entry("sslcert", "sslcert"),
                    Map.entry("sslkey", "sslkey"),
                    Map.entry("sslpassword", "sslpassword"),
                    Map.entry("channel_binding", "channelBinding"),
                    Map.entry("channelBinding", "channelBinding"),
                    Map.entry("connect_timeout", "connectTimeout"),
                    Map.entry("connectTimeout", "connectTimeout"),
                    Map.entry("options", "options"),
                    Map.entry("currentSchema", "currentSchema"));
    /// One change to a list of names: `Name`, `-Name`, `Beginning*`.
    private static final Pattern NAME_CHANGE = Pattern.compile("-?[\\w.:-]{1,200}\\*?");
    private static final long SESSION_TOKENS_DEFAULT = 2_000;
    private static final long SESSION_TOKENS_MAX = 8_000;
    private static final long PROMPT_HITS_MAX = 3;
    private static final long FORGET_DAYS_DEFAULT = 7;

    /// Who forgets means it.
    private static final long FORGET_DAYS_MAX = 365;

    private static final Pattern LANGUAGE = Pattern.compile("[a-z_]{1,40}");

    private final List<String> problems = new ArrayList<>();
    private final Map<String, String> values;

    private SettingsLoader(Map<String, String> values) {
        this.values = values;
    }

    /// Throws `SettingsException` with every problem found.
    public static Settings load(Path envFile, Map<String, String> environment) {
        var values = new HashMap<String, String>();
        try {
            values.putAll(SettingsText.parse(Files.readString(envFile)));
        } catch (NoSuchFileException absent) {
            // A fresh home has none; everything has a default.
        } catch (IOException unreadable) {
            throw new SettingsException(
                    List.of("cannot read `" + envFile + "` (" + unreadable.getMessage() + ")"));
        }
        values.putAll(environment);
        return new SettingsLoader(values).settings();
    }

    private Settings settings() {
        var settings =
                new Settings(
                        port(),
                        external(),
                        language(),
                        Duration.ofSeconds(
                                number(
                                        "QUEUE_POLL_INTERVAL",
                                        POLL_INTERVAL_DEFAULT.toSeconds(),
                                        1,
                                        POLL_SECONDS_MAX)),
                        (int)
                                number(
                                        "QUEUE_MAX_RETRIES",
                                        ATTEMPTS_MAX_DEFAULT,
                                        1,
                                        ATTEMPTS_MAX_LARGEST),
                        Duration.ofSeconds(
                                number(
                                        "MNEME_TURN_IDLE_SECONDS",
                                        TURN_IDLE_DEFAULT.toSeconds(),
                                        1,
                                        TURN_IDLE_SECONDS_MAX)),
                        Duration.ofDays(
                                number("MNEME_PAYLOAD_DAYS", DAYS_KEPT_DEFAULT, 1, DAYS_MAX)),
                        Duration.ofDays(
                                number(
                                        "MNEME_QUEUE_DAYS",
                                        DAYS_KEPT_DEFAULT,
                                        QUEUE_DAYS_MIN,
                                        DAYS_MAX)),
                        Duration.ofDays(
                                number(
                                        "MNEME_EVENT_DAYS",
                                        RECORD_DAYS_DEFAULT,
                                        DAYS_KEPT_DEFAULT,
                                        DAYS_MAX)),
                        Duration.ofDays(
                                number("MNEME_CLOSED_DAYS", RECORD_DAYS_DEFAULT, 1, DAYS_MAX)),
                        names("MNEME_SKIP_TOOLS"),
                        names("MNEME_READ_ONLY_AGENTS"),
                        Duration.ofDays(
                                number(
                                        "MNEME_FORGET_DAYS",
                                        FORGET_DAYS_DEFAULT,
                                        1,
                                        FORGET_DAYS_MAX)),
                        value("MNEME_PGVECTOR_DIR").map(Path::of),
                        (int)
                                number(
                                        "MNEME_SESSION_TOKENS",
                                        SESSION_TOKENS_DEFAULT,
                                        0,
                                        SESSION_TOKENS_MAX),
                        (int) number("MNEME_PROMPT_HITS", 0, 0, PROMPT_HITS_MAX),
                        ExtractionKeys.read(values, problems));
        if (!problems.isEmpty()) {
            throw new SettingsException(problems);
        }
        return settings;
    }

    private Optional<Integer> port() {
        String key = value("MNEME_PORT").isPresent() ? "MNEME_PORT" : "PORT";
        return value(key).isEmpty()
                ? Optional.empty()
                : Optional.of((int) number(key, 0, 1, 65_535));
    }

    private Optional<ExternalDatabase> external() {
        Optional<String> url = value("DATABASE_URL").or(() -> value("AGENT_MEMORY_DATABASE_URL"));
        if (url.isPresent()) {
            return fromUrl(url.get());
        }
        if (value("POSTGRES_HOST").isEmpty() && value("POSTGRES_PASSWORD").isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                new ExternalDatabase(
                        value("POSTGRES_HOST").orElse("localhost"),
                        (int) number("POSTGRES_PORT", DATABASE_PORT_DEFAULT, 1, 65_535),
                        value("POSTGRES_DB").orElse("agent_memory"),
                        value("POSTGRES_USER").orElse("agentmem"),
                        new Secret(value("POSTGRES_PASSWORD").orElse(""))));
    }

    /// Accepts `postgresql://user:password@host:port/database?sslmode=require`, with the schemes of
    /// the reference systems (`postgres`, `postgresql+asyncpg`) and a leading `jdbc:`. The value
    /// itself is never repeated in a message: it holds a password.
    private Optional<ExternalDatabase> fromUrl(String url) {
        String plain = url.startsWith("jdbc:") ? url.substring("jdbc:".length()) : url;
        int scheme = plain.indexOf("://");
        if (scheme < 0 || !plain.toLowerCase(Locale.ROOT).startsWith("postgres")) {
            problems.add("`DATABASE_URL` is not a `postgresql://user:password@host:port/database`");
            return Optional.empty();
        }
        try {
            URI uri = URI.create("postgresql" + plain.substring(scheme));
            String database = uri.getPath() == null ? "" : uri.getPath().replaceFirst("^/", "");
            String credentials = uri.getRawUserInfo() == null ? "" : uri.getRawUserInfo();
            if (uri.getHost() == null || database.isEmpty()) {
                problems.add("`DATABASE_URL` names no host or no database");
                return Optional.empty();
            }
            int colon = credentials.indexOf(':');
            String user = decoded(colon < 0 ? credentials : credentials.substring(0, colon));
            String password = colon < 0 ? "" : decoded(credentials.substring(colon + 1));
            Map<String, String> parameters = parameters(uri.getRawQuery());
            String userInQuery = parameters.remove("user");
            String passwordInQuery = parameters.remove("password");
            return Optional.of(
                    new ExternalDatabase(
                            uri.getHost(),
                            uri.getPort() < 0 ? DATABASE_PORT_DEFAULT : uri.getPort(),
                            database,
                            user.isEmpty() && userInQuery != null ? userInQuery : user,
                            new Secret(
                                    password.isEmpty() && passwordInQuery != null
                                            ? passwordInQuery
                                            : password),
                            parameters));
        } catch (IllegalArgumentException unreadable) {
            problems.add("`DATABASE_URL` cannot be read as an address");
            return Optional.empty();
        }
    }

    /// What stands behind the `?`, by the driver's names. An unknown one is an error: whoever wrote
    /// it relies on it.
    private Map<String, String> parameters(@Nullable String query) {
        var parameters = new HashMap<String, String>();
        for (String part : query == null ? List.<String>of() : List.of(query.split("&", -1))) {
            int equals = part.indexOf('=');
            String name = equals < 0 ? part : part.substring(0, equals);
            String known = DATABASE_PARAMETERS.get(name);
            if (known != null && equals > 0) {
                String value = decoded(part.substring(equals + 1));
                parameters.put(known, name.equals("ssl") ? sslMode(value) : value);
            } else if (!part.isEmpty()) {
                problems.add(
                        "`DATABASE_URL` has a parameter `"
                                + name
                                + "` that is not one of "
                                + String.join(", ", new TreeSet<>(DATABASE_PARAMETERS.keySet())));
            }
        }
        return parameters;
    }

    /// `ssl=true` as the driver means it, else one of the modes, as asyncpg does.
    private static String sslMode(String value) {
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "true", "1", "" -> "verify-full";
            case "false", "0" -> "disable";
            default -> value;
        };
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private String language() {
        String language = value("MNEME_LANGUAGE").orElse("english");
        if (!LANGUAGE.matcher(language).matches()) {
            problems.add("`MNEME_LANGUAGE` is `" + language + "`, not a text search configuration");
        }
        return language;
    }

    private List<String> names(String key) {
        var names = new ArrayList<String>();
        for (String part : value(key).orElse("").split(",", -1)) {
            String name = part.strip();
            if (!name.isEmpty() && !NAME_CHANGE.matcher(name).matches()) {
                problems.add(
                        "`"
                                + key
                                + "` has `"
                                + name
                                + "`, not a name, a name with `-` in front or with `*` behind");
            } else if (!name.isEmpty()) {
                names.add(name);
            }
        }
        return names;
    }

    private long number(String key, long byDefault, long min, long max) {
        @Nullable String text = value(key).orElse(null);
        if (text == null) {
            return byDefault;
        }
        try {
            long number = Long.parseLong(text);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException notANumber) {
            // Reported below with the others.
        }
        problems.add("`" + key + "` is `" + text + "`, not a number from " + min + " to " + max);
        return byDefault;
    }

    private Optional<String> value(String key) {
        return Optional.ofNullable(values.get(key)).map(String::strip).filter(v -> !v.isEmpty());
    }
}
