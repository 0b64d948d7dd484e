package dev.mneme.protocol;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// Every setting, once: its key, what it means, what it is where nobody sets it, and which values
/// it takes. The command line shows and checks them by this table; tests hold the daemon's loader
/// and the tables of the documentation to it.
public enum Setting {
    PORT(
            "MNEME_PORT",
            new Whole(1, 65_535),
            "3377, or the next free one",
            "the daemon's port on 127.0.0.1; once set, a taken port is an error"),
    PORT_OF_OTHERS("PORT", new Whole(1, 65_535), "unset", "the same, where `MNEME_PORT` is unset"),
    DATABASE_URL(
            "DATABASE_URL",
            new Text(Shape.DATABASE, true),
            "unset",
            "a PostgreSQL 15 or newer of your own in place of the embedded one"),
    POSTGRES_HOST("POSTGRES_HOST", Text.PLAIN, "unset", "the same in parts: its host"),
    POSTGRES_PORT("POSTGRES_PORT", new Whole(1, 65_535), "5432", "its port"),
    POSTGRES_DB("POSTGRES_DB", Text.PLAIN, "agent_memory", "its database"),
    POSTGRES_USER("POSTGRES_USER", Text.PLAIN, "agentmem", "its user"),
    POSTGRES_PASSWORD(
            "POSTGRES_PASSWORD", new Text(Shape.ANY, true), "unset", "the user's password"),
    LANGUAGE(
            "MNEME_LANGUAGE",
            new Text(Shape.LANGUAGE, false),
            "english",
            "PostgreSQL text search configuration for stemming"),
    POLL_INTERVAL(
            "QUEUE_POLL_INTERVAL",
            new Whole(1, 3_600),
            "5",
            "seconds between two looks at the queue when nothing wakes the worker"),
    MAX_RETRIES(
            "QUEUE_MAX_RETRIES",
            new Whole(1, 100),
            "5",
            "attempts before an event's job counts as dead"),
    TURN_IDLE_SECONDS(
            "MNEME_TURN_IDLE_SECONDS",
            new Whole(1, 3_600),
            "60",
            "seconds without an event after which a turn counts as over"),
    PAYLOAD_DAYS(
            "MNEME_PAYLOAD_DAYS",
            new Whole(1, 36_500),
            "30",
            "days that the payloads of finished events are kept"),
    QUEUE_DAYS("MNEME_QUEUE_DAYS", new Whole(7, 36_500), "30", "days that finished jobs are kept"),
    EVENT_DAYS(
            "MNEME_EVENT_DAYS",
            new Whole(30, 36_500),
            "365",
            "days after which an event goes as a whole"),
    CLOSED_DAYS(
            "MNEME_CLOSED_DAYS",
            new Whole(1, 36_500),
            "365",
            "days that a closed observation is kept for the record"),
    SKIP_TOOLS(
            "MNEME_SKIP_TOOLS",
            new Text(Shape.NAMES, false),
            "empty",
            "tools whose calls are not kept, with commas between"),
    READ_ONLY_AGENTS(
            "MNEME_READ_ONLY_AGENTS",
            new Text(Shape.NAMES, false),
            "empty",
            "types of subagents whose calls are not kept"),
    FORGET_DAYS(
            "MNEME_FORGET_DAYS",
            new Whole(1, 365),
            "7",
            "days for which what was forgotten can be restored"),
    SESSION_TOKENS(
            "MNEME_SESSION_TOKENS",
            new Whole(0, 8_000),
            "2000",
            "what a session is told at its start, in tokens; 0 tells nothing"),
    PROMPT_HITS(
            "MNEME_PROMPT_HITS",
            new Whole(0, 3),
            "0",
            "memories that a prompt is given, where something stored answers it; 0 gives none"),
    MODEL_MIRROR(
            "MNEME_MODEL_MIRROR",
            new Text(Shape.ADDRESS, false),
            "unset",
            "a server to get models from instead of the model hub"),
    PGVECTOR_DIR(
            "MNEME_PGVECTOR_DIR", Text.PLAIN, "unset", "a folder with a ready build of pgvector"),
    EXTRACTOR(
            "MNEME_EXTRACTOR",
            new Text(Shape.CHAIN, false),
            "`local` where there is a model",
            "who understands turns: local, openai, anthropic, rules, in order"),
    EXTRACT_MODEL("MNEME_EXTRACT_MODEL", Text.PLAIN, "unset", "a GGUF file"),
    EXTRACT_MEMORY_MB(
            "MNEME_EXTRACT_MEMORY_MB",
            new Whole(64, 1 << 20),
            "3072",
            "the most memory the local model may take"),
    EXTRACT_CONTEXT(
            "MNEME_EXTRACT_CONTEXT",
            new Whole(2_048, 131_072),
            "8192",
            "tokens of question and answer together"),
    EXTRACT_TOKENS(
            "MNEME_EXTRACT_TOKENS",
            new Whole(512, 16_384),
            "4096",
            "where an answer ends at the latest; at most half of the context"),
    EXTRACT_THREADS(
            "MNEME_EXTRACT_THREADS",
            new Whole(1, 256),
            "half of the processors, at most 8",
            "threads that compute"),
    EXTRACT_SECONDS("MNEME_EXTRACT_SECONDS", new Whole(1, 400), "180", "time for one answer"),
    EXTRACT_IDLE_SECONDS(
            "MNEME_EXTRACT_IDLE_SECONDS",
            new Whole(0, 86_400),
            "300",
            "after which the local model is unloaded"),
    EXTRACT_BATTERY_MIN(
            "MNEME_EXTRACT_BATTERY_MIN",
            new Whole(0, 101),
            "50",
            "percent below which a battery is spared; 0 never, 101 always"),
    EXTRACT_LOAD_MAX(
            "MNEME_EXTRACT_LOAD_MAX",
            new Decimal(),
            "twice the processors",
            "load of the last minute above which it waits; 0 for any"),
    EXTRACT_CALLS_PER_DAY(
            "MNEME_EXTRACT_CALLS_PER_DAY",
            new Whole(0, Long.MAX_VALUE),
            "no cap",
            "calls of all models together"),
    EXTRACT_TOKENS_PER_DAY(
            "MNEME_EXTRACT_TOKENS_PER_DAY",
            new Whole(0, Long.MAX_VALUE),
            "no cap",
            "tokens in and out"),
    EXTRACT_DOLLARS_PER_DAY(
            "MNEME_EXTRACT_DOLLARS_PER_DAY", new Decimal(), "no cap", "by the prices below"),
    EXTRACT_TOKENS_PER_CALL(
            "MNEME_EXTRACT_TOKENS_PER_CALL",
            new Whole(0, Long.MAX_VALUE),
            "no cap",
            "a turn is told in fewer words to keep it"),
    OPENAI_URL(
            "MNEME_OPENAI_URL",
            new Text(Shape.ADDRESS, false),
            "unset",
            "a server that speaks OpenAI's chat completions"),
    OPENAI_MODEL("MNEME_OPENAI_MODEL", Text.PLAIN, "unset", "its model"),
    OPENAI_API_KEY("MNEME_OPENAI_API_KEY", new Text(Shape.ANY, true), "unset", "its key"),
    OPENAI_PROMPT_CHARS(
            "MNEME_OPENAI_PROMPT_CHARS",
            new Whole(1_000, 1_000_000),
            "12000",
            "the most characters of a turn"),
    OPENAI_SECONDS("MNEME_OPENAI_SECONDS", new Whole(1, 120), "60", "time for one try"),
    OPENAI_PRICE_IN("MNEME_OPENAI_PRICE_IN", new Decimal(), "0", "dollars for a million tokens in"),
    OPENAI_PRICE_OUT(
            "MNEME_OPENAI_PRICE_OUT", new Decimal(), "0", "dollars for a million tokens out"),
    ANTHROPIC_API_KEY(
            "MNEME_ANTHROPIC_API_KEY",
            new Text(Shape.ANY, true),
            "`ANTHROPIC_API_KEY`",
            "the key for the Messages API"),
    ANTHROPIC_MODEL("MNEME_ANTHROPIC_MODEL", Text.PLAIN, "claude-haiku-5-5", "which model"),
    ANTHROPIC_URL(
            "MNEME_ANTHROPIC_URL",
            new Text(Shape.ADDRESS, false),
            "https://api.anthropic.com",
            "another address for it"),
    ANTHROPIC_PROMPT_CHARS(
            "MNEME_ANTHROPIC_PROMPT_CHARS",
            new Whole(1_000, 1_000_000),
            "40000",
            "the most characters of a turn"),
    ANTHROPIC_SECONDS("MNEME_ANTHROPIC_SECONDS", new Whole(1, 120), "60", "time for one try"),
    ANTHROPIC_PRICE_IN(
            "MNEME_ANTHROPIC_PRICE_IN", new Decimal(), "0.10", "dollars for a million tokens in"),
    ANTHROPIC_PRICE_OUT(
            "MNEME_ANTHROPIC_PRICE_OUT", new Decimal(), "0.50", "dollars for a million tokens out");

