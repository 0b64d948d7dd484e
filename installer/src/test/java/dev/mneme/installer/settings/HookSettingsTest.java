package dev.mneme.installer.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.List;

/// The goal: our hooks come and go, and not one other character of a settings file changes.
final class HookSettingsTest {

    private static final HookSettings HOOKS = new HookSettings(Path.of("/home/ü x/.mneme/app"));

    private static final String FOREIGN =
            """
            {
              "$schema" : "https://example.org/settings.json",
              "permissions": {"allow": ["Bash(ls:*)"],
                              "deny": [ ]},
              "big": 1e400, "precise": 0.10, "unknown": {"a": {"b": [1, 2.50, null, true]}},
              "hooks": {
                "Stop": [
                  {"hooks": [{"type": "command", "command": "say \\u0022done\\u0022"}]},
                  {"hooks": [{"type": "command", "command": "say \\u0022done\\u0022"}]}
                ],
                "PreToolUse": [{"matcher": "Bash", "hooks": [ {"type":"command","command":"/x/.mneme/app-like"} ]}]
              }
            }
            """;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\n  \"model\": \"opus\"\n}\n",
                "{\n\t\"model\": \"opus\"\n}",
                "{\r\n    \"model\": \"opus\"\r\n}\r\n",
                "\uFEFF{\n  \"model\": \"opus\"\n}\n",
                "{\"model\":\"opus\"}",
                "{ \"a\" : 1 , \"b\" : [ ] , \"hooks\" : { \"Stop\" : [ { \"hooks\" : [ ] } ] } }",
                "{\n  \"n\": 1e400,\n  \"m\": -0.0,\n  \"k\": \"\\u00fc\\/\"\n}\n",
                FOREIGN
            })
    void removingWhatWasAddedGivesTheSameBytes(String original) throws Exception {
        String registered = register(original);

        assertThat(registered).isNotEqualTo(original);
        assertThat(HOOKS.unregister(registered, original)).isEqualTo(original);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{}", "{\n}\n", "{\"hooks\":{}}", "{\"hooks\": {\"Stop\": []}}", FOREIGN})
    void registeringTwiceChangesNothing(String original) throws Exception {
        String once = register(original);

        assertThat(register(once)).isEqualTo(once);
        for (HookRegistration hook : HookRegistration.ALL) {
            assertThat(HOOKS.registered(once, hook.event())).contains(command(hook));
        }
    }

    @Test
    void writesWhatClaudeCodeReads() throws Exception {
        assertThat(register("{}"))
                .startsWith(
                        """
                        {
                          "hooks": {
                            "SessionStart": [
                              {
                                "hooks": [
                                  {
                                    "type": "command",
                                    "command": "/home/ü x/.mneme/app/runtime/bin/java",
                                    "args": [
                                      "session-start"
                                    ],
                                    "timeout": 30
                                  }
                                ]
                              }
                            ],
                            "UserPromptSubmit": [
                        """)
                .doesNotContain("async");
    }

    @Test
    void keepsTheLineEndsAndTheByteOrderMarkOfTheFile() throws Exception {
        String registered = register("\uFEFF{\r\n  \"a\": 1\r\n}\r\n");

        assertThat(registered).startsWith("\uFEFF{\r\n  \"a\": 1,\r\n  \"hooks\": {\r\n");
        assertThat(registered.replace("\r\n", "")).doesNotContain("\n");
    }

    @Test
    void leavesEveryForeignCharacterInPlace() throws Exception {
        String registered = register(FOREIGN);

        for (String line : FOREIGN.lines().filter(line -> line.contains("\"")).toList()) {
            // A list of an event that we register too ends behind ours.
            assertThat(registered).contains(line.stripTrailing().replaceFirst("]$", ""));
        }
    }

    @Test
    void replacesOldEntriesOfOursAndKeepsForeignOnesInTheSameGroup() throws Exception {
        String mixed =
                """
                {"hooks": {
                  "Notification": [{"hooks": [{"type": "command", "command": "/home/ü x/.mneme/app/old"}]}],
                  "Stop": [{"hooks": [{"command": "theirs"}, {"command": "java", "args": ["-cp", "/home/ü x/.mneme/app/hooks.jar"]}, {"command": "theirs too"}]}]
                }}
                """;

        String registered = register(mixed);

        assertThat(registered)
                .contains("{\"hooks\": [{\"command\": \"theirs\"}, {\"command\": \"theirs too\"}]}")
                .doesNotContain("Notification")
                .doesNotContain("app/old");
        assertThat(HOOKS.unregister(registered, "{}"))
                .isEqualTo(
                        """
                        {"hooks": {
                          "Stop": [{"hooks": [{"command": "theirs"}, {"command": "theirs too"}]}]
                        }}
                        """);
    }

    @Test
    void leavesOursAloneWhenTheUserAddedSomethingBehindIt() throws Exception {
        String registered = register("{}");
        var edit = new JsonEdit(registered);
        edit.append(java.util.Map.of("hooks", List.of()), "hooks", "Stop");

        assertThat(register(edit.text())).isEqualTo(edit.text());
    }

    @Test
    void keepsAnEmptyHooksObjectThatWasThereBefore() throws Exception {
        String original = "{\"hooks\":{},\"a\":1}";

        assertThat(HOOKS.unregister(register(original), original)).contains("\"hooks\":{}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[]|line 1, column 1|expected an object",
                "{\\n  // mine\\n}|line 2, column 3|comments are not allowed",
                "{\"a\":1,}|line 1, column 8|a comma stands before",
                "{\"a\":[1,]}|line 1, column 9|a comma stands before",
                "{\"a\":1\\n \"b\":2}|line 2, column 2|expected `,` or `}`",
                "{'a':1}|line 1, column 2|expected a name in double quotes",
                "{\"a\":01}|line 1, column 6|expected a value",
                "{\"a\":NaN}|line 1, column 6|expected a value",
                "{\"a\":\"x|line 1, column 6|a string does not end",
                "{\"a\":1} x|line 1, column 9|something follows",
                "{\"a\":1|line 1, column 7|the text ends before",
                "{\"hooks\":[]}|line 1, column 10|expected an object as value of `hooks`",
                "{\"hooks\":{\"Stop\":{}}}|line 1, column 18|expected a list"
            })
    void refusesWhatIsBrokenAndNamesThePlace(String text, String position, String message) {
        String unescaped = text.replace("\\n", "\n");
        assertThatThrownBy(() -> register(unescaped))
                .isInstanceOfSatisfying(
                        JsonSyntax.class,
                        broken -> {
                            assertThat(broken.position()).isEqualTo(position);
                            assertThat(broken).hasMessageContaining(message);
                        });
    }

    @Test
    void refusesWhatIsNestedWithoutEnd() {
        assertThatThrownBy(() -> register("{\"a\":" + "[".repeat(100_000)))
                .isInstanceOf(JsonSyntax.class)
                .hasMessageContaining("nested deeper");
    }

    private static String register(String text) throws JsonSyntax {
        return HOOKS.register(text, HookSettingsTest::command);
    }

    private static List<String> command(HookRegistration hook) {
        return List.of("/home/ü x/.mneme/app/runtime/bin/java", hook.argument());
    }
}
