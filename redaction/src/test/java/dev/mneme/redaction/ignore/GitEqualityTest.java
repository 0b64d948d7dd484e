package dev.mneme.redaction.ignore;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/// Goal: a pattern means to us what it means to git. Method: random ignore files over random trees,
/// each path asked of `git check-ignore` and of us. `-Dmneme.seed=…` repeats a run.
final class GitEqualityTest {

    private static final int ROUNDS = 150;
    private static final int PATHS_PER_ROUND = 40;
    private static final int CASES_MIN = 3_000;
    private static final long GIT_SECONDS_MAX = 60;

    private static final String[] NAMES = {
        "a", "b", "ab", "abc", "a.o", "b.c", ".a", "a b", "ä", "A", "aB", "a]", "b-", "1", "[a]",
        "x*", "a\\b", "#a", "!a", "a "
    };

    private static final String[] PIECES = {
        "a",
        "b",
        "ab",
        ".",
        "c",
        "o",
        "*",
        "*",
        "?",
        "**",
        "**/",
        "/**",
        "/**/",
        "/",
        "/",
        "[ab]",
        "[!a]",
        "[^b]",
        "[a-c]",
        "[]a]",
        "[!]]",
        "[a",
        "[[:alpha:]]",
        "[[:upper:]]",
        "[[:nope:]]",
        "[[:digit:]-]",
        "[a\\]]",
        "[--b]",
        "[b-a]",
        "\\*",
        "\\a",
        "\\[",
        "\\\\",
        "\\",
        " ",
        "\\ ",
        "ä",
        "A",
        "B",
        "!",
        "#",
        "\t",
        "[ä]",
        "[A-C]",
        "1",
        "*.o",
        "[/]",
        "[]",
        "[[:space:]]"
    };

    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void saysOfEveryPathWhatGitSays(boolean ignoreCase) throws Exception {
        long seed = Long.getLong("mneme.seed", new Random().nextLong());
        System.out.println("ignore files: seed " + seed + ", case ignored " + ignoreCase);
        Random random = new Random(seed);
        int cases = 0;
        int ignored = 0;
        for (int round = 0; round < ROUNDS; round++) {
            Path place = Files.createDirectory(folder.resolve("round-" + round));
            Path repository = Files.createDirectory(place.resolve("repository"));
            Path home = Files.createDirectory(place.resolve("home"));
            git(repository, List.of("init", "-q"), "");
            List<Path> folders = new ArrayList<>(List.of(repository));
            List<String> paths = tree(random, repository, folders);
            for (Path each : folders) {
                if (each.equals(repository) || random.nextInt(3) == 0) {
                    write(random, each, ".gitignore", IgnoreFiles.NAME);
                }
            }
            if (random.nextBoolean()) {
                write(random, home, "excludes", IgnoreFiles.NAME);
            }
            List<Boolean> said = askGit(repository, home.resolve("excludes"), ignoreCase, paths);
            IgnoreRules rules = new IgnoreRules(home.toFile(), null, ignoreCase);
            IgnoreScope scope = rules.scope(repository.toString());
            for (int i = 0; i < paths.size(); i++) {
                String path = repository + "/" + paths.get(i);
                assertThat(scope.isIgnoredPath(path, false))
                        .as("seed %d, round %d: `%s` in %s", seed, round, paths.get(i), repository)
                        .isEqualTo(said.get(i));
                cases++;
                ignored += said.get(i) ? 1 : 0;
            }
            assertThat(scope.isClosed()).isFalse();
        }
        System.out.println("ignore files: " + cases + " paths, " + ignored + " ignored");
        assertThat(cases).isGreaterThan(CASES_MIN);
        assertThat(ignored).isBetween(cases / 10, cases * 9 / 10);
    }

