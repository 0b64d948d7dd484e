package dev.mneme.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mneme.protocol.Setting;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One table of settings: what it says is what the daemon does, and what the documentation says.
final class SettingTableTest {

    /// Without these the keys about services are not looked at.
    private static final Map<String, String> SERVICES =
            Map.of(
                    "MNEME_EXTRACTOR", "openai,anthropic",
                    "MNEME_OPENAI_URL", "http://localhost:1/v1",
                    "MNEME_OPENAI_MODEL", "some",
                    "MNEME_ANTHROPIC_API_KEY", "key",
                    "POSTGRES_HOST", "localhost",
                    "MNEME_EXTRACT_CONTEXT", "131072");

    @ParameterizedTest
    @EnumSource
    void theDaemonTakesWhatTheTableTakes(Setting setting) {
        switch (setting.allowed()) {
            case Setting.Whole(long min, long max) -> {
                takes(setting, Long.toString(min));
                takes(setting, Long.toString(max));
                refuses(setting, Long.toString(min - 1));
                if (max < Long.MAX_VALUE) {
                    refuses(setting, Long.toString(max + 1));
                }
                refuses(setting, "many");
            }
            case Setting.Decimal() -> {
                takes(setting, "0.25");
                refuses(setting, "-1");
                refuses(setting, "much");
            }
            case Setting.Text(Setting.Shape shape, boolean _) -> {
                switch (shape) {
                    case DATABASE -> {
                        takes(setting, "postgresql://me:pw@db:5433/memory?sslmode=require");
                        refuses(setting, "mysql://db/memory");
                        refuses(setting, "postgresql://db");
                    }
                    case LANGUAGE -> {
                        takes(setting, "simple");
                        refuses(setting, "Plain English");
                    }
                    case NAMES -> {
                        takes(setting, "Read, -Glob, mcp__x__*");
                        refuses(setting, "no good");
                    }
                    case CHAIN -> {
                        takes(setting, "local, rules");
                        refuses(setting, "oracle");
                    }
                    case ADDRESS -> {
                        assertThat(setting.refuses("http://localhost:11434/v1")).isEmpty();
                        assertThat(setting.refuses("localhost")).isPresent();
                    }
                    case ANY -> assertThat(setting.refuses("a\nb")).isPresent();
                }
            }
        }
    }

    private static void takes(Setting setting, String value) {
        assertThat(setting.refuses(value)).as(setting.key() + "=" + value).isEmpty();
        assertThatCode(() -> load(setting, value)).as(setting.key()).doesNotThrowAnyException();
    }

    private static void refuses(Setting setting, String value) {
        assertThat(setting.refuses(value)).as(setting.key() + "=" + value).isPresent();
        assertThatThrownBy(() -> load(setting, value))
                .as(setting.key() + "=" + value)
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining(setting.key());
    }

    private static void load(Setting setting, String value) {
        var values = new HashMap<>(SERVICES);
        values.put(setting.key(), value);
        if (setting == Setting.EXTRACT_CONTEXT) {
            values.put("MNEME_EXTRACT_TOKENS", "512");
        }
        SettingsLoader.load(Path.of("/nonexistent/.env"), values);
    }

    @Test
    void theDocumentationNamesEverySettingAndNoOther() throws IOException {
        var documented = new TreeSet<String>();
        for (String page : new String[] {"README.md", "docs/EXTRACTION.md"}) {
            Path file =
                    Path.of(Objects.requireNonNull(System.getProperty("mneme.root"))).resolve(page);
            for (String line : Files.readAllLines(file)) {
                if (line.startsWith("| `MNEME_")
                        || line.startsWith("| `POSTGRES_")
                        || line.startsWith("| `QUEUE_")
                        || line.startsWith("| `DATABASE_")) {
                    documented.addAll(keys(line.substring(0, line.indexOf('|', 1))));
                }
            }
        }
        // Where everything lies, and whether hooks do anything, cannot be said in a file there.
        documented.remove("MNEME_HOME");
        documented.remove("MNEME_DISABLED");
        assertThat(Arrays.stream(Setting.values()).map(Setting::key))
                .containsExactlyInAnyOrderElementsOf(documented);
    }

    /// `POSTGRES_HOST`, `_PORT` stands for two keys; `MNEME_EXTRACT_*` for a page of its own.
    private static Set<String> keys(String cell) {
        var keys = new TreeSet<String>();
        Matcher words = Pattern.compile("`([A-Z_]+)`").matcher(cell);
        String prefix = "";
        while (words.find()) {
            String word = words.group(1);
            if (word.startsWith("_")) {
                keys.add(prefix + word);
            } else {
                keys.add(word);
                prefix = word.substring(0, Math.max(0, word.indexOf('_')));
            }
        }
        return keys;
    }
}