    /// Which values a setting takes.
    public sealed interface Values {}

    /// A whole number between two, both included.
    public record Whole(long min, long max) implements Values {}

    /// A number that is not negative.
    public record Decimal() implements Values {}

    /// Words.
    ///
    /// @param secret whether the value must never be shown
    public record Text(Shape shape, boolean secret) implements Values {

        static final Text PLAIN = new Text(Shape.ANY, false);
    }

    /// What words look like.
    public enum Shape {
        ANY,
        ADDRESS,
        CHAIN,
        DATABASE,
        LANGUAGE,
        NAMES
    }

    private static final List<String> EXTRACTORS = List.of("local", "openai", "anthropic", "rules");
    private static final Pattern LANGUAGE_NAME = Pattern.compile("[a-z_]{1,40}");
    private static final Pattern NAME_CHANGE = Pattern.compile("-?[\\w.:-]{1,200}\\*?");

    private final String key;
    private final @Nullable Shape shape;
    private final boolean secret;
    private final boolean whole;
    private final long min;
    private final long max;
    private final String byDefault;
    private final String meaning;

    Setting(String key, Values values, String byDefault, String meaning) {
        this.key = key;
        this.shape = values instanceof Text text ? text.shape() : null;
        this.secret = values instanceof Text text && text.secret();
        this.whole = values instanceof Whole;
        this.min = values instanceof Whole number ? number.min() : 0;
        this.max = values instanceof Whole number ? number.max() : Long.MAX_VALUE;
        this.byDefault = byDefault;
        this.meaning = meaning;
    }

