package dev.mneme.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// The real library in real processes, on a model that is written here.
@Timeout(60)
final class LocalModelIT {

    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir Path folder;

    private static final String YES_OR_NO = "root ::= \"yes\" | \"no\"";

    /// Never closes: it goes on until it is stopped.
    private static final String ENDLESS = "root ::= [a-z] root";

    private LocalModel model(Limits limits) {
        return new LocalModel(
                TinyModel.write(folder.resolve("tiny.gguf"), 1), limits, folder.resolve("run"));
    }

    private static Limits limits(Duration answerTime, Duration idleTime) {
        return new Limits(1L << 30, 16_384, 1, SOON, answerTime, idleTime);
    }

    private static Limits patient() {
        return limits(SOON, SOON);
    }

    private static Question asked(String grammar, int tokens) {
        return new Question("answer", "well?", grammar, tokens, 1, 42);
    }

    private static ModelFailure.Kind failure(LocalModel model, Question question) {
        return failed(model, question).kind();
    }

    private static ModelFailure failed(LocalModel model, Question question) {
        return Objects.requireNonNull(
                catchThrowableOfType(ModelFailure.class, () -> model.ask(question)));
    }

    private static ProcessHandle processOf(LocalModel model) {
        return ProcessHandle.of(model.state().pid().orElseThrow()).orElseThrow();
    }

