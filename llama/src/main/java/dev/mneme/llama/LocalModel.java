package dev.mneme.llama;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/// The model that a file holds: loaded when it is asked, unloaded when it is not.
///
/// Questions are answered one after the other. A question that is not answered in time costs the
/// process; so does a crash. The next question starts another, unless it failed just now: then the
/// model rests, longer each time, up to [#REST_LONGEST]. A file that is missing or refused is
/// looked at again when it changes.
///
/// Safe for use by several threads. [#state] and [#close] never wait for an answer.
public final class LocalModel implements AutoCloseable {

    static final Duration REST_FIRST = Duration.ofSeconds(2);
    static final Duration REST_LONGEST = Duration.ofMinutes(5);

    /// Native memory that is lost with every answer would add up.
    static final int ANSWERS_PER_PROCESS_MAX = 500;

    private static final byte[] MAGIC = "GGUF".getBytes(StandardCharsets.US_ASCII);

    private final Path file;
    private final Limits limits;
    private final Path folder;
    private final ReentrantLock asking = new ReentrantLock();

    private volatile @Nullable ModelProcess process;
    private volatile @Nullable ModelFailure lastFailure;
    private volatile boolean closed;

    /// Closed because another one took its place.
    private volatile boolean retired;
    private volatile long notBeforeNanos = System.nanoTime();
    private volatile int failures;
    private int answers;
    private int starts;
    private long usedNanos = System.nanoTime();

    /// @param file of the model, GGUF
    /// @param folder of our own, for what running processes need; emptied
    public LocalModel(Path file, Limits limits, Path folder) {
        this.file = file.toAbsolutePath();
        this.limits = limits;
        this.folder = folder.toAbsolutePath();
        Folders.delete(this.folder);
    }

    /// Takes away what processes left in a folder that ended without their owner.
    public static void deleteLeftovers(Path folder) {
        Folders.delete(folder);
    }

    /// What `status` shows.
    ///
    /// @param phase what it is at
    /// @param failure why the last question got no answer; null when the last one did
    /// @param pid of its process while it is loaded
    public record State(Phase phase, @Nullable ModelFailure failure, Optional<Long> pid) {

        public @Nullable String problem() {
            return failure == null ? null : failure.getMessage();
        }
    }

    /// What a model can be at.
    public enum Phase {
        /// Not in memory; it will be when it is asked.
        UNLOADED,
        LOADED,
        /// It failed lately and is left alone for a while.
        RESTING
    }

    public Path file() {
        return file;
    }

    public Limits limits() {
        return limits;
    }

    public State state() {
        ModelProcess current = process;
        ModelFailure failure = lastFailure;
        if (current != null && current.alive()) {
            return new State(Phase.LOADED, failure, Optional.of(current.pid()));
        }
        return new State(
                failures > 0 && rest().isPositive() ? Phase.RESTING : Phase.UNLOADED,
                failure,
                Optional.empty());
    }

    /// Asks, waiting for the questions before this one.
    public Answer ask(Question question) throws ModelFailure, InterruptedException {
        asking.lockInterruptibly();
        try {
            ModelProcess ready = loaded();
            Answer answer = ready.ask(question);
            answers++;
            failures = 0;
            lastFailure = null;
            return answer;
        } catch (ModelFailure failure) {
            if (closed && !retired) {
                throw new InterruptedException("the model was closed");
            }
            remember(failure);
            throw failure;
        } finally {
            usedNanos = System.nanoTime();
            if (answers >= ANSWERS_PER_PROCESS_MAX) {
                unload();
            }
            asking.unlock();
        }
    }

    private void remember(ModelFailure failure) {
        switch (failure.kind()) {
            // The model is well; the question was not.
            case TOO_LONG, QUESTION_REFUSED -> {}
            // The reason of the rest stays what is shown.
            case RESTING -> {}
            case FILE_MISSING, FILE_TOO_LARGE, FILE_REFUSED, NO_ROOM, CRASHED, TIMED_OUT -> {
                unload();
                lastFailure = failure;
                // Only who holds the lock writes it.
                int count = failures + 1;
                failures = count;
                Duration pause = REST_FIRST.multipliedBy(1L << Math.min(count - 1, 20));
                notBeforeNanos =
                        System.nanoTime()
                                + (pause.compareTo(REST_LONGEST) > 0 ? REST_LONGEST : pause)
                                        .toNanos();
            }
        }
    }

    private ModelProcess loaded() throws ModelFailure, InterruptedException {
        if (retired) {
            throw new ModelFailure(
                    ModelFailure.Kind.RESTING, "another model was chosen, this one is not loaded");
        }
        if (closed) {
            throw new InterruptedException("the model is closed");
        }
        ModelProcess current = process;
        if (current != null && current.alive()) {
            return current;
        }
        unload();
        Duration rest = rest();
        if (failures > 0 && rest.isPositive()) {
            throw new ModelFailure(
                    ModelFailure.Kind.RESTING,
                    "the model failed lately and is tried again in "
                            + Math.max(1, rest.toSeconds())
                            + " s");
        }
        checkFile();
        ModelProcess started = ModelProcess.start(file, limits, folder.resolve("p" + ++starts));
        answers = 0;
        process = started;
        if (closed) {
            unload();
            throw new InterruptedException("the model was closed");
        }
        return started;
    }

    private Duration rest() {
        return Duration.ofNanos(notBeforeNanos - System.nanoTime());
    }

    /// What can be known without loading it, so that no process starts in vain.
    private void checkFile() throws ModelFailure {
        byte[] begin;
        long size;
        try (InputStream in = Files.newInputStream(file)) {
            begin = in.readNBytes(MAGIC.length);
            size = Files.size(file);
        } catch (IOException unreadable) {
            throw new ModelFailure(
                    ModelFailure.Kind.FILE_MISSING,
                    "cannot read the model `"
                            + file
                            + "` ("
                            + unreadable.getClass().getSimpleName()
                            + ")");
        }
        if (!Arrays.equals(begin, MAGIC)) {
            throw new ModelFailure(
                    ModelFailure.Kind.FILE_REFUSED, "`" + file + "` is no GGUF model");
        }
        if (size >= limits.memoryBytes()) {
            throw new ModelFailure(
                    ModelFailure.Kind.FILE_TOO_LARGE,
                    "`"
                            + file
                            + "` has "
                            + megabytes(size)
                            + " MB, a model may take "
                            + megabytes(limits.memoryBytes())
                            + " MB");
        }
    }

    private static long megabytes(long bytes) {
        return bytes >> 20;
    }

    /// Unloads the model where nobody asked it for a while. Returns false: there is never more.
    public boolean unloadIdle() {
        if (process != null && asking.tryLock()) {
            try {
                if (System.nanoTime() - usedNanos >= limits.idleTime().toNanos()) {
                    unload();
                }
            } finally {
                asking.unlock();
            }
        }
        return false;
    }

    /// Ends the model for good unless it is answering; returns whether it has. Who asks it all the
    /// same, because the choice changed a moment ago, goes on to the next in line.
    public boolean closeUnlessAsked() {
        if (!asking.tryLock()) {
            return false;
        }
        try {
            retired = true;
            close();
            return true;
        } finally {
            asking.unlock();
        }
    }

    private void unload() {
        ModelProcess current = process;
        process = null;
        if (current != null) {
            current.close();
        }
        answers = 0;
    }

    /// Ends the process, also in the middle of an answer.
    @Override
    public void close() {
        closed = true;
        ModelProcess current = process;
        if (current != null) {
            current.close();
        }
    }
}
