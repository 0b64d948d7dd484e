package dev.mneme.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;

final class ExtractionKeysTest {

    @Test
    void withoutAnyKeyNobodyElsewhereIsAsked() {
        ExtractionSettings settings = ExtractionSettings.of(Map.of());
        assertThat(settings.chain()).isEmpty();
        assertThat(settings.model()).isEmpty();
        assertThat(settings.openAi()).isEmpty();
        assertThat(settings.anthropic()).isEmpty();
        assertThat(settings.caps()).isEqualTo(ExtractionSettings.Caps.NONE);
        assertThat(settings.answerTokensMax()).isEqualTo(4_096);
        assertThat(settings.local().contextTokens()).isEqualTo(8_192);
    }

    @Test
    void aKeyThatLiesAroundIsNoPermission() {
        ExtractionSettings settings =
                ExtractionSettings.of(
                        Map.of(
                                "ANTHROPIC_API_KEY",
                                "secret",
                                "MNEME_OPENAI_URL",
                                "http://localhost:1/v1",
                                "MNEME_OPENAI_MODEL",
                                "m"));
        assertThat(settings.anthropic()).isEmpty();
        assertThat(settings.openAi()).isEmpty();
    }

    @Test
    void everyKeyIsRead() {
        ExtractionSettings settings =
                ExtractionSettings.of(
                        Map.ofEntries(
                                Map.entry("MNEME_EXTRACTOR", "local, OpenAI,anthropic,rules"),
                                Map.entry("OBSERVATION_LLM_MODEL", "/models/m.gguf"),
                                Map.entry("MNEME_EXTRACT_MEMORY_MB", "100"),
                                Map.entry("MNEME_EXTRACT_CONTEXT", "4096"),
                                Map.entry("MNEME_EXTRACT_TOKENS", "600"),
                                Map.entry("MNEME_EXTRACT_THREADS", "3"),
                                Map.entry("MNEME_EXTRACT_SECONDS", "7"),
                                Map.entry("MNEME_EXTRACT_IDLE_SECONDS", "9"),
                                Map.entry("MNEME_EXTRACT_BATTERY_MIN", "30"),
                                Map.entry("MNEME_EXTRACT_LOAD_MAX", "1.5"),
                                Map.entry("MNEME_EXTRACT_CALLS_PER_DAY", "10"),
                                Map.entry("MNEME_EXTRACT_TOKENS_PER_DAY", "20"),
                                Map.entry("MNEME_EXTRACT_DOLLARS_PER_DAY", "0.5"),
                                Map.entry("MNEME_EXTRACT_TOKENS_PER_CALL", "30"),
                                Map.entry("MNEME_OPENAI_URL", "http://localhost:11434/v1"),
                                Map.entry("MNEME_OPENAI_MODEL", "qwen3:4b"),
                                Map.entry("MNEME_OPENAI_PROMPT_CHARS", "5000"),
                                Map.entry("MNEME_OPENAI_SECONDS", "11"),
                                Map.entry("MNEME_OPENAI_PRICE_IN", "1.25"),
                                Map.entry("ANTHROPIC_API_KEY", "secret")));
        assertThat(settings.chain()).containsExactly("local", "openai", "anthropic", "rules");
        assertThat(settings.model()).contains(Path.of("/models/m.gguf"));
        assertThat(settings.local())
                .isEqualTo(
                        new ExtractionSettings.Local(
                                100L << 20,
                                4_096,
                                3,
                                Duration.ofSeconds(7),
                                Duration.ofSeconds(9)));
        assertThat(settings.answerTokensMax()).isEqualTo(600);
        assertThat(settings.batteryPercentMin()).isEqualTo(30);
        assertThat(settings.loadMax()).isEqualTo(1.5);
        assertThat(settings.caps().callsPerDay()).contains(10L);
        assertThat(settings.caps().tokensPerDay()).contains(20L);
        assertThat(settings.caps().dollarsPerDay()).contains(0.5);
        assertThat(settings.caps().tokensPerCall()).contains(30L);
        ExtractionSettings.Remote openAi = settings.openAi().orElseThrow();
        assertThat(openAi.address()).isEqualTo(URI.create("http://localhost:11434/v1"));
        assertThat(openAi.turnCharsMax()).isEqualTo(5_000);
        assertThat(openAi.callTime()).isEqualTo(Duration.ofSeconds(11));
        assertThat(openAi.price()).isEqualTo(new ExtractionSettings.Price(1.25, 0));
        ExtractionSettings.Remote anthropic = settings.anthropic().orElseThrow();
        assertThat(anthropic.model()).isEqualTo("claude-haiku-5-5");
        assertThat(anthropic.address()).isEqualTo(URI.create("https://api.anthropic.com"));
        assertThat(anthropic.price()).isEqualTo(new ExtractionSettings.Price(0.10, 0.50));
        assertThat(settings.toString()).doesNotContain("secret");
    }

    @Test
    void everythingThatIsWrongIsSaidAtOnce() {
        SettingsException wrong =
                Objects.requireNonNull(
                        catchThrowableOfType(
                                SettingsException.class,
                                () ->
                                        ExtractionSettings.of(
                                                Map.of(
                                                        "MNEME_EXTRACTOR",
                                                        "llama,openai,anthropic",
                                                        "MNEME_OPENAI_URL",
                                                        "localhost:11434",
                                                        "MNEME_EXTRACT_SECONDS",
                                                        "soon",
                                                        "MNEME_EXTRACT_DOLLARS_PER_DAY",
                                                        "-1",
                                                        "MNEME_EXTRACT_CONTEXT",
                                                        "2048",
                                                        "MNEME_EXTRACT_TOKENS",
                                                        "2000"))));
        for (String part :
                List.of(
                        "`llama`",
                        "MNEME_OPENAI_URL",
                        "MNEME_OPENAI_MODEL",
                        "ANTHROPIC_API_KEY",
                        "MNEME_EXTRACT_SECONDS",
                        "MNEME_EXTRACT_DOLLARS_PER_DAY",
                        "MNEME_EXTRACT_TOKENS")) {
            assertThat(wrong).hasMessageContaining(part);
        }
    }
}
