package dev.mneme.installer.settings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.protocol.Json;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/// The plugin in the repository is what the table of hooks makes of it.
final class PluginTest {

    private static final Path ROOT =
            Path.of(Objects.requireNonNull(System.getProperty("mneme.root")));

    /// Writes the files anew with `-Dmneme.plugin.write`, and compares them without.
    @Test
    void theRepositoryCarriesWhatTheTableSays() throws IOException {
        for (Map.Entry<String, byte[]> file : Plugin.files().entrySet()) {
            Path path = ROOT.resolve(file.getKey());
            if (System.getProperty("mneme.plugin.write") != null) {
                Files.createDirectories(path.getParent());
                Files.write(path, file.getValue());
            }
            assertThat(Files.readString(path))
                    .as(file.getKey())
                    .isEqualTo(new String(file.getValue(), StandardCharsets.UTF_8));
        }
        assertThat(Files.isExecutable(ROOT.resolve("plugin/bin/mneme-run"))).isTrue();
    }

    @Test
    void everyHookOfAnInstallationIsOneOfThePlugin() {
        JsonNode hooks =
                Json.tree(
                        new String(
                                Objects.requireNonNull(
                                        Plugin.files().get("plugin/hooks/hooks.json")),
                                StandardCharsets.UTF_8));
        for (HookRegistration hook : HookRegistration.ALL) {
            JsonNode handler = hooks.at("/hooks/" + hook.event() + "/0/hooks/0");
            assertThat(handler.path("command").asString())
                    .isEqualTo("${CLAUDE_PLUGIN_ROOT}/bin/mneme-run");
            assertThat(handler.at("/args/1").asString()).isEqualTo(hook.argument());
            assertThat(handler.path("timeout").asLong()).isEqualTo(hook.timeout().toSeconds());
        }
        assertThat(hooks.path("hooks").size()).isEqualTo(HookRegistration.ALL.size());
    }
}
