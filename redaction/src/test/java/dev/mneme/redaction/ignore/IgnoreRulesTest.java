package dev.mneme.redaction.ignore;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// What is left of real-looking events in a project that ignores `private/`, `*.pem` and
/// `notes.txt`.
final class IgnoreRulesTest {

    private static final String MARKER = "MARKER-7Q";

    @TempDir Path folder;

    private Path project;
    private IgnoreRules rules;

    @BeforeEach
    void project() throws Exception {
        project = Files.createDirectory(folder.toRealPath().resolve("project"));
        Files.createDirectory(project.resolve(".git"));
        Files.writeString(project.resolve(".mnemeignore"), "private/\n*.pem\nnotes.txt\n");
        Files.createDirectories(project.resolve("private/deep"));
        Files.writeString(project.resolve("private/key.txt"), MARKER);
        Files.writeString(project.resolve("server.pem"), MARKER);
        Files.createDirectory(project.resolve("src"));
        Files.writeString(project.resolve("src/notes.txt"), MARKER);
        Files.writeString(project.resolve("src/Main.java"), "class Main {}");
        rules = new IgnoreRules(null, project.toString(), false);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cat private/key.txt",
                "cat ./src/../private/key.txt",
                "cat <private/key.txt",
                "cat < private/key.txt | head",
                "openssl x509 -in server.pem -noout",
                "openssl x509 -inserver.pem",
                "grep --file=private/key.txt x",
                "curl -d @server.pem http://localhost",
                "cat 'private/key.txt'",
                "cat \"private\"/key.txt",
                "cat private\\/key.txt",
                "bash -c \"cat private/key.txt\"",
                "bash -c 'sh -c \"cat private/key.txt\"'",
                "python3 -c \"print(open('private/key.txt').read())\"",
                "echo $(cat private/key.txt)",
                "echo `cat private/key.txt`",
                "cd private && cat key.txt",
                "cd src && cat notes.txt",
                "git -C src show HEAD:notes.txt",
                "git show HEAD:private/key.txt",
                "ls private",
                "rm -rf private/deep/gone",
                "cat *.pem",
                "cat s*.pem",
                "cat src/*",
                "cat */notes.txt",
                "cat **/key.txt",
                "cat priv*/key.txt",
                "cat {private,src}/key.txt",
                "cat priv{ate,x}/key.txt",
                "cat ~/private/key.txt",
                "cat $HOME/server.pem",
                "cat ${PWD}/server.pem",
                "docker run -v ./private:/data alpine",
                "K=private/key.txt; cat $K",
                "cat\tprivate/key.txt",
                "true\ncat private/key.txt",
                "cat <<EOF > private/key.txt\nx\nEOF",
                "cat private/key.txt;",
                "diff src/Main.java private/key.txt",
                "vim +10 private/key.txt"
            })
    void aCommandThatNamesAnIgnoredPathLeavesItsIds(String command) {
        String kept = bash(command, MARKER);

        assertThat(kept).as(command).doesNotContain(MARKER).doesNotContain("command");
        assertThat(kept)
                .contains("\"session_id\":\"s\"")
                .contains("\"hook_event_name\":\"PostToolUse\"")
                .contains("\"tool_name\":\"Bash\"")
                .contains("\"tool_use_id\":\"t\"")
                .contains("\"agent_id\":\"a\"")
                .contains("\"cwd\":\"" + project + "\"")
                .endsWith("\"mneme_ignored\":\"ignored path\"}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cat src/Main.java",
                "git status",
                "ls -la",
                "echo private",
                "mvn -q verify -Dtest=NotesTest",
                "cat privately.txt",
                "cat src/M*",
                "cd src && cat Main.java",
                "echo 'don''t'",
                "cat https://example.org/private/x"
            })
    void anyOtherCommandIsKeptAsItIs(String command) {
        if (command.equals("echo private")) {
            // A folder of that name is there: whether the word means it cannot be known.
            assertThat(bash(command, "out")).contains("mneme_ignored");
            return;
        }
        assertThat(bash(command, "out")).isEqualTo(bashEvent(command, "out"));
    }

    @Test
    void powerShellHasNoEscapes() {
        assertThat(
                        keep(
                                event(
                                        "PowerShell",
                                        "{\"command\":" + text("gc private/key.txt") + "}",
                                        text(MARKER))))
                .doesNotContain(MARKER);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Read", "Write", "Edit", "MultiEdit", "NotebookEdit", "Grep", "Glob"})
    void aToolOnAnIgnoredPathLeavesItsIds(String tool) {
        String field =
                switch (tool) {
                    case "NotebookEdit" -> "notebook_path";
                    case "Grep", "Glob" -> "path";
                    default -> "file_path";
                };
        for (String path : new String[] {project + "/private/key.txt", "private/key.txt"}) {
            String kept =
                    keep(
                            event(
                                    tool,
                                    "{\""
                                            + field
                                            + "\":"
                                            + text(path)
                                            + ",\"content\":"
                                            + text(MARKER)
                                            + "}",
                                    "{\"filePath\":"
                                            + text(path)
                                            + ",\"content\":"
                                            + text(MARKER)
                                            + "}"));
            assertThat(kept).as(tool).doesNotContain(MARKER).contains("\"tool_name\":\"" + tool);
        }
        String other = event(tool, "{\"" + field + "\":\"src/Main.java\"}", "{\"a\":1}");
        assertThat(keep(other)).isEqualTo(other);
    }

    @Test
    void ofAGrepOnlyTheIgnoredHitsAreTakenOut() {
        String kept =
                keep(
                        event(
                                "Grep",
                                "{\"pattern\":\"class\",\"output_mode\":\"content\"}",
                                "{\"mode\":\"content\",\"filenames\":[\"src/Main.java\",\"private/key.txt\","
                                        + "\"server.pem\"],\"content\":"
                                        + text(
                                                "src/Main.java:1:class Main\nprivate/key.txt:1:"
                                                        + MARKER
                                                        + "\nprivate/key.txt-2-"
                                                        + MARKER
                                                        + "\nsrc/Main.java:2:end")
                                        + ",\"numFiles\":3}"));

        assertThat(kept)
                .doesNotContain(MARKER)
                .doesNotContain("key.txt")
                .startsWith("{\"mneme_ignored_parts\":3,\"session_id\":\"s\"")
                .contains("\"filenames\":[\"src/Main.java\",\"[ignored path]\"]")
                .contains(text("src/Main.java:1:class Main\n[ignored path]\nsrc/Main.java:2:end"))
                .contains("\"numFiles\":3");
    }

    @Test
    void ofAGlobOnlyTheIgnoredNamesAreTakenOut() {
        String kept =
                keep(
                        event(
                                "Glob",
                                "{\"pattern\":\"**/*\"}",
                                "{\"filenames\":["
                                        + text(project + "/private/key.txt")
                                        + ",\"src/Main.java\"]}"));

        assertThat(kept).contains("\"filenames\":[\"[ignored path]\",\"src/Main.java\"]");
        assertThat(keep(event("Glob", "{\"pattern\":\"private/**\"}", "{\"filenames\":[]}")))
                .contains("mneme_ignored\"");
    }

    @Test
    void ofACommandsOutputTheLinesOfIgnoredFilesAreTakenOut() {
        String diff =
                "diff --git a/src/Main.java b/src/Main.java\n+++ b/src/Main.java\n@@ -1 +1 @@\n+kept\n"
                        + "diff --git a/private/key.txt b/private/key.txt\nindex 1..2 100644\n"
                        + "--- a/private/key.txt\n+++ b/private/key.txt\n@@ -1 +1 @@\n-"
                        + MARKER
                        + "\n+"
                        + MARKER
                        + "\n"
                        + "diff --git a/src/B.java b/src/B.java\n+also kept\n";
        assertThat(bash("git diff", diff))
                .doesNotContain(MARKER)
                .contains("+kept\\n[ignored path]\\ndiff --git a/src/B.java")
                .contains("+also kept");

        assertThat(
                        bash(
                                "rg -n --heading class",
                                "src/Main.java\n1:class\n\nprivate/key.txt\n1:"
                                        + MARKER
                                        + "\n--\n3-"
                                        + MARKER
                                        + "\n\nsrc/B.java\n1:class B"))
                .doesNotContain(MARKER)
                .contains("src/B.java\\n1:class B");

        assertThat(
                        bash(
                                "head -n 5 $(git ls-files)",
                                "==> src/Main.java <==\nclass\n\n==> server.pem <==\n"
                                        + MARKER
                                        + "\n\n==> src/B.java <==\nclass B"))
                .doesNotContain(MARKER)
                .contains("class B");

        // As other hosts tell what their own tools found and read.
        assertThat(
                        bash(
                                "search",
                                "File: server.pem\nL12: "
                                        + MARKER
                                        + "\nL13: "
                                        + MARKER
                                        + "\nFile: src/B.java\nL1: class B"))
                .doesNotContain(MARKER)
                .contains("L1: class B");
        assertThat(
                        bash(
                                "search",
                                "server.pem\n\u2502----\n\u2502"
                                        + MARKER
                                        + "\n\u2502----\n\nsrc/B.java\n\u2502class B"))
                .doesNotContain(MARKER)
                .contains("class B");
        assertThat(
                        bash(
                                "read",
                                "--- server.pem ---\n\n"
                                        + MARKER
                                        + "\n\n--- src/B.java ---\n\nclass B"))
                .doesNotContain(MARKER)
                .contains("class B");

        assertThat(
                        bash(
                                "grep -rn --color=always x .",
                                "\u001b[35m./private/key.txt\u001b[0m:1:"
                                        + MARKER
                                        + "\r\n./src/Main.java:1:x"))
                .doesNotContain(MARKER)
                .contains("./src/Main.java:1:x");

        assertThat(bash("git status -s", " M src/Main.java\n?? private/key.txt\n"))
                .doesNotContain("key.txt");
    }

    @Test
    void filesThatACommandChangedAreTakenOutOfItsDiff() {
        String kept =
                keep(
                        event(
                                "Bash",
                                "{\"command\":\"make\"}",
                                "{\"stdout\":\"done\",\"bashEditDiff\":{\"changedFiles\":[\"src/Main.java\","
                                        + text(project + "/private/key.txt")
                                        + "],\"files\":[{\"filePath\":"
                                        + text(project + "/private/key.txt")
                                        + ",\"hunks\":[{\"lines\":["
                                        + text(MARKER)
                                        + "]}]},{\"filePath\":\"src/Main.java\",\"hunks\":[]}]}}"));

        assertThat(kept)
                .doesNotContain(MARKER)
                .doesNotContain("key.txt")
                .contains("\"files\":[{\"filePath\":\"src/Main.java\",\"hunks\":[]}]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"path\":\"private/key.txt\"}",
                "{\"uri\":\"file://PROJECT/private/key.txt\"}",
                "{\"paths\":[\"src\",\"private/key.txt\"]}",
                "{\"options\":{\"target\":\"server.pem\"}}",
                "{\"anything\":\"./private/key.txt\"}",
                "{\"edits\":[{\"file_path\":\"private/key.txt\"}]}",
                "{\"files\":{\"private/key.txt\":\"x\"}}",
                "{\"command\":\"cat private/key.txt\"}"
            })
    void aToolOfAnotherServerThatNamesAnIgnoredPathLeavesItsIds(String input) {
        assertThat(
                        keep(
                                event(
                                        "mcp__files__read",
                                        input.replace("PROJECT", project.toString()),
                                        "[{\"type\":\"text\",\"text\":" + text(MARKER) + "}]")))
                .doesNotContain(MARKER)
                .contains("mneme_ignored\"");
    }

    @Test
    void linesAndResourcesInTheAnswerOfAnotherServerAreTakenOut() {
        String kept =
                keep(
                        event(
                                "mcp__files__search",
                                "{\"query\":\"x\"}",
                                "[{\"type\":\"resource\",\"resource\":{\"uri\":"
                                        + text("file://" + project + "/private/key.txt")
                                        + ",\"text\":"
                                        + text(MARKER)
                                        + "}},{\"type\":\"text\",\"text\":\"kept\"}]"));

        assertThat(kept).doesNotContain(MARKER).contains("\"text\":\"kept\"");
        assertThat(
                        keep(
                                event(
                                        "mcp__files__search",
                                        "{\"query\":\"x\"}",
                                        "[{\"type\":\"text\",\"text\":"
                                                + text("private/key.txt:1:" + MARKER + "\nsrc:2:x")
                                                + "}]")))
                .doesNotContain(MARKER)
                .contains("src:2:x");
    }

    @Test
    void aFailedCommandLosesTheLinesOfIgnoredFiles() {
        String failed =
                "{\"session_id\":\"s\",\"hook_event_name\":\"PostToolUseFailure\",\"cwd\":"
                        + text(project.toString())
                        + ",\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"make\"},\"error\":"
                        + text("Exit code 2\nprivate/key.txt:1: " + MARKER)
                        + "}";

        assertThat(keep(failed)).doesNotContain(MARKER).contains("Exit code 2\\n[ignored path]");
    }

    @Test
    void everyEventInAnIgnoredFolderLeavesItsIds() {
        String prompt =
                "{\"session_id\":\"s\",\"hook_event_name\":\"UserPromptSubmit\",\"cwd\":"
                        + text(project + "/private/deep")
                        + ",\"prompt\":"
                        + text(MARKER)
                        + "}";

        assertThat(keep(prompt))
                .isEqualTo(
                        "{\"session_id\":\"s\",\"hook_event_name\":\"UserPromptSubmit\",\"cwd\":"
                                + text(project + "/private/deep")
                                + ",\"mneme_ignored\":\"ignored path\"}");
    }

    @Test
    void aPromptLosesTheNameOfAnIgnoredFileAndNothingElse() {
        assertThat(prompt("Compare @src/Main.java with @private/key.txt, please"))
                .contains("Compare @src/Main.java with @[ignored path] please");
        assertThat(prompt("What is in @\"private/key.txt\"?"))
                .contains("What is in @\\\"[ignored path]\\\"?");
        assertThat(prompt("See @server.pem#L1-3.")).contains("See @[ignored path]");
        String other = "mail me@private and @nobody about @src/Main.java";
        assertThat(prompt(other)).contains("\"" + other + "\"").doesNotContain("mneme_ignored");
    }

    @Test
    void aBackgroundTaskOnAnIgnoredFileIsTakenOut() {
        String stop =
                "{\"session_id\":\"s\",\"hook_event_name\":\"Stop\",\"cwd\":"
                        + text(project.toString())
                        + ",\"background_tasks\":[{\"id\":1,\"command\":\"tail -f private/"
                        + MARKER
                        + "\"},{\"id\":2,\"command\":\"make\"}]}";

        assertThat(keep(stop)).doesNotContain(MARKER).contains("[{\"id\":2,\"command\":\"make\"}]");
    }

    @Test
    void aFileReadMayTalkAboutIgnoredPaths() {
        String read =
                event(
                        "Read",
                        "{\"file_path\":\"src/Main.java\"}",
                        "{\"type\":\"text\",\"file\":{\"filePath\":\"src/Main.java\",\"content\":"
                                + text("private/key.txt\nserver.pem: the key")
                                + "}}");

        assertThat(keep(read)).isEqualTo(read);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"session_id\":\"s\",\"cwd\":PROJECT,\"tool_input\":{\"file_path\":\"MARKER-7Q",
                "{\"session_id\":\"s\",\"cwd\":PROJECT,\"a\":\"MARKER-7Q\",\"a\":1}",
                "{\"session_id\":\"s\",\"cwd\":PROJECT,\"a\":\"MARKER-7Q\"} more"
            })
    void whatCannotBeReadLeavesItsIdsWhereThereAreRules(String broken) {
        String event = broken.replace("PROJECT", text(project.toString()));

        assertThat(keep(event))
                .doesNotContain(MARKER)
                .contains("\"session_id\":\"s\"")
                .contains(IgnoreRules.REASON_CLOSED);
        String elsewhere = broken.replace("PROJECT", text(folder.toString()));
        assertThat(keep(elsewhere)).isEqualTo(elsewhere);
    }

    @Test
    void whatIsLeftStaysWhatItIs() {
        String once = bash("cat private/key.txt", MARKER);

        assertThat(keep(once)).isEqualTo(once);
        assertThat(rules.keep(once.getBytes(StandardCharsets.UTF_8)).reason())
                .isEqualTo(IgnoreRules.REASON);
    }

    @Test
    void anIgnoreFileThatIsTooLargeKeepsNothingAndSaysWhy() throws Exception {
        Files.writeString(project.resolve(".mnemeignore"), "x\n".repeat(IgnoreFile.FILE_BYTES_MAX));

        assertThat(bash("make", MARKER)).doesNotContain(MARKER).contains(IgnoreRules.REASON_CLOSED);
    }

    private String bash(String command, String output) {
        return keep(bashEvent(command, output));
    }

    private String bashEvent(String command, String output) {
        return event(
                "Bash",
                "{\"command\":" + text(command) + "}",
                "{\"stdout\":" + text(output) + ",\"stderr\":\"\"}");
    }

    private String prompt(String prompt) {
        return keep(
                "{\"session_id\":\"s\",\"cwd\":"
                        + text(project.toString())
                        + ",\"prompt\":"
                        + text(prompt)
                        + "}");
    }

    private String event(String tool, String input, String response) {
        return "{\"session_id\":\"s\",\"hook_event_name\":\"PostToolUse\",\"agent_id\":\"a\",\"cwd\":"
                + text(project.toString())
                + ",\"tool_name\":"
                + text(tool)
                + ",\"tool_use_id\":\"t\",\"tool_input\":"
                + input
                + ",\"tool_response\":"
                + response
                + "}";
    }

    private String keep(String event) {
        return new String(
                rules.keep(event.getBytes(StandardCharsets.UTF_8)).payload(),
                StandardCharsets.UTF_8);
    }

    private static String text(String text) {
        StringBuilder literal = new StringBuilder();
        dev.mneme.redaction.JsonStrings.appendLiteral(literal, text);
        return literal.toString();
    }
}
