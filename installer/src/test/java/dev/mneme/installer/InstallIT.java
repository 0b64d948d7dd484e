package dev.mneme.installer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.protocol.Json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// The verbs as people use them: real shell, real launcher, real processes, stand-in programs.
final class InstallIT {

    @TempDir Path directory;

    @Test
    void installsChecksStopsAndUninstallsWithoutATrace() throws Exception {
        try (var sandbox = Sandbox.withJdk(directory, "a machine with ünïcode")) {
            Files.createDirectories(sandbox.claude());
            Path settings = sandbox.claude().resolve("settings.json");
            Files.writeString(settings, "{\n\t\"model\": \"opus\",\n\t\"n\": 1e400\n}\n");
            Map<String, String> before = Sandbox.snapshot(sandbox.home());

            Children.Ended installed = sandbox.mneme("install", "--yes");

            assertThat(installed.exitCode()).as(installed.err() + installed.out()).isZero();
            assertThat(sandbox.filtered(installed.out()))
                    .isEqualTo(
                            """
                            installing Mneme VERSION into `~/.mneme`
                              ok      home          ~/.mneme (TIME)
                              ok      programs      N libraries (TIME)
                                      unpacking PostgreSQL
                                      migrated
                              ok      database      prepared (TIME)
                              ok      hooks         `~/.claude/settings.json` (TIME)
                              ok      MCP server    `~/.claude.json` (TIME)
                              ok      skill         `~/.claude/skills/mem-search/SKILL.md` (TIME)
                              ok      daemon        process PID, port PORT (TIME)
                            checking with `mneme doctor`
                              note    claude code MS  hooks and MCP server registered; no `claude` on the PATH
                                      hint: install Claude Code, or put it on the PATH; nothing else is missing
                              note    daemon MS  up, process PID, version 0, while this program is VERSION
                                      hint: `mneme restart` starts the daemon that is installed; `./mneme upgrade` in your clone installs that one's
                              ok      database MS  embedded, PostgreSQL 17.6
                              ok      vectors MS  pgvector 0.8.4, index hnsw, 0 rows
                              ok      disk MS  50000 MB free
                              ok      extraction MS  an older daemon does not say
                              ok      hooks MS  5 hooks, MS each
                              ok      queue MS  drained, 4 observations in all, model hashed
                              ok      observation MS  1 found with embedding
                              ok      mcp MS  1 tools, initialize in MS, search finds it
                              ok      cleanup MS  the throwaway project is gone
                            healthy
                            installed in TIME
                            use Claude Code as always: its next session is captured
                            `~/.mneme/bin/mneme status` says how it gets on; for `mneme` alone:
                              export PATH="~/.mneme/bin:$PATH"
                            """);
            assertThat(permissionsOfOthers(sandbox.mnemeHome())).as("under any umask").isEmpty();

            Map<String, String> claudeBefore = Sandbox.snapshot(sandbox.claude());
            Children.Ended again = sandbox.mneme("install", "--yes");
            assertThat(again.exitCode()).as(again.err()).isZero();
            assertThat(again.out()).contains("same    programs").contains("same    hooks");
            assertThat(Sandbox.snapshot(sandbox.claude())).isEqualTo(claudeBefore);

            Path launcher = sandbox.mnemeHome().resolve("bin/mneme");
            Children.Ended status = sandbox.launcher(launcher, Map.of(), "status", "--json");
            assertThat(status.exitCode()).as(status.err()).isZero();
            JsonNode json = Json.tree(status.out());
            assertThat(json.at("/vector/index").asString()).isEqualTo("hnsw");
            assertThat(json.at("/daemon/running").asBoolean()).isTrue();
            assertThat(json.at("/claude_code/mcp").asString()).isEqualTo("registered");
            Children.Ended start = sandbox.mneme("start");
            assertThat(start.exitCode()).isZero();
            assertThat(sandbox.filtered(start.out()))
                    .isEqualTo("daemon already up: process PID, port PORT\n");

            Children.Ended uninstalled = sandbox.mneme("uninstall", "--yes", "--purge");

            assertThat(uninstalled.exitCode()).as(uninstalled.err()).isZero();
            assertThat(Sandbox.snapshot(sandbox.home())).isEqualTo(before);
            assertThat(sandbox.mnemeHome()).doesNotExist();
        }
    }

    @Test
    void keepsDataAndListsItWhenUninstalledWithoutPurge() throws Exception {
        try (var sandbox = new Sandbox(directory, "keep")) {
            assertThat(sandbox.mneme("install", "--yes").exitCode()).isZero();
            Path token = sandbox.mnemeHome().resolve("token");
            String secret = Files.readString(token);

            Children.Ended uninstalled = sandbox.mneme("uninstall", "--yes");

            assertThat(uninstalled.exitCode()).as(uninstalled.err()).isZero();
            assertThat(uninstalled.out()).contains("  token").contains("  .env");
            assertThat(Files.readString(token)).isEqualTo(secret);
            assertThat(sandbox.mnemeHome().resolve("app")).doesNotExist();
            assertThat(sandbox.claude()).doesNotExist();
            assertThat(sandbox.mneme("install", "--yes").exitCode()).isZero();
            assertThat(Files.readString(token)).isEqualTo(secret);
        }
    }

