package dev.mneme.installer.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mneme.installer.Failure;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/// The files themselves: what is restored, what is kept, what is never overwritten.
final class ClaudeRegistrationTest {

    @TempDir Path directory;

    private final AtomicLong seconds = new AtomicLong();
    private Path home = Path.of("");
    private Path settings = Path.of("");
    private ClaudeFiles files =
            new ClaudeFiles(Path.of(""), Path.of(""), Path.of(""), Path.of(""), Path.of(""));

    @BeforeEach
    void places() throws IOException {
        Path real = directory.toRealPath();
        home = real.resolve("home/.mneme");
        files = ClaudeFiles.fromEnvironment(Map.of("HOME", real.resolve("home").toString()));
        settings = files.settings();
    }

    @Test
    void honoursClaudeConfigDir() {
        ClaudeFiles moved =
                ClaudeFiles.fromEnvironment(
                        Map.of("HOME", "/home/x", "CLAUDE_CONFIG_DIR", "/etc/claude"));

        assertThat(moved.settings()).hasToString("/etc/claude/settings.json");
        assertThat(moved.servers()).hasToString("/etc/claude/.claude.json");
        assertThat(files.servers()).isEqualTo(directoryReal().resolve("home/.claude.json"));
    }

    @Test
    void removesEverythingThatWasNotThereBefore() throws Exception {
        Files.createDirectories(home);
        registerAll();
        assertThat(settings).exists();
        assertThat(files.skillFile()).exists();

        registration().unregister();

        assertThat(files.directory()).doesNotExist();
        assertThat(files.servers()).doesNotExist();
    }

