package dev.mneme.llama;

import de.kherud.llama.LlamaModel;

import org.jspecify.annotations.Nullable;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// One running child with a loaded model. For use by one thread at a time.
///
/// Where the system has them, `nice` gives it the lowest priority and `prlimit` bounds the memory
/// it may map; both replace themselves by the program, so that there is one process to end.
final class ModelProcess implements AutoCloseable {

    private static final int NICENESS = 19;

    /// What the JVM maps beside the model: heap, code, classes, stacks, libraries.
    private static final long JVM_BYTES = 1L << 30;

    private static final Duration END_WITHIN = Duration.ofSeconds(5);

    private static final List<String> PROGRAM_FOLDERS = List.of("/usr/bin", "/bin");

    /// All that it gets of its owner's environment, which may hold keys and passwords.
    private static final List<String> ENVIRONMENT = List.of("PATH", "LANG", "LC_ALL", "SystemRoot");

    /// The library, and what else a process may leave beside it.
    private static final long UNPACKED_BYTES_MAX = 32L << 20;

    private final Process process;
    private final Path folder;
    private final Duration answerTime;
    private final DataOutputStream toChild;
    private final DataInputStream fromChild;

    private ModelProcess(Process process, Path folder, Duration answerTime) {
        this.process = process;
        this.folder = folder;
        this.answerTime = answerTime;
        this.toChild = new DataOutputStream(new BufferedOutputStream(process.getOutputStream()));
        this.fromChild = new DataInputStream(new BufferedInputStream(process.getInputStream()));
    }

    /// @param folder does not exist yet; holds the unpacked library and what else the child leaves,
    ///     and is deleted with it
    static ModelProcess start(Path model, Limits limits, Path folder)
            throws ModelFailure, InterruptedException {
        ModelProcess started;
        checkRoom(folder);
        try {
            Files.createDirectories(folder);
            started =
                    new ModelProcess(
                            launch(command(model, limits, folder), folder),
                            folder,
                            limits.answerTime());
        } catch (IOException failed) {
            Folders.delete(folder);
            throw new ModelFailure(
                    ModelFailure.Kind.CRASHED,
                    "cannot start the model's process in `" + folder + "`");
        }
        try {
            started.awaitLoaded(model, limits);
            return started;
        } catch (ModelFailure | InterruptedException | RuntimeException failed) {
            started.close();
            throw failed;
        }
    }

    /// A library that was unpacked in part is refused by the system, as if it were for another one.
    private static void checkRoom(Path folder) throws ModelFailure {
        Path there = folder;
        while (!Files.isDirectory(there) && there.getParent() != null) {
            there = there.getParent();
        }
        long free;
        try {
            free = Files.getFileStore(there).getUsableSpace();
        } catch (IOException unknown) {
            return;
        }
        if (free < UNPACKED_BYTES_MAX) {
            throw new ModelFailure(
                    ModelFailure.Kind.NO_ROOM,
                    "the disk is full: "
                            + (free >> 20)
                            + " MB are free in `"
                            + there
                            + "`, the model's library takes "
                            + (UNPACKED_BYTES_MAX >> 20)
                            + " MB");
        }
    }

    private static Process launch(List<String> command, Path folder) throws IOException {
        var builder =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        // The library talks there, now and then of what it was given.
                        .redirectError(ProcessBuilder.Redirect.DISCARD);
        Map<String, String> environment = builder.environment();
        environment.keySet().retainAll(ENVIRONMENT);
        // Each arena of glibc maps 64 MB, one for each thread.
        environment.put("MALLOC_ARENA_MAX", "2");
        return builder.start();
    }

    static List<String> command(Path model, Limits limits, Path folder) {
        var command = new ArrayList<String>();
        program("nice")
                .ifPresent(nice -> command.addAll(List.of(nice, "-n", Integer.toString(NICENESS))));
        program("prlimit")
                .ifPresent(
                        prlimit ->
                                command.addAll(
                                        List.of(
                                                prlimit,
                                                "--as=" + (limits.memoryBytes() + JVM_BYTES),
                                                "--core=0")));
        command.add(ownJava().toString());
        command.addAll(
                List.of(
                        "-Xlog:disable",
                        "-Xlog:all=warning:stderr",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xmx96m",
                        "-XX:CompressedClassSpaceSize=16m",
                        "-XX:ReservedCodeCacheSize=16m",
                        "-XX:-UsePerfData",
                        "-XX:-CreateCoredumpOnCrash",
                        "-XX:ErrorFile=" + folder.resolve("crash.log"),
                        "-Djava.io.tmpdir=" + folder,
                        "-Dde.kherud.llama.tmpdir=" + folder,
                        "-Dfile.encoding=UTF-8",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        place(Main.class) + File.pathSeparator + place(LlamaModel.class),
                        Main.class.getName(),
                        model.toString(),
                        Integer.toString(limits.contextTokens()),
                        Integer.toString(limits.threads())));
        return List.copyOf(command);
    }