    @Test
    void namesThePlaceInBrokenSettingsAndChangesNothing() throws Exception {
        try (var sandbox = new Sandbox(directory, "broken")) {
            Files.createDirectories(sandbox.claude());
            Files.writeString(
                    sandbox.claude().resolve("settings.json"), "{\n  // mine\n  \"a\": 1\n}\n");
            Map<String, String> before = Sandbox.snapshot(sandbox.home());

            Children.Ended ended = sandbox.mneme("install", "--yes");

            assertThat(ended.exitCode()).isEqualTo(1);
            assertThat(sandbox.filtered(ended.err()))
                    .isEqualTo(
                            """
                            error: cannot edit `~/.claude/settings.json`: line 2, column 3: comments are not allowed in JSON
                            hint: nothing was changed; mend the file, then run the command again
                            """);
            assertThat(Sandbox.snapshot(sandbox.home())).isEqualTo(before);
        }
    }

    @Test
    void passesOnWhyTheDatabaseCannotBePrepared() throws Exception {
        try (var sandbox = new Sandbox(directory, "no-database")) {
            Files.createDirectories(sandbox.mnemeHome());
            Files.writeString(sandbox.mnemeHome().resolve("standin"), "fail-prepare");

            Children.Ended ended = sandbox.mneme("install", "--yes", "--no-register");

            assertThat(ended.exitCode()).isEqualTo(1);
            assertThat(ended.err())
                    .endsWith(
                            """
                            error: cannot prepare the database: cannot create the cluster (disk full)
                            hint: free some space
                            """);
            assertThat(sandbox.claude()).doesNotExist();
        }
    }

    @Test
    void doctorNamesTheFirstBrokenThingAndStaysHealthyWithoutVectors() throws Exception {
        try (var sandbox = new Sandbox(directory, "doctor")) {
            Path home = sandbox.home().resolve("elsewhere");
            Map<String, String> environment = Map.of("MNEME_HOME", home.toString());
            assertThat(sandbox.mneme(environment, "install", "--yes").exitCode()).isZero();
            Files.writeString(home.resolve("standin"), "no-vectors");

            Children.Ended without = sandbox.mneme(environment, "doctor", "--json");
            assertThat(without.exitCode()).as(without.err()).isZero();
            JsonNode report = Json.tree(without.out());
            assertThat(report.path("healthy").asBoolean()).isTrue();
            assertThat(report.at("/steps/3/name").asString()).isEqualTo("vectors");
            assertThat(report.at("/steps/3/status").asString()).isEqualTo("warning");
            assertThat(sandbox.mneme(environment, "status").out())
                    .contains(
                            "  queue        0 pending, 0 in open turns, 0 dead; ",
                            "  progress     the oldest job is 12 seconds old; the last was done ",
                            "  storage      database 45 MB, +1.3 MB a day; spool 0 B of 268 MB;"
                                    + " log 9.0 kB; 50 GB free\n")
                    .doesNotContain("warning");

            Files.writeString(home.resolve("standin"), "short-of-space");
            Children.Ended tight = sandbox.mneme(environment, "doctor");
            assertThat(tight.exitCode()).as("space that is short is no fault yet").isZero();
            assertThat(tight.out()).contains("900 MB free\n          hint: only 900 MB are free");
            assertThat(sandbox.mneme(environment, "status").out())
                    .contains("  warning      only 900 MB are free\n");
            assertThat(
                            Json.tree(sandbox.mneme(environment, "status", "--json").out())
                                    .at("/storage/warning")
                                    .asString())
                    .isEqualTo("only 900 MB are free");

            Files.writeString(home.resolve("standin"), "stalled");
            Children.Ended stalled = sandbox.mneme(environment, "status");
            assertThat(stalled.exitCode()).isEqualTo(1);
            assertThat(stalled.out())
                    .startsWith("unhealthy\n")
                    .contains(
                            "  progress     stalled: the oldest job is 2 hours old;"
                                    + " none was done yet\n");

            Files.writeString(home.resolve("standin"), "forget");
            Children.Ended forgetting = sandbox.mneme(environment, "doctor");
            assertThat(forgetting.exitCode()).isEqualTo(1);
            assertThat(forgetting.out())
                    .endsWith(
                            "broken: observation: what the hooks sent did not become a memory;"
                                    + " see `mneme logs` and the dead jobs in `mneme status`\n");
        }
    }