    private static void awaitEnd(ProcessHandle process) throws Exception {
        process.onExit().get(SOON.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void isLoadedWhenItIsAskedAndUnloadedWhenItIsNot() throws Exception {
        try (LocalModel model = model(limits(SOON, Duration.ZERO))) {
            assertThat(model.state().phase()).isEqualTo(LocalModel.Phase.UNLOADED);

            Answer answer = model.ask(asked(YES_OR_NO, 10));

            assertThat(answer.text()).isIn("yes", "no");
            assertThat(answer.promptTokens()).isPositive();
            assertThat(answer.answerTokens()).isBetween(1, 10);
            assertThat(model.state().phase()).isEqualTo(LocalModel.Phase.LOADED);
            ProcessHandle process = processOf(model);

            model.unloadIdle();

            awaitEnd(process);
            assertThat(model.state().phase()).isEqualTo(LocalModel.Phase.UNLOADED);
            try (Stream<Path> left = Files.list(folder.resolve("run"))) {
                assertThat(left).isEmpty();
            }
            assertThat(model.ask(asked(YES_OR_NO, 10)).text()).isEqualTo(answer.text());
        }
    }

    @Test
    void isNotUnloadedWhileItIsWanted() throws Exception {
        try (LocalModel model = model(patient())) {
            model.ask(asked(YES_OR_NO, 10));
            ProcessHandle process = processOf(model);
            model.unloadIdle();
            model.ask(asked(YES_OR_NO, 10));
            assertThat(processOf(model)).isEqualTo(process);
        }
    }

    @Test
    void itsProcessHasTheLowestPriorityItsLimitsAndNothingOfOurs() throws Exception {
        assumeTrue(Files.isDirectory(Path.of("/proc/self")), "only Linux shows a process in files");
        try (LocalModel model = model(patient())) {
            model.ask(asked(YES_OR_NO, 10));
            Path library = folder.toRealPath().resolve("run");
            Path process = Path.of("/proc/" + processOf(model).pid());

            assertThat(Files.readString(process.resolve("environ")).split("\0", -1))
                    .filteredOn(line -> !line.isEmpty())
                    .allMatch(line -> line.matches("(PATH|LANG|LC_ALL|MALLOC_ARENA_MAX)=.*"));
            String stat = Files.readString(process.resolve("stat"));
            assertThat(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[16])
                    .isEqualTo("19");
            assertThat(Files.readAllLines(process.resolve("limits")))
                    .anyMatch(
                            line ->
                                    line.startsWith("Max address space")
                                            && line.contains(Long.toString(2L << 30)));
            assertThat(Files.readAllLines(process.resolve("maps")))
                    .filteredOn(line -> line.contains("libjllama"))
                    .isNotEmpty()
                    .allMatch(line -> line.contains(library.toString()));
        }
    }

    /// What it computes with grows with its context, and counts as well as its file.
    @Test
    void itGetsNoMoreMemoryThanItMay() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/prlimit")), "needs `prlimit`");
        int longContext = 131_072;
        try (LocalModel starved = model(remembering(longContext, 16L << 20))) {
            ModelFailure failure = failed(starved, asked(YES_OR_NO, 10));
            assertThat(failure.kind())
                    .isIn(ModelFailure.Kind.FILE_REFUSED, ModelFailure.Kind.CRASHED);
            assertThat(starved.state().pid()).isEmpty();
        }
        try (LocalModel fed = model(remembering(longContext, 6L << 30))) {
            assertThat(fed.ask(asked(YES_OR_NO, 10)).text()).isIn("yes", "no");
        }
    }

    private static Limits remembering(int contextTokens, long memoryBytes) {
        return new Limits(memoryBytes, contextTokens, 1, SOON, SOON, SOON);
    }

    @Test
    void anAnswerThatTakesTooLongCostsTheProcess() throws Exception {
        try (LocalModel model = model(limits(Duration.ofMillis(300), SOON))) {
            model.ask(asked(YES_OR_NO, 10));
            ProcessHandle process = processOf(model);

            assertThat(failure(model, asked(ENDLESS, 16_000)))
                    .isEqualTo(ModelFailure.Kind.TIMED_OUT);

            awaitEnd(process);
            assertThat(model.state().phase()).isEqualTo(LocalModel.Phase.RESTING);
            assertThat(model.state().problem()).contains("gave no answer within");
            assertThat(failure(model, asked(YES_OR_NO, 10))).isEqualTo(ModelFailure.Kind.RESTING);
        }
    }

    @Test
    void aProcessThatDiesInTheMiddleIsFollowedByAnotherAfterARest() throws Exception {
        try (LocalModel model = model(patient())) {
            model.ask(asked(YES_OR_NO, 10));
            ProcessHandle process = processOf(model);
            var asking = new FutureTask<>(() -> model.ask(asked(ENDLESS, 16_000)));
            Thread.ofVirtual().start(asking);

            process.destroyForcibly();

            ExecutionException failed =
                    Objects.requireNonNull(
                            catchThrowableOfType(
                                    ExecutionException.class,
                                    () -> asking.get(SOON.toSeconds(), TimeUnit.SECONDS)));
            assertThat(failed.getCause())
                    .isInstanceOfSatisfying(
                            ModelFailure.class,
                            cause -> assertThat(cause.kind()).isEqualTo(ModelFailure.Kind.CRASHED));

            long deadline = System.nanoTime() + SOON.toNanos();
            while (model.state().phase() == LocalModel.Phase.RESTING
                    && System.nanoTime() < deadline) {
                Thread.sleep(50);
            }
            assertThat(model.ask(asked(YES_OR_NO, 10)).text()).isIn("yes", "no");
            assertThat(model.state().problem()).isNull();
        }
    }

    @Test
    void aProcessThatDiedBetweenTwoQuestionsIsReplacedAtOnce() throws Exception {
        try (LocalModel model = model(patient())) {
            model.ask(asked(YES_OR_NO, 10));
            ProcessHandle process = processOf(model);
            process.destroyForcibly();
            awaitEnd(process);
            assertThat(model.ask(asked(YES_OR_NO, 10)).text()).isIn("yes", "no");
        }
    }

    @Test
    void aQuestionThatDoesNotFitIsRefusedAndTheModelStays() throws Exception {
        try (LocalModel model = model(patient())) {
            var tooLong = new Question("answer", "why ".repeat(9_000), YES_OR_NO, 10, 0, 0);
            assertThat(failure(model, tooLong)).isEqualTo(ModelFailure.Kind.TOO_LONG);
            assertThat(model.ask(asked(YES_OR_NO, 10)).text()).isIn("yes", "no");
        }
    }

    @Test
    void brokenFilesAreRefusedByName() throws Exception {
        Path whole = TinyModel.write(folder.resolve("whole.gguf"), 1);
        byte[] bytes = Files.readAllBytes(whole);
        Path torn = Files.write(folder.resolve("torn.gguf"), List.of(), StandardCharsets.UTF_8);
        Files.write(torn, java.util.Arrays.copyOf(bytes, bytes.length / 2));
        Path other = Files.writeString(folder.resolve("other.gguf"), "<html>not found</html>");
        Path large = folder.resolve("large.gguf");
        try (var sparse = new RandomAccessFile(large.toFile(), "rw")) {
            sparse.write(bytes);
            sparse.setLength(2L << 30);
        }

        assertRefused(folder.resolve("missing.gguf"), ModelFailure.Kind.FILE_MISSING);
        assertRefused(torn, ModelFailure.Kind.FILE_REFUSED);
        assertRefused(other, ModelFailure.Kind.FILE_REFUSED);
        assertRefused(large, ModelFailure.Kind.FILE_TOO_LARGE);
    }

    private void assertRefused(Path file, ModelFailure.Kind kind) {
        try (var model = new LocalModel(file, patient(), folder.resolve("run"))) {
            ModelFailure failure = failed(model, asked(YES_OR_NO, 10));
            assertThat(failure.kind()).isEqualTo(kind);
            assertThat(failure).hasMessageContaining(file.toString());
            assertThat(model.state().problem()).isEqualTo(failure.getMessage());
        }
    }

    @Test
    void endsWithItsOwnerHoweverThatEnds() throws Exception {
        TinyModel.write(folder.resolve("tiny.gguf"), 1);
        Process owner =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                Owner.class.getName(),
                                folder.toString())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try (var lines =
                new BufferedReader(
                        new InputStreamReader(owner.getInputStream(), StandardCharsets.UTF_8))) {
            ProcessHandle child =
                    ProcessHandle.of(Long.parseLong(lines.readLine().strip())).orElseThrow();
            assertThat(child.isAlive()).isTrue();
            owner.destroyForcibly();
            awaitEnd(child);
        } finally {
            owner.destroyForcibly();
        }
    }

    /// Asks for an answer that does not end, and says which process it asked.
    static final class Owner {

        private Owner() {}

        public static void main(String[] arguments) throws Exception {
            Path folder = Path.of(arguments[0]);
            try (var model =
                    new LocalModel(folder.resolve("tiny.gguf"), patient(), folder.resolve("run"))) {
                model.ask(asked(YES_OR_NO, 10));
                System.out.println(processOf(model).pid());
                model.ask(asked(ENDLESS, 16_000));
            } catch (ModelFailure late) {
                System.exit(1);
            }
        }
    }
}