    @Test
    void restoresTheOriginalBytesModeAndNoBackup() throws Exception {
        byte[] original =
                "\uFEFF{ \"a\" : 1e400 ,\r\n\t\"hooks\":{} }".getBytes(StandardCharsets.UTF_8);
        write(settings, original);
        Files.setPosixFilePermissions(settings, PosixFilePermissions.fromString("rw-r-----"));

        registerAll();
        // An upgrade writes other commands; the original stays the first one.
        registration().registerHooks(hook -> List.of(home + "/app/new", hook.argument()));
        assertThat(backups()).isNotEmpty();
        registration().unregister();

        assertThat(Files.readAllBytes(settings)).isEqualTo(original);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(settings)))
                .isEqualTo("rw-r-----");
        assertThat(backups()).isEmpty();
    }

    @Test
    void keepsWhatTheUserChangedAfterwards() throws Exception {
        write(settings, "{\n  \"a\": 1\n}\n".getBytes(StandardCharsets.UTF_8));
        registerAll();
        Files.writeString(settings, Files.readString(settings).replace("\"a\": 1", "\"a\": 2"));

        registration().unregister();

        assertThat(Files.readString(settings)).isEqualTo("{\n  \"a\": 2\n}\n");
        assertThat(backups()).isNotEmpty();
    }

    @Test
    void takesABlankFileForAnEmptyObjectAndRestoresIt() throws Exception {
        write(settings, " \n".getBytes(StandardCharsets.UTF_8));
        registerAll();
        registration().unregister();
        assertThat(Files.readString(settings)).isEqualTo(" \n");
    }

    @Test
    void writesNothingWhenNothingChanges() throws Exception {
        registerAll();
        var before = Files.getLastModifiedTime(settings);
        String content = Files.readString(settings);

        assertThat(registration().registerHooks(this::command))
                .isEqualTo(ClaudeRegistration.Done.UNCHANGED);
        assertThat(registration().registerServer(entry()))
                .isEqualTo(ClaudeRegistration.Done.UNCHANGED);
        assertThat(registration().installSkill()).isEqualTo(ClaudeRegistration.Done.UNCHANGED);
        assertThat(Files.getLastModifiedTime(settings)).isEqualTo(before);
        assertThat(Files.readString(settings)).isEqualTo(content);
    }

    @Test
    void keepsTheLastThreeBackups() throws Exception {
        write(settings, "{}".getBytes(StandardCharsets.UTF_8));
        for (int round = 0; round < 6; round++) {
            int number = round;
            registration().registerHooks(hook -> List.of(home + "/app/" + number, hook.argument()));
        }
        assertThat(backups()).hasSize(SettingsFile.BACKUPS_MAX);
    }

    @Test
    void writesThroughALinkToTheRealFile() throws Exception {
        Path real = Files.createDirectories(directoryReal().resolve("dotfiles")).resolve("s.json");
        Files.writeString(real, "{\"a\":1}");
        Files.createDirectories(settings.getParent());
        Files.createSymbolicLink(settings, real);

        registerAll();

        assertThat(settings).isSymbolicLink();
        assertThat(Files.readString(real)).contains("SessionStart");
        registration().unregister();
        assertThat(settings).isSymbolicLink();
        assertThat(Files.readString(real)).isEqualTo("{\"a\":1}");
    }

    @Test
    void startsOverWhenSomebodyElseWroteInBetween() throws Exception {
        write(settings, "{}".getBytes(StandardCharsets.UTF_8));
        var file = new SettingsFile(settings, this::now);
        var interfered = new AtomicLong();

        SettingsFile.Outcome outcome =
                file.edit(
                        text -> {
                            if (interfered.getAndIncrement() == 0) {
                                overwrite("{\"theirs\":1}");
                            }
                            var edit = new JsonEdit(text);
                            edit.put("ours", 1);
                            return edit.text();
                        });

        assertThat(outcome.before()).isEqualTo("{\"theirs\":1}");
        assertThat(Files.readString(settings)).isEqualTo("{\"theirs\":1,\"ours\":1}");
    }

    @Test
    void givesUpWithoutAChangeWhenSomebodyKeepsWriting() throws Exception {
        write(settings, "{}".getBytes(StandardCharsets.UTF_8));
        var file = new SettingsFile(settings, this::now);
        var round = new AtomicLong();

        assertThatThrownBy(
                        () ->
                                file.edit(
                                        text -> {
                                            overwrite(
                                                    "{\"theirs\":" + round.getAndIncrement() + "}");
                                            return "{\"ours\":1}";
                                        }))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("another program keeps changing it");
        assertThat(Files.readString(settings)).contains("theirs");
    }

    @Test
    void refusesTextThatIsNotUtf8() throws Exception {
        byte[] latin1 = "{\"a\":\"ü\"}".getBytes(StandardCharsets.ISO_8859_1);
        write(settings, latin1);

        assertThatThrownBy(() -> registration().check())
                .isInstanceOf(Failure.class)
                .hasMessageContaining("not UTF-8");
        assertThat(Files.readAllBytes(settings)).isEqualTo(latin1);
    }

    @Test
    void leavesAForeignSkillAndAChangedOneAlone() throws Exception {
        write(files.skillFile(), "theirs".getBytes(StandardCharsets.UTF_8));
        assertThat(registration().installSkill()).isEqualTo(ClaudeRegistration.Done.FOREIGN);
        assertThat(Files.readString(files.skillFile())).isEqualTo("theirs");

        Files.delete(files.skillFile());
        assertThat(registration().installSkill()).isEqualTo(ClaudeRegistration.Done.WRITTEN);
        String changed = Files.readString(files.skillFile()) + "mine\n";
        Files.writeString(files.skillFile(), changed);
        assertThat(registration().installSkill()).isEqualTo(ClaudeRegistration.Done.FOREIGN);
        registration().unregister();
        assertThat(Files.readString(files.skillFile())).isEqualTo(changed);
    }

    @Test
    void keepsOtherServersAndTheRestOfTheStateFile() throws Exception {
        String state =
                "{\n  \"numStartups\": 7,\n  \"mcpServers\": {\n    \"other\": {\"command\": \"x\"}\n  },\n  \"projects\": {}\n}\n";
        write(files.servers(), state.getBytes(StandardCharsets.UTF_8));

        registerAll();
        assertThat(registration().registeredServer().orElseThrow().environment())
                .containsEntry("MNEME_HOME", home.toString());
        String later = Files.readString(files.servers()).replace(": 7", ": 8");
        Files.writeString(files.servers(), later);
        registration().unregister();

        assertThat(Files.readString(files.servers())).isEqualTo(state.replace(": 7", ": 8"));
    }

    private Path directoryReal() {
        try {
            return directory.toRealPath();
        } catch (IOException failed) {
            throw new java.io.UncheckedIOException(failed);
        }
    }

    private void registerAll() throws Failure {
        registration().registerHooks(this::command);
        registration().registerServer(entry());
        registration().installSkill();
    }

    private ClaudeRegistration registration() {
        return new ClaudeRegistration(files, home, home.resolve("app"), this::now);
    }

    private Instant now() {
        return Instant.ofEpochSecond(seconds.incrementAndGet());
    }

    private List<String> command(HookRegistration hook) {
        return List.of(home.resolve("app/runtime/bin/java").toString(), hook.argument());
    }

    private Map<String, Object> entry() {
        return ServerSettings.entry(
                List.of(home.resolve("app/runtime/bin/java").toString(), "-jar", "x"),
                Map.of("MNEME_HOME", home.toString()));
    }

    private void overwrite(String text) {
        try {
            Files.writeString(settings, text);
        } catch (IOException failed) {
            throw new java.io.UncheckedIOException(failed);
        }
    }

    private List<Path> backups() throws IOException {
        try (Stream<Path> siblings = Files.list(files.directory())) {
            return siblings.filter(file -> file.toString().contains(".bak-")).toList();
        }
    }

    private static void write(Path file, byte[] content) throws IOException {
        Files.createDirectories(file.getParent());
        Files.write(file, content);
    }

    @Test
    void settingsThatAreManagedForEverybodyAreReadAndNeverWritten() throws Exception {
        Path managed = directory.resolve("managed-settings.json");
        var withManaged =
                new ClaudeRegistration(
                        new ClaudeFiles(
                                files.directory(),
                                files.settings(),
                                files.servers(),
                                files.skills(),
                                managed),
                        directory.resolve("home"),
                        directory.resolve("home/app"),
                        java.time.Clock.systemUTC());
        assertThat(withManaged.areHooksManaged()).isFalse();
        Files.writeString(managed, "{\"allowManagedHooksOnly\": true}");
        assertThat(withManaged.areHooksManaged()).isTrue();
        Files.writeString(managed, "{\"disableAllHooks\": false}");
        assertThat(withManaged.areHooksManaged()).isFalse();
    }
}