    @Test
    void stopsOnlyWhatIsOurs() throws Exception {
        try (var sandbox = new Sandbox(directory, "stop")) {
            sandbox.startDaemon();
            assertThat(sandbox.filtered(sandbox.mneme("stop").out()))
                    .isEqualTo("daemon stopped: process PID\n");
            assertThat(sandbox.mneme("status").exitCode()).isEqualTo(1);

            Process bystander = new ProcessBuilder("sleep", "600").start();
            try {
                Files.writeString(
                        sandbox.mnemeHome().resolve("run/daemon.json"),
                        "{\"pid\":" + bystander.pid() + ",\"port\":1,\"version\":\"0\"}");
                Children.Ended stop = sandbox.mneme("stop");
                assertThat(stop.exitCode()).isZero();
                assertThat(stop.out()).isEqualTo("daemon not running\n");
                assertThat(bystander.isAlive()).isTrue();
            } finally {
                bystander.destroyForcibly();
            }
        }
    }

    @Test
    void letsTheClientRegisterTheServerAndRefusesAnOldOne() throws Exception {
        try (var sandbox = new Sandbox(directory, "client")) {
            Path tools = Files.createDirectories(sandbox.home().resolve("tools"));
            Path calls = sandbox.home().resolve("calls");
            Path client = tools.resolve("claude");
            String script =
                    """
                    #!/bin/sh
                    [ "$1" != --version ] || { echo '2.1.138 (Claude Code)'; exit 0; }
                    for argument; do printf '%s\\n' "$argument"; done >> 'CALLS'
                    cat >> 'CALLS'
                    [ "$2" != remove ]
                    """
                            .replace("CALLS", calls.toString());
            Files.writeString(client, script);
            Files.setPosixFilePermissions(client, PosixFilePermissions.fromString("rwxr-xr-x"));
            Map<String, String> path = Map.of("PATH", tools + ":/usr/bin:/bin");

            Children.Ended old = sandbox.mneme(path, "install", "--yes");
            assertThat(old.exitCode()).isEqualTo(1);
            assertThat(old.err()).contains("2.1.138").contains("hint: update it");
            assertThat(sandbox.mnemeHome()).doesNotExist();

            Files.writeString(client, script.replace("2.1.138", "2.1.329"));
            Children.Ended installed = sandbox.mneme(path, "install", "--yes");

            assertThat(installed.exitCode()).as(installed.err()).isZero();
            List<String> words = Files.readAllLines(calls);
            assertThat(words.subList(0, 8))
                    .containsExactly(
                            "mcp",
                            "remove",
                            "mneme",
                            "--scope",
                            "user",
                            "mcp",
                            "add-json",
                            "mneme");
            JsonNode entry = Json.tree(words.get(8));
            assertThat(entry.path("type").asString()).isEqualTo("stdio");
            assertThat(entry.at("/env/MNEME_HOME").asString())
                    .isEqualTo(sandbox.mnemeHome().toString());
            assertThat(words.subList(9, 11)).containsExactly("--scope", "user");
            assertThat(words.subList(11, 14)).containsExactly("mcp", "get", "mneme");
            assertThat(sandbox.home().resolve(".claude.json")).doesNotExist();
        }
    }

    @Test
    void saysWhatCannotBeWrittenInAReadOnlyFolder() throws Exception {
        try (var sandbox = new Sandbox(directory, "read-only")) {
            Path settings = Files.createDirectories(sandbox.claude()).resolve("settings.json");
            Files.writeString(settings, "{}");
            Path script = sandbox.home().resolve("read-only.sh");
            String folder = "'" + sandbox.claude() + "'";
            Files.writeString(
                    script,
                    "mount --bind "
                            + folder
                            + " "
                            + folder
                            + " && mount -o remount,ro,bind "
                            + folder
                            + " || exit 90\n"
                            + "(: > "
                            + folder
                            + "/probe) 2>/dev/null && exit 91\n"
                            + "exec /bin/sh '"
                            + sandbox.sourceTree().resolve("mneme")
                            + "' install --yes\n");
            Path unshared = sandbox.home().resolve("unshared.sh");
            Files.writeString(unshared, "exec unshare -m /bin/sh '" + script + "'\n");

            Children.Ended ended = sandbox.launcher(unshared, Map.of());

            assertThat(ended.exitCode()).as(ended.out() + ended.err()).isEqualTo(1);
            assertThat(ended.err())
                    .contains("error: cannot write `" + settings + "`")
                    .contains("hint: check that the file and its folder can be read and written");
            assertThat(Files.readString(settings)).isEqualTo("{}");
        }
    }

    /// Everything that anybody but the owner may touch; links have no mode of their own.
    private static List<String> permissionsOfOthers(Path home) throws IOException {
        var open = new ArrayList<String>();
        try (Stream<Path> files = Files.walk(home)) {
            for (Path file : files.toList()) {
                if (!Files.isSymbolicLink(file)) {
                    String mode =
                            PosixFilePermissions.toString(
                                    Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS));
                    if (!mode.endsWith("------")) {
                        open.add(mode + " " + file);
                    }
                }
            }
        }
        return open;
    }
}
