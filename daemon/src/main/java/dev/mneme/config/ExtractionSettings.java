package dev.mneme.config;

import dev.mneme.config.Settings.Secret;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Who understands turns, and what that may take.
///
/// @param chain the names of those who are asked, the first one first; the rules come last by
///     themselves. Empty: a local model where there is one
/// @param model a GGUF file
/// @param local limits of a model on this machine
/// @param answerTokensMax where any answer ends
/// @param openAi an OpenAI-compatible server, where one is named
/// @param anthropic the Messages API, where its key is known
/// @param caps beyond which models pause
/// @param batteryPercentMin below which a battery that discharges is spared
/// @param loadMax of the machine, above which it is spared; 0 for any
public record ExtractionSettings(
        List<String> chain,
        Optional<Path> model,
        Local local,
        int answerTokensMax,
        Optional<Remote> openAi,
        Optional<Remote> anthropic,
        Caps caps,
        int batteryPercentMin,
        double loadMax) {

    public ExtractionSettings {
        chain = List.copyOf(chain);
    }

    /// Limits of a model on this machine.
    public record Local(
            long memoryBytes,
            int contextTokens,
            int threads,
            Duration answerTime,
            Duration idleTime) {}

    /// A service elsewhere.
    ///
    /// @param price of a million tokens, in and out
    public record Remote(
            URI address,
            String model,
            Secret key,
            int turnCharsMax,
            Duration callTime,
            Price price) {}

    /// Dollars for a million tokens.
    public record Price(double in, double out) {}

    /// What models may take on one day, all together, and in one call; empty for as much as they
    /// like.
    public record Caps(
            Optional<Long> callsPerDay,
            Optional<Long> tokensPerDay,
            Optional<Double> dollarsPerDay,
            Optional<Long> tokensPerCall) {

        public static final Caps NONE =
                new Caps(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    /// From keys as in `.env`; without any, the rules and a local model where one is chosen.
    /// Throws `SettingsException` with every problem found.
    public static ExtractionSettings of(Map<String, String> keys) {
        var problems = new ArrayList<String>();
        ExtractionSettings settings = ExtractionKeys.read(keys, problems);
        if (!problems.isEmpty()) {
            throw new SettingsException(problems);
        }
        return settings;
    }
}