    private static List<String> tree(Random random, Path root, List<Path> folders)
            throws IOException {
        List<String> paths = new ArrayList<>();
        for (int i = 0; i < PATHS_PER_ROUND; i++) {
            Path parent = folders.get(random.nextInt(folders.size()));
            Path made = parent.resolve(NAMES[random.nextInt(NAMES.length)]);
            if (Files.exists(made)) {
                continue;
            }
            if (random.nextInt(3) == 0 && root.relativize(made).getNameCount() < 5) {
                folders.add(Files.createDirectory(made));
            } else {
                Files.createFile(made);
            }
            paths.add(root.relativize(made).toString());
        }
        return paths;
    }

    private static void write(Random random, Path folder, String gitName, String ourName)
            throws IOException {
        StringBuilder text = new StringBuilder();
        if (random.nextInt(10) == 0) {
            text.append('\uFEFF');
        }
        int lines = 1 + random.nextInt(5);
        for (int i = 0; i < lines; i++) {
            text.append(line(random));
            text.append(random.nextInt(5) == 0 ? "\r\n" : "\n");
        }
        if (random.nextInt(5) == 0) {
            text.setLength(text.length() - 1);
        }
        Files.writeString(folder.resolve(gitName), text);
        Files.writeString(folder.resolve(ourName), text);
    }

    private static String line(Random random) {
        StringBuilder line = new StringBuilder();
        switch (random.nextInt(12)) {
            case 0, 1 -> line.append('!');
            case 2 -> line.append('/');
            case 3 -> line.append("**/");
            case 4 -> line.append('#');
            default -> {}
        }
        if (random.nextInt(4) == 0) {
            // A name that is likely to be there.
            line.append(NAMES[random.nextInt(NAMES.length)]);
        } else {
            int pieces = 1 + random.nextInt(5);
            for (int i = 0; i < pieces; i++) {
                line.append(PIECES[random.nextInt(PIECES.length)]);
            }
        }
        switch (random.nextInt(10)) {
            case 0, 1 -> line.append('/');
            case 2 -> line.append("/**");
            case 3 -> line.append("  ");
            default -> {}
        }
        return line.toString();
    }

    private static List<Boolean> askGit(
            Path repository, Path excludes, boolean ignoreCase, List<String> paths)
            throws Exception {
        String answer =
                git(
                        repository,
                        List.of(
                                "-c",
                                "core.excludesFile=" + excludes,
                                "-c",
                                "core.ignoreCase=" + ignoreCase,
                                "check-ignore",
                                "--no-index",
                                "-v",
                                "-n",
                                "-z",
                                "--stdin"),
                        String.join("\0", paths));
        // Source, line, pattern, path; without a match the first three are empty.
        String[] fields = answer.split("\0", -1);
        List<Boolean> said = new ArrayList<>();
        for (int i = 0; i + 3 < fields.length; i += 4) {
            assertThat(fields[i + 3]).isEqualTo(paths.get(i / 4));
            said.add(!fields[i + 1].isEmpty() && !fields[i + 2].startsWith("!"));
        }
        assertThat(said).hasSameSizeAs(paths);
        return said;
    }

    private static String git(Path directory, List<String> arguments, String input)
            throws Exception {
        List<String> command = new ArrayList<>(List.of("git"));
        command.addAll(arguments);
        Path in = Files.writeString(directory.resolveSibling("stdin"), input);
        Path out = directory.resolveSibling("stdout");
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .directory(directory.toFile())
                        .redirectInput(in.toFile())
                        .redirectOutput(out.toFile())
                        .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().keySet().removeIf(name -> name.startsWith("GIT_"));
        builder.environment().put("HOME", directory.resolve("..").toString());
        builder.environment().remove("XDG_CONFIG_HOME");
        builder.environment().put("GIT_CONFIG_NOSYSTEM", "1");
        Process process = builder.start();
        try {
            assertThat(process.waitFor(GIT_SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
            // 1 says that none is ignored.
            assertThat(process.exitValue()).isLessThan(2);
        } finally {
            process.destroyForcibly();
        }
        return Files.readString(out, StandardCharsets.UTF_8);
    }
}
