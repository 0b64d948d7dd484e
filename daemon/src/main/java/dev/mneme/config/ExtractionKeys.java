package dev.mneme.config;

import dev.mneme.config.ExtractionSettings.Caps;
import dev.mneme.config.ExtractionSettings.Local;
import dev.mneme.config.ExtractionSettings.Price;
import dev.mneme.config.ExtractionSettings.Remote;
import dev.mneme.config.Settings.Secret;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// Reads the keys that are about models which understand turns.
final class ExtractionKeys {

    static final String LOCAL = "local";
    static final String OPENAI = "openai";
    static final String ANTHROPIC = "anthropic";
    static final String RULES = "rules";

    private static final long MEGABYTE = 1L << 20;
    private static final String ANTHROPIC_ADDRESS = "https://api.anthropic.com";
    private static final String ANTHROPIC_MODEL = "claude-haiku-5-5";
    private static final int ANTHROPIC_CHARS_DEFAULT = 40_000;

    /// Servers such as Ollama cut a longer prompt silently, unless they are told otherwise.
    private static final int OPENAI_CHARS_DEFAULT = 12_000;

    private final Map<String, String> values;
    private final List<String> problems;

    private ExtractionKeys(Map<String, String> values, List<String> problems) {
        this.values = values;
        this.problems = problems;
    }

    /// @param problems gets what is wrong
    static ExtractionSettings read(Map<String, String> values, List<String> problems) {
        return new ExtractionKeys(values, problems).settings();
    }