    private static Optional<String> program(String name) {
        return PROGRAM_FOLDERS.stream()
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst();
    }

    private static Path ownJava() {
        Path bin = Path.of(System.getProperty("java.home"), "bin");
        Path windows = bin.resolve("java.exe");
        return Files.exists(windows) ? windows : bin.resolve("java");
    }

    /// The jar or folder that a class came from. Naming a class does not load its library.
    private static Path place(Class<?> program) {
        try {
            return Path.of(program.getProtectionDomain().getCodeSource().getLocation().toURI())
                    // The link to the installed programs may be switched while the daemon lives.
                    .toRealPath();
        } catch (URISyntaxException | IOException impossible) {
            throw new IllegalStateException(
                    "a class that runs has a place: " + program.getName(), impossible);
        }
    }

    /// A library that gets no memory refuses the model, as it does a broken one.
    private void awaitLoaded(Path model, Limits limits) throws ModelFailure, InterruptedException {
        switch (exchange(null, limits.loadTime())) {
            case Wire.Reply.Ready() -> {}
            case Wire.Reply.Refused(String reason) ->
                    throw new ModelFailure(
                            ModelFailure.Kind.FILE_REFUSED,
                            "cannot load `"
                                    + model
                                    + "` with "
                                    + (limits.memoryBytes() >> 20)
                                    + " MB and a context of "
                                    + limits.contextTokens()
                                    + " tokens: "
                                    + reason);
            case Wire.Reply other -> throw unexpected(other);
        }
    }

    long pid() {
        return process.pid();
    }

    boolean alive() {
        return process.isAlive();
    }

    Answer ask(Question question) throws ModelFailure, InterruptedException {
        return switch (exchange(question, answerTime)) {
            case Wire.Reply.Answered(Answer answer) -> answer;
            case Wire.Reply.TooLong(int tokens, int tokensMax) ->
                    throw new ModelFailure(
                            ModelFailure.Kind.TOO_LONG,
                            "the prompt has "
                                    + tokens
                                    + " tokens, "
                                    + tokensMax
                                    + " fit into the context");
            case Wire.Reply.Failed(String reason) ->
                    throw new ModelFailure(ModelFailure.Kind.QUESTION_REFUSED, reason);
            case Wire.Reply other -> throw unexpected(other);
        };
    }

    private static ModelFailure unexpected(Wire.Reply reply) {
        return new ModelFailure(
                ModelFailure.Kind.CRASHED,
                "the model's process answered out of turn: " + reply.getClass().getSimpleName());
    }

    /// Writes and reads on a thread of its own: pipes know neither deadlines nor interruption.
    /// After either the process is ended, which ends that thread too.
    private Wire.Reply exchange(@Nullable Question question, Duration time)
            throws ModelFailure, InterruptedException {
        var exchange =
                new FutureTask<>(
                        () -> {
                            if (question != null) {
                                Wire.write(toChild, question);
                            }
                            return Wire.readReply(fromChild);
                        });
        Thread.ofVirtual().name("mneme-model").start(exchange);
        try {
            return exchange.get(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException late) {
            end();
            throw new ModelFailure(
                    ModelFailure.Kind.TIMED_OUT,
                    (question == null ? "was not loaded" : "gave no answer")
                            + " within "
                            + time.toSeconds()
                            + " s and was stopped");
        } catch (InterruptedException stop) {
            end();
            throw stop;
        } catch (ExecutionException broken) {
            end();
            throw new ModelFailure(
                    ModelFailure.Kind.CRASHED,
                    "the model's process ended in the middle" + exitStatus());
        }
    }

    private String exitStatus() {
        return process.isAlive() ? "" : ", exit status " + process.exitValue();
    }

    private void end() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor(END_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        try {
            end();
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
        Folders.delete(folder);
    }
}
