package dev.mneme.installer.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// The files of other agents: our entry goes in, everything else stays to the byte, and taking the
/// entry out again leaves the text of before.
final class ConfigFormatTest {

    private static final McpServer SERVER =
            new McpServer(
                    List.of(
                            "/home/me/.mneme/app/runtime/bin/java",
                            "-jar",
                            "/home/me/.mneme/app/m.jar"),
                    Map.of("MNEME_HOME", "/home/me/.mneme"));
    private static final Path APP = Path.of("/home/me/.mneme/app");

    private static final JsonConfig ZED =
            new JsonConfig("context_servers", true, JsonConfig.common(SERVER, Map.of()));

    private static final TomlConfig CODEX = new TomlConfig(SERVER);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}\n",
                "{\n  // nothing yet\n}\n",
                "{\n  \"theme\": \"One Dark\", // mine, keep\n}\n",
                "{\n  \"theme\": \"One Dark\" // mine, keep\n}\n",
                "{\n\t\"a\": [1, 2, /* three */ 3,],\r\n\t\"b\": \"// no comment\"\r\n}\r\n",
                "// at the top\n{\n  \"context_servers\": {\n    /* none */\n  }\n}\n",
                "{\n  \"context_servers\": {\n    \"other\": {\n      \"command\": \"x\",\n    },\n  },\n}\n",
                "{\n  \"context_servers\": {\n    // first\n    \"other\": {} // last\n  }\n}\n",
                "{\"context_servers\":{\"other\":{}}}",
            })
    void jsonWithCommentsComesBackToTheByte(String before) throws Exception {
        String with = ZED.put(before);

        assertThat(new JsonEdit(with, true).at("context_servers", "mneme", "command"))
                .as(with)
                .isPresent();
        for (String comment :
                List.of(
                        "// nothing yet",
                        "// mine, keep",
                        "/* three */",
                        "/* none */",
                        "// last")) {
            assertThat(with.contains(comment)).isEqualTo(before.contains(comment));
        }
        assertThat(ZED.put(with)).as("once is enough").isEqualTo(with);
        assertThat(ZED.foreign(with, APP)).isEmpty();
        assertThat(ZED.remove(with, before)).isEqualTo(before);
    }

    @Test
    void whatAPersonAddsAroundOurEntryStays() throws Exception {
        String with = ZED.put("{\n  \"theme\": \"x\"\n}\n");
        String edited =
                with.replace("{\n  \"theme\"", "{\n  // my theme\n  \"theme\"")
                        .replace(
                                "\"mneme\": {",
                                "\"other\": {\"command\": \"y\"}, // theirs\n    \"mneme\": {");

        String without = ZED.remove(edited, "{\n  \"theme\": \"x\"\n}\n");

        assertThat(without).contains("// my theme").contains("// theirs").doesNotContain("mneme");
        assertThat(new JsonEdit(without, true).at("context_servers", "other", "command"))
                .isPresent();
    }

    @Test
    void anEntryOfSomebodyElseIsNotOurs() throws Exception {
        assertThat(ZED.foreign("{\"context_servers\":{\"mneme\":{\"command\":\"z\"}}}", APP))
                .isPresent();
        assertThat(CODEX.foreign("[mcp_servers.mneme]\ncommand = \"z\"\n", APP)).isPresent();
        assertThatThrownBy(() -> ZED.put("{\"context_servers\": 7}"))
                .isInstanceOf(JsonSyntax.class)
                .hasMessageContaining("expected an object");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "model = \"gpt\"\n",
                "model = \"gpt\"",
                "# mine\r\nmodel = \"gpt\"\r\n\r\n[tui]\r\ntheme = 'x'\r\n",
                "text = \"\"\"\n[mcp_servers.mneme]\n\"\"\"\nlist = [\n  \"a\", # ]\n  \"b\",\n]\n",
                "[mcp_servers.other]\ncommand = \"x\"\n\n# the end\n",
                "[[profiles]]\nname = 'a#b'\n",
            })
    void tomlComesBackToTheByte(String before) throws Exception {
        String with = CODEX.put(before);

        assertThat(with).startsWith(before).contains("[mcp_servers.mneme]");
        assertThat(with.replace("\r\n", "\n"))
                .endsWith(
                        """
                        [mcp_servers.mneme]
                        command = "/home/me/.mneme/app/runtime/bin/java"
                        args = ["-jar", "/home/me/.mneme/app/m.jar"]
                        env = { MNEME_HOME = "/home/me/.mneme" }
                        startup_timeout_sec = 20
                        """);
        assertThat(CODEX.put(with)).isEqualTo(with);
        assertThat(CODEX.foreign(with, APP)).isEmpty();
        String lastLine = before.isEmpty() || before.endsWith("\n") ? before : before + "\n";
        assertThat(CODEX.remove(with, before)).isEqualTo(lastLine);
    }

    @Test
    void aTableInTheMiddleIsReplacedAndItsNeighboursStay() throws Exception {
        String text =
                """
                [mcp_servers.mneme]
                command = "/home/me/.mneme/app/old"

                [mcp_servers.mneme.env]
                MNEME_HOME = "/elsewhere"

                # about the next one
                [mcp_servers.other]
                command = "x"
                """;
        String with = CODEX.put(text);

        assertThat(with)
                .startsWith("# about the next one\n[mcp_servers.other]\ncommand = \"x\"\n")
                .doesNotContain("/elsewhere")
                .endsWith("startup_timeout_sec = 20\n");
        assertThat(Toml.tables(with)).hasSize(2);
        String followed = with + "\n# mine\n[tui]\ntheme = \"x\"\n";
        assertThat(CODEX.put(followed)).as("others may stand behind it").isEqualTo(followed);
        assertThat(CODEX.remove(followed, "")).doesNotContain("mneme").contains("# mine\n[tui]");
    }

    @Test
    void whatNoTableCanStandBesideIsRefusedPolitely() {
        for (String text :
                List.of(
                        "mcp_servers = { other = { command = \"x\" } }\n",
                        "[mcp_servers]\nmneme = { command = \"x\" }\n",
                        "text = \"unfinished\n",
                        "list = [1,\n")) {
            assertThatThrownBy(() -> CODEX.put(text)).as(text).isInstanceOf(JsonSyntax.class);
        }
    }

    @Test
    void wordsForAShellAreQuoted() {
        assertThat(ShellWords.line(List.of("/bin/sh", "-c", "[ -e \"$0\" ] || exit 0", "it's")))
                .isEqualTo("/bin/sh -c '[ -e \"$0\" ] || exit 0' 'it'\\''s'");
    }
}
