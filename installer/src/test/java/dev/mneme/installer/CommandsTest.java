package dev.mneme.installer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.installer.settings.ClaudeFiles;
import dev.mneme.protocol.MnemeHome;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/// Every command and every verb below one, as `Main` lists them: each has help with an example that
/// can be typed, ends with 2 where it is used wrongly and says what to do, and stands in the
/// README.
final class CommandsTest {

    @TempDir Path home;

    @TestFactory
    Stream<DynamicTest> everyCommandHelpsAndRefusesWhatItDoesNotKnow() throws Exception {
        String readme =
                Files.readString(
                        Path.of(Objects.requireNonNull(System.getProperty("mneme.root")))
                                .resolve("README.md"));
        var tests = new ArrayList<DynamicTest>();
        for (List<String> words : commands(Said.in(home).line, List.of())) {
            String name = String.join(" ", words);
            tests.add(DynamicTest.dynamicTest(name, () -> helps(words)));
            tests.add(DynamicTest.dynamicTest(name + " used wrongly", () -> refuses(words)));
            tests.add(
                    DynamicTest.dynamicTest(
                            name + " in the README",
                            () ->
                                    assertThat(readme)
                                            .containsPattern("`" + words.getFirst() + "[` ]")));
        }
        assertThat(tests).hasSizeGreaterThan(150);
        return tests.stream();
    }

    private void helps(List<String> words) {
        Said said = Said.in(home);

        int code = said.execute(words, "--help");

        assertThat(code).as(said.text()).isZero();
        assertThat(said.err()).isEmpty();
        assertThat(said.out()).contains("Usage: mneme " + String.join(" ", words));
        List<String> examples =
                said.out()
                        .substring(said.out().indexOf("Example:"))
                        .lines()
                        .filter(line -> line.contains("mneme "))
                        .toList();
        assertThat(examples).as("examples in " + said.out()).isNotEmpty();
        assertThat(String.join("\n", examples)).contains(words.getFirst());
    }

    private void refuses(List<String> words) {
        Said said = Said.in(home);

        int code = said.execute(words, "--no-such-flag");

        assertThat(code).as(said.text()).isEqualTo(2);
        assertThat(said.out()).isEmpty();
        assertThat(said.err())
                .contains("error: ")
                .containsPattern("--no-such-flag|Missing required parameter")
                .contains("hint: see `mneme " + String.join(" ", words) + " --help`");
        assertThat(home).as("nothing was made").isEmptyDirectory();
    }

    private static List<List<String>> commands(CommandLine line, List<String> above) {
        var all = new ArrayList<List<String>>();
        line.getSubcommands()
                .forEach(
                        (name, below) -> {
                            var words = new ArrayList<>(above);
                            words.add(name);
                            all.add(List.copyOf(words));
                            all.addAll(commands(below, words));
                        });
        return all;
    }

    /// One run in this process, and what it said.
    private record Said(
            CommandLine line, ByteArrayOutputStream stdout, ByteArrayOutputStream stderr) {

        static Said in(Path home) {
            var stdout = new ByteArrayOutputStream();
            var stderr = new ByteArrayOutputStream();
            Map<String, String> environment = Map.of("HOME", home.toString());
            var surroundings =
                    new Surroundings(
                            environment,
                            new MnemeHome(home.resolve(".mneme")),
                            ClaudeFiles.fromEnvironment(environment),
                            Optional.empty(),
                            Optional.empty(),
                            Path.of(System.getProperty("java.home")));
            var terminal =
                    new Terminal(
                            new PrintStream(stdout, true, StandardCharsets.UTF_8),
                            new PrintStream(stderr, true, StandardCharsets.UTF_8),
                            false);
            return new Said(Main.commandLine(surroundings, terminal), stdout, stderr);
        }

        int execute(List<String> words, String flag) {
            return line.execute(
                    Stream.concat(words.stream(), Stream.of(flag)).toArray(String[]::new));
        }

        String out() {
            return stdout.toString(StandardCharsets.UTF_8);
        }

        String err() {
            return stderr.toString(StandardCharsets.UTF_8);
        }

        String text() {
            return out() + err();
        }
    }
}