    private ExtractionSettings settings() {
        List<String> chain = chain();
        Optional<Remote> openAi = chain.contains(OPENAI) ? openAi() : Optional.empty();
        Optional<Remote> anthropic = chain.contains(ANTHROPIC) ? anthropic() : Optional.empty();
        int contextTokens = (int) number("MNEME_EXTRACT_CONTEXT", 8_192, 2_048, 131_072);
        int answerTokens = (int) number("MNEME_EXTRACT_TOKENS", 4_096, 512, 16_384);
        if (answerTokens > contextTokens / 2) {
            if (value("MNEME_EXTRACT_TOKENS").isPresent()) {
                problems.add(
                        "`MNEME_EXTRACT_TOKENS` is more than half of `MNEME_EXTRACT_CONTEXT` ("
                                + contextTokens
                                + ")");
            }
            answerTokens = contextTokens / 2;
        }
        int threadsDefault = Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, 8);
        return new ExtractionSettings(
                chain,
                value("MNEME_EXTRACT_MODEL").or(() -> value("OBSERVATION_LLM_MODEL")).map(Path::of),
                new Local(
                        number("MNEME_EXTRACT_MEMORY_MB", 3_072, 64, 1 << 20) * MEGABYTE,
                        contextTokens,
                        (int) number("MNEME_EXTRACT_THREADS", threadsDefault, 1, 256),
                        // A handler that is at one turn for ten minutes counts as hung.
                        Duration.ofSeconds(number("MNEME_EXTRACT_SECONDS", 180, 1, 400)),
                        Duration.ofSeconds(number("MNEME_EXTRACT_IDLE_SECONDS", 300, 0, 86_400))),
                answerTokens,
                openAi,
                anthropic,
                new Caps(
                        wholeCap("MNEME_EXTRACT_CALLS_PER_DAY"),
                        wholeCap("MNEME_EXTRACT_TOKENS_PER_DAY"),
                        decimal("MNEME_EXTRACT_DOLLARS_PER_DAY"),
                        wholeCap("MNEME_EXTRACT_TOKENS_PER_CALL")),
                (int) number("MNEME_EXTRACT_BATTERY_MIN", 50, 0, 101),
                decimal("MNEME_EXTRACT_LOAD_MAX")
                        .orElse(2.0 * Runtime.getRuntime().availableProcessors()));
    }

    private List<String> chain() {
        var chain = new ArrayList<String>();
        for (String part : value("MNEME_EXTRACTOR").orElse("").split(",", -1)) {
            String name = part.strip().toLowerCase(Locale.ROOT);
            if (List.of(LOCAL, OPENAI, ANTHROPIC, RULES).contains(name)) {
                chain.add(name);
            } else if (!name.isEmpty()) {
                problems.add(
                        "`MNEME_EXTRACTOR` has `"
                                + name
                                + "`, which is none of local, openai, anthropic, rules");
            }
        }
        return chain;
    }

    private Optional<Remote> openAi() {
        return remote(
                "MNEME_OPENAI",
                value("MNEME_OPENAI_URL"),
                value("MNEME_OPENAI_MODEL"),
                value("MNEME_OPENAI_API_KEY").orElse(""),
                OPENAI_CHARS_DEFAULT,
                new Price(0, 0));
    }

    private Optional<Remote> anthropic() {
        Optional<String> key =
                value("MNEME_ANTHROPIC_API_KEY").or(() -> value("ANTHROPIC_API_KEY"));
        if (key.isEmpty()) {
            problems.add("`MNEME_EXTRACTOR` names anthropic, but `ANTHROPIC_API_KEY` is not set");
            return Optional.empty();
        }
        return remote(
                "MNEME_ANTHROPIC",
                Optional.of(value("MNEME_ANTHROPIC_URL").orElse(ANTHROPIC_ADDRESS)),
                Optional.of(value("MNEME_ANTHROPIC_MODEL").orElse(ANTHROPIC_MODEL)),
                key.get(),
                ANTHROPIC_CHARS_DEFAULT,
                new Price(0.10, 0.50));
    }

    private Optional<Remote> remote(
            String prefix,
            Optional<String> url,
            Optional<String> model,
            String key,
            int charsDefault,
            Price price) {
        Optional<URI> address = url.flatMap(text -> address(prefix + "_URL", text));
        if (url.isEmpty() || model.isEmpty()) {
            problems.add(
                    "`MNEME_EXTRACTOR` names a service, but `"
                            + prefix
                            + "_URL` or `"
                            + prefix
                            + "_MODEL` is not set");
        }
        int chars = (int) number(prefix + "_PROMPT_CHARS", charsDefault, 1_000, 1_000_000);
        Duration time = Duration.ofSeconds(number(prefix + "_SECONDS", 60, 1, 120));
        var charged =
                new Price(
                        decimal(prefix + "_PRICE_IN").orElse(price.in()),
                        decimal(prefix + "_PRICE_OUT").orElse(price.out()));
        return address.flatMap(
                at ->
                        model.map(
                                name ->
                                        new Remote(
                                                at, name, new Secret(key), chars, time, charged)));
    }

    private Optional<URI> address(String key, String text) {
        try {
            URI address = URI.create(text);
            if (address.getHost() != null
                    && List.of("http", "https").contains(address.getScheme())) {
                return Optional.of(address);
            }
        } catch (IllegalArgumentException notAnAddress) {
            // Reported below.
        }
        problems.add("`" + key + "` is no address such as `http://localhost:11434/v1`");
        return Optional.empty();
    }

    private Optional<Long> wholeCap(String key) {
        return value(key).isEmpty()
                ? Optional.empty()
                : Optional.of(number(key, 0, 0, Long.MAX_VALUE));
    }

    private Optional<Double> decimal(String key) {
        return parsed(key, "a number that is not negative", Double::parseDouble)
                .filter(
                        number -> {
                            boolean good = number >= 0 && Double.isFinite(number);
                            if (!good) {
                                problems.add("`" + key + "` is negative or no number");
                            }
                            return good;
                        });
    }

    private long number(String key, long byDefault, long min, long max) {
        String wanted = "a number from " + min + " to " + max;
        return parsed(key, wanted, Long::parseLong)
                .filter(
                        number -> {
                            boolean good = number >= min && number <= max;
                            if (!good) {
                                problems.add("`" + key + "` is `" + number + "`, not " + wanted);
                            }
                            return good;
                        })
                .orElse(byDefault);
    }

    private <T> Optional<T> parsed(String key, String wanted, Function<String, T> parse) {
        try {
            return value(key).map(parse);
        } catch (NumberFormatException notANumber) {
            problems.add("`" + key + "` is not " + wanted);
            return Optional.empty();
        }
    }

    private Optional<String> value(String key) {
        return Optional.ofNullable(values.get(key)).map(String::strip).filter(v -> !v.isEmpty());
    }
}
