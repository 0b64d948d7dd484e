package dev.mneme.bench;

import dev.mneme.config.Settings;
import dev.mneme.config.SettingsException;
import dev.mneme.config.SettingsLoader;
import dev.mneme.daemon.TurnModels;
import dev.mneme.protocol.MnemeHome;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Extractors that ask one model, with the settings the daemon would have.
final class ModelBackends {

    private static final List<String> NAMES = List.of("local", "openai", "anthropic");

    private ModelBackends() {}

    static ExtractBench.Backend named(String name, Map<String, String> environment)
            throws BenchFailure {
        if (!NAMES.contains(name)) {
            throw new BenchFailure(
                    "cannot measure the backend `" + name + "` (there is none of that name)",
                    "use `--backend` with one of rules, local, openai, anthropic");
        }
        MnemeHome home = MnemeHome.fromEnvironment(environment);
        var wanted = new HashMap<>(environment);
        wanted.put("MNEME_EXTRACTOR", name);
        try {
            Settings settings = SettingsLoader.load(home.settings(), wanted);
            Path folder = Files.createTempDirectory("mneme-bench-model");
            folder.toFile().deleteOnExit();
            var tokens = new CountedTokens();
            var models =
                    new TurnModels(
                            home, settings.extraction(), folder, tokens, InstantSource.system());
            if (models.extractor().chain().isEmpty()) {
                throw new BenchFailure(
                        "cannot measure the backend `" + name + "` (no model is configured for it)",
                        "see docs/EXTRACTION.md for what it needs");
            }
            return new ExtractBench.Backend(name, models.extractor(), tokens);
        } catch (SettingsException wrong) {
            throw new BenchFailure(
                    "cannot measure the backend `"
                            + name
                            + "` ("
                            + String.join("; ", wrong.problems())
                            + ")",
                    "set what is missing in the environment or in " + home.settings());
        } catch (IOException failed) {
            throw new BenchFailure(
                    "cannot make a folder for temporary files (" + failed.getMessage() + ")",
                    "see that there is room");
        }
    }
}
