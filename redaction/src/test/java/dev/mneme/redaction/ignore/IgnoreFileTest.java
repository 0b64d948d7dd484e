package dev.mneme.redaction.ignore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/// What git does not know: where files are looked for, their limits, and what they may cost.
final class IgnoreFileTest {

    private static final Duration DEADLINE = Duration.ofSeconds(20);

    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b",
                "a**a**a**a**a**a**a**a**a**a**a**b",
                "**/**/**/**/**/**/**/**/**/**/**/b",
                "**/a/**/a/**/a/**/a/**/a/**/a/**/b",
                "*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*b",
                "[a-z]*[a-z]*[a-z]*[a-z]*[a-z]*[0-9]/x",
                "/*/*/*/*a*a*a*a*a*a*a*a*a*a*a*/*b"
            })
    void aHostilePatternCostsNoMoreThanItsLength(String pattern) {
        int lines =
                Math.min(
                        IgnoreFile.PATTERNS_MAX,
                        IgnoreFile.FILE_BYTES_MAX / (pattern.length() + 1));
        IgnoreFile file = parse((pattern + "\n").repeat(lines));
        String path = "a".repeat(100) + ("/" + "a".repeat(20)).repeat(40) + "/" + "a".repeat(200);

        assertTimeoutPreemptively(
                DEADLINE,
                () ->
                        assertThat(file.match(path, () -> true, new Work()))
                                .isEqualTo(IgnoreFile.Word.NOTHING));
    }

    @Test
    void workHasAnEndAndWhatIsLeftThenCountsAsIgnored() throws Exception {
        Files.writeString(
                folder.resolve(IgnoreFiles.NAME), ("**/" + "*a".repeat(200) + "b\n").repeat(130));
        IgnoreScope scope = new IgnoreRules(null, null, false).scope(folder.toString());
        String path = folder + "/" + "a".repeat(250);

        assertTimeoutPreemptively(
                DEADLINE,
                () -> {
                    assertThat(scope.isIgnoredPath(path, false)).isFalse();
                    for (int i = 0; i < 10_000 && !scope.isClosed(); i++) {
                        scope.isIgnoredPath(path, false);
                    }
                });
        assertThat(scope.isClosed()).isTrue();
        assertThat(scope.isIgnoredPath(path, false)).isTrue();
    }

    @Test
    void aFileThatCannotBeFollowedIgnoresEverythingBelowItsFolder() throws Exception {
        Path below = Files.createDirectories(folder.resolve("below"));
        Files.writeString(
                below.resolve(IgnoreFiles.NAME), "x\n".repeat(IgnoreFile.PATTERNS_MAX + 1));
        IgnoreScope scope = new IgnoreRules(null, null, false).scope(folder.toString());

        assertThat(scope.isIgnored("below/a")).isTrue();
        assertThat(scope.isClosed()).isTrue();
        assertThat(scope.isIgnored("other/a")).isFalse();
        assertThat(parse("x".repeat(IgnoreFile.PATTERN_BYTES_MAX + 1)).isEverything()).isTrue();
        assertThat(parse("#".repeat(IgnoreFile.FILE_BYTES_MAX + 1)).isEverything()).isTrue();
        assertThat(parse("x\n".repeat(IgnoreFile.PATTERNS_MAX)).isEverything()).isFalse();
        assertThat(parse("#".repeat(IgnoreFile.FILE_BYTES_MAX)).isEmpty()).isTrue();
    }

    @Test
    void theOldNameIsReadAsWellAndTheNewOneDecides() throws Exception {
        Files.writeString(folder.resolve(IgnoreFiles.OLD_NAME), "old\nboth\n");
        Files.writeString(folder.resolve(IgnoreFiles.NAME), "new\n!both\n");
        IgnoreScope scope = new IgnoreRules(null, null, false).scope(folder.toString());

        assertThat(scope.isIgnored("old")).isTrue();
        assertThat(scope.isIgnored("new")).isTrue();
        assertThat(scope.isIgnored("both")).isFalse();
    }

    @Test
    void theGlobalFileCountsFromTheRepositoryAndTakesAbsolutePaths() throws Exception {
        Path home = Files.createDirectory(folder.resolve("home"));
        Path repository = Files.createDirectories(folder.resolve("build/repository"));
        Files.createDirectory(repository.resolve(".git"));
        Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
        Files.writeString(
                home.resolve(IgnoreFiles.NAME), "build\n/top\n*.pem\n" + elsewhere + "/secret/\n");
        Files.writeString(repository.resolve(IgnoreFiles.NAME), "!test.pem\n");
        IgnoreScope scope =
                new IgnoreRules(home.toFile(), null, false).scope(repository.toString());

        assertThat(scope.isIgnored("a.java")).as("the repository lies below `build`").isFalse();
        assertThat(scope.isIgnored("build/a.java")).isTrue();
        assertThat(scope.isIgnored("top/a.java")).isTrue();
        assertThat(scope.isIgnored("a/top")).isFalse();
        assertThat(scope.isIgnored("a/key.pem")).isTrue();
        assertThat(scope.isIgnored("a/test.pem")).as("the project knows better").isFalse();
        assertThat(scope.isIgnored(elsewhere + "/secret/a")).isTrue();
        assertThat(scope.isIgnored("../../elsewhere/secret/a")).isTrue();
        assertThat(scope.isIgnored(elsewhere + "/public")).isFalse();
    }

    @Test
    void aFileAboveTheRepositoryHoldsForWhatLiesInIt() throws Exception {
        Path inner = Files.createDirectories(folder.resolve("private/inner"));
        Files.createDirectory(inner.resolve(".git"));
        Files.writeString(folder.resolve(IgnoreFiles.NAME), "private/\n");

        IgnoreScope scope = new IgnoreRules(null, null, false).scope(inner.toString());

        assertThat(scope.isIgnored("a.java")).isTrue();
    }

    @Test
    void aLinkedWorkTreeTakesTheFileOfTheMainOne() throws Exception {
        Path main = Files.createDirectory(folder.resolve("main"));
        Path linked = Files.createDirectory(folder.resolve("linked"));
        Path own = Files.createDirectories(main.resolve(".git/worktrees/linked"));
        Files.writeString(own.resolve("commondir"), "../..\n");
        Files.writeString(linked.resolve(".git"), "gitdir: " + own + "\n");
        Files.writeString(main.resolve(IgnoreFiles.NAME), "/private/\n");

        IgnoreScope scope = new IgnoreRules(null, null, false).scope(linked.toString());

        assertThat(scope.isIgnored("private/a")).isTrue();
        assertThat(scope.isIgnored("public/a")).isFalse();
    }

    @Test
    void aLinkDoesNotLeadAroundThePatterns() throws Exception {
        Path secret = Files.createDirectory(folder.resolve("private"));
        Files.writeString(secret.resolve("key"), "k");
        Files.writeString(folder.resolve(IgnoreFiles.NAME), "/private/\n");
        Files.createSymbolicLink(folder.resolve("shared"), secret);
        Files.createSymbolicLink(folder.resolve("key"), secret.resolve("key"));

        IgnoreScope scope = new IgnoreRules(null, null, false).scope(folder.toString());

        assertThat(scope.isIgnored("shared/key")).isTrue();
        assertThat(scope.isIgnored("shared/new")).isTrue();
        assertThat(scope.isIgnored("key")).isTrue();
    }

    @Test
    void aChangedFileCountsAtOnce() throws Exception {
        IgnoreRules rules = new IgnoreRules(null, null, false);
        assertThat(rules.scope(folder.toString()).isIgnored("a.txt")).isFalse();

        Files.writeString(folder.resolve(IgnoreFiles.NAME), "a.txt\n");
        assertThat(rules.scope(folder.toString()).isIgnored("a.txt")).isTrue();

        Files.writeString(folder.resolve(IgnoreFiles.NAME), "b.text\n");
        assertThat(rules.scope(folder.toString()).isIgnored("a.txt")).isFalse();
        assertThat(rules.scope(folder.toString()).isIgnored("b.text")).isTrue();

        Files.delete(folder.resolve(IgnoreFiles.NAME));
        assertThat(rules.scope(folder.toString()).isIgnored("b.text")).isFalse();
    }

    private static IgnoreFile parse(String text) {
        return IgnoreFile.parse(text.getBytes(java.nio.charset.StandardCharsets.UTF_8), false);
    }
}
