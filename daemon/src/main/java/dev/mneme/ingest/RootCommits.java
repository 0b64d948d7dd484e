package dev.mneme.ingest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/// The commits at which a repository's history begins. They stay when it is moved, renamed, cloned
/// or given another remote, which nothing else does.
///
/// Only `git` can walk a history, so it is asked once for each repository and each `HEAD`, for a
/// bounded time; without an answer everything works, with less evidence. Never call this while a
/// transaction is open.
final class RootCommits {

    private static final Duration DEADLINE = Duration.ofSeconds(2);

    /// Repositories whose answer is kept.
    private static final int KEPT_MAX = 1_000;

    /// Hand-made histories have one beginning; joined ones a few.
    private static final int COMMITS_MAX = 32;

    private static final int OUTPUT_BYTES_MAX = 64 * 1024;
    private static final Pattern OBJECT_ID = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");

    private final Map<Path, Asked> kept =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Path, Asked> eldest) {
                    return size() > KEPT_MAX;
                }
            };

    private final String program;
    private final Duration deadline;

    RootCommits() {
        this("git", DEADLINE);
    }

    RootCommits(String program, Duration deadline) {
        this.program = program;
        this.deadline = deadline;
    }

    /// One question and its answer, for everybody who asks the same meanwhile.
    private record Asked(String head, CompletableFuture<Answer> answer) {}

    /// `late` when the history was too long to be walked in time; it will not get shorter.
    private record Answer(List<String> commits, boolean late) {}

    /// In order; empty where the history does not say.
    List<String> of(GitFiles repository) {
        Optional<String> head = repository.head();
        boolean started = head.isPresent() || repository.hasOpaqueReferences();
        if (!started || repository.isShallow()) {
            return List.of();
        }
        var question = new Asked(head.orElse(""), new CompletableFuture<>());
        Asked asked = register(repository.commonDirectory(), question);
        if (asked.equals(question)) {
            Answer answer = new Answer(List.of(), false);
            try {
                answer = ask(repository);
            } finally {
                question.answer().complete(answer);
            }
            return answer.commits();
        }
        // Whoever asks is bound by the same deadline, and by what ending a process takes.
        return asked.answer()
                .completeOnTimeout(
                        new Answer(List.of(), true), deadline.toMillis() * 2, TimeUnit.MILLISECONDS)
                .join()
                .commits();
    }

    private Asked register(Path repository, Asked question) {
        synchronized (kept) {
            Asked known = kept.get(repository);
            if (known != null && (known.head().equals(question.head()) || isLate(known))) {
                return known;
            }
            kept.put(repository, question);
            return question;
        }
    }

    private static boolean isLate(Asked known) {
        return known.answer().isDone() && known.answer().join().late();
    }

    private Answer ask(GitFiles repository) {
        try {
            Process process = start(repository);
            try {
                return answer(process);
            } catch (InterruptedException stop) {
                Thread.currentThread().interrupt();
                return new Answer(List.of(), false);
            } finally {
                process.destroyForcibly();
            }
        } catch (IOException noGit) {
            return new Answer(List.of(), false);
        }
    }

    /// All local branches beside `HEAD`: a branch that begins anew, such as one for pages, must not
    /// make another repository of the one it is checked out in.
    private Process start(GitFiles repository) throws IOException {
        var command =
                new ArrayList<>(
                        List.of(
                                program,
                                "--git-dir=" + repository.commonDirectory(),
                                "rev-list",
                                "--max-parents=0",
                                "--max-count=" + COMMITS_MAX,
                                "--branches"));
        repository.head().ifPresent(command::add);
        command.add("--");
        var builder =
                new ProcessBuilder(command)
                        .directory(repository.commonDirectory().toFile())
                        .redirectError(ProcessBuilder.Redirect.DISCARD);
        Map<String, String> environment = builder.environment();
        // A daemon that was started from within a hook of `git` must not look at that repository.
        environment.keySet().removeIf(name -> name.startsWith("GIT_"));
        environment.put("GIT_NO_LAZY_FETCH", "1");
        environment.put("GIT_NO_REPLACE_OBJECTS", "1");
        environment.put("GIT_OPTIONAL_LOCKS", "0");
        environment.put("GIT_TERMINAL_PROMPT", "0");
        Process process = builder.start();
        process.getOutputStream().close();
        return process;
    }

    private Answer answer(Process process) throws IOException, InterruptedException {
        var output = new CompletableFuture<byte[]>();
        Thread.ofVirtual()
                .name("root-commits")
                .start(
                        () -> {
                            try (InputStream in = process.getInputStream()) {
                                output.complete(in.readNBytes(OUTPUT_BYTES_MAX));
                            } catch (IOException broken) {
                                output.complete(new byte[0]);
                            }
                        });
        if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
            return new Answer(List.of(), true);
        }
        byte[] read =
                output.completeOnTimeout(new byte[0], deadline.toMillis(), TimeUnit.MILLISECONDS)
                        .join();
        if (process.exitValue() != 0) {
            return new Answer(List.of(), false);
        }
        List<String> commits =
                new String(read, StandardCharsets.US_ASCII)
                        .lines()
                        .filter(line -> OBJECT_ID.matcher(line).matches())
                        .sorted()
                        .distinct()
                        .toList();
        return new Answer(commits, false);
    }
}