    public static Optional<Setting> of(String key) {
        return Arrays.stream(values())
                .filter(setting -> setting.key.equals(key.strip().toUpperCase(Locale.ROOT)))
                .findFirst();
    }

    public String key() {
        return key;
    }

    public Values allowed() {
        if (shape != null) {
            return new Text(shape, secret);
        }
        return whole ? new Whole(min, max) : new Decimal();
    }

    /// What it is where nobody sets it, in words.
    public String byDefault() {
        return byDefault;
    }

    public String meaning() {
        return meaning;
    }

    public boolean secret() {
        return secret;
    }

    /// What the setting takes instead, where it does not take `value`. A secret is not repeated.
    public Optional<String> refuses(String value) {
        if (value.isBlank() || value.chars().anyMatch(Character::isISOControl)) {
            return Optional.of("one line of text");
        }
        return switch (allowed()) {
            case Whole(long least, long most) ->
                    isWhole(value, least, most)
                            ? Optional.empty()
                            : Optional.of("a number from " + least + " to " + most);
            case Decimal() ->
                    isDecimal(value)
                            ? Optional.empty()
                            : Optional.of("a number that is not negative");
            case Text(Shape words, boolean _) -> refuses(words, value);
        };
    }

    private static Optional<String> refuses(Shape shape, String value) {
        return switch (shape) {
            case ANY -> Optional.empty();
            case ADDRESS ->
                    unless(isAddress(value), "an address such as `http://localhost:11434/v1`");
            case CHAIN ->
                    unless(
                            Arrays.stream(value.split(",", -1))
                                    .allMatch(
                                            name ->
                                                    EXTRACTORS.contains(
                                                            name.strip().toLowerCase(Locale.ROOT))),
                            "names out of "
                                    + String.join(", ", EXTRACTORS)
                                    + " with commas between");
            case DATABASE ->
                    unless(
                            isDatabase(value),
                            "an address such as `postgresql://user:password@host:5432/database`");
            case LANGUAGE ->
                    unless(
                            LANGUAGE_NAME.matcher(value).matches(),
                            "a text search configuration such as `english` or `simple`");
            case NAMES ->
                    unless(
                            Arrays.stream(value.split(",", -1))
                                    .map(String::strip)
                                    .allMatch(
                                            name ->
                                                    name.isEmpty()
                                                            || NAME_CHANGE.matcher(name).matches()),
                            "names with commas between, each as it is, with `-` in front or with"
                                    + " `*` behind");
        };
    }

    private static Optional<String> unless(boolean good, String wanted) {
        return good ? Optional.empty() : Optional.of(wanted);
    }

    private static boolean isWhole(String value, long min, long max) {
        try {
            long number = Long.parseLong(value);
            return number >= min && number <= max;
        } catch (NumberFormatException notANumber) {
            return false;
        }
    }

    private static boolean isDecimal(String value) {
        try {
            double number = Double.parseDouble(value);
            return number >= 0 && Double.isFinite(number);
        } catch (NumberFormatException notANumber) {
            return false;
        }
    }

    private static boolean isAddress(String value) {
        try {
            URI address = URI.create(value);
            return address.getHost() != null
                    && List.of("http", "https").contains(address.getScheme());
        } catch (IllegalArgumentException notAnAddress) {
            return false;
        }
    }

    private static boolean isDatabase(String value) {
        String plain = value.startsWith("jdbc:") ? value.substring("jdbc:".length()) : value;
        int scheme = plain.indexOf("://");
        if (scheme < 0 || !plain.toLowerCase(Locale.ROOT).startsWith("postgres")) {
            return false;
        }
        try {
            URI address = URI.create("postgresql" + plain.substring(scheme));
            return address.getHost() != null
                    && address.getPath() != null
                    && address.getPath().length() > 1;
        } catch (IllegalArgumentException notAnAddress) {
            return false;
        }
    }
}
