package dev.mneme.recall;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.domain.Freshness;
import dev.mneme.domain.RememberedFiles;
import dev.mneme.tree.BlobHash;
import dev.mneme.tree.GitTree;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/// What became of the files that memories are about, in real repositories.
final class StalenessTest {

    /// Far more than it takes, so that a busy machine leaves no label out.
    private static final Duration PLENTY = Duration.ofSeconds(20);

    private static final int RUNS = 30;

    @TempDir private Path folder;

    @Test
    void aMemoryIsFreshChangedMovedOrGone() throws Exception {
        git("init", "-q", "-b", "main");
        for (String name : List.of("same.txt", "edited.txt", "old/place.txt", "deleted.txt")) {
            write(name, "what " + name + " says\n");
        }
        git("add", ".");
        git("commit", "-q", "-m", "First");
        String commit = git("rev-parse", "HEAD").strip();
        List<RememberedFiles> memories =
                List.of(
                        memory(1, commit, "same.txt"),
                        memory(2, commit, "edited.txt", "same.txt"),
                        memory(3, commit, "old/place.txt"),
                        memory(4, commit, "deleted.txt"),
                        memory(5, commit, "deleted.txt", "same.txt"),
                        memory(6, commit, "not/there.txt"));

        write("edited.txt", "something else\n");
        git("rm", "-q", "deleted.txt");
        git("commit", "-q", "-am", "Second");
        git("mv", "old/place.txt", "new.txt");
        git("commit", "-q", "-m", "Third");
        git("checkout", "-q", "-b", "elsewhere");

        Map<Long, Freshness> labels = new Staleness(PLENTY).of(memories);

        assertThat(labels)
                .containsOnly(
                        Map.entry(1L, new Freshness(Freshness.State.FRESH, 2, List.of())),
                        Map.entry(
                                2L,
                                new Freshness(Freshness.State.CHANGED, 2, List.of("edited.txt"))),
                        Map.entry(
                                3L,
                                new Freshness(
                                        Freshness.State.MOVED,
                                        2,
                                        List.of("old/place.txt -> new.txt"))),
                        Map.entry(
                                4L, new Freshness(Freshness.State.GONE, 2, List.of("deleted.txt"))),
                        Map.entry(
                                5L,
                                new Freshness(Freshness.State.CHANGED, 2, List.of("deleted.txt"))));
    }

    @Test
    void aHashIsWhatGitCallsTheContent() throws Exception {
        git("init", "-q");
        write("some/file.txt", "Grüße\n");
        assertThat(BlobHash.of(folder.resolve("some/file.txt")))
                .hasValue(git("hash-object", "some/file.txt").strip());
        assertThat(BlobHash.of(folder)).isEmpty();
        assertThat(BlobHash.ofAll(folder, List.of("../secret", "some/file.txt", "none")))
                .hasSize(3)
                .startsWith("")
                .endsWith("");
        assertThat(BlobHash.ofAll(folder, List.of("none"))).isEmpty();
    }

    @Test
    void withoutARepositoryThereAreLabelsAndNoCommits() throws Exception {
        write("a.txt", "one\n");
        RememberedFiles memory = memory(1, null, "a.txt");
        write("a.txt", "two\n");
        Map<Long, Freshness> labels = new Staleness(PLENTY).of(List.of(memory));
        assertThat(labels)
                .containsEntry(1L, new Freshness(Freshness.State.CHANGED, null, List.of("a.txt")));
    }

    @Test
    void aBrokenIndexOrLogIsNoTrouble() throws Exception {
        git("init", "-q");
        write("a.txt", "one\n");
        git("add", ".");
        git("commit", "-q", "-m", "First");
        Path index = folder.resolve(".git/index");
        byte[] whole = Files.readAllBytes(index);
        String hash = BlobHash.of(folder.resolve("a.txt")).orElseThrow();
        GitTree tree = GitTree.around(folder.resolve("deep/er")).orElseThrow();
        assertThat(tree.paths(List.of(hash))).containsEntry(hash, "a.txt");
        for (int length = 0; length < whole.length; length += 7) {
            Files.write(index, java.util.Arrays.copyOf(whole, length));
            assertThat(tree.paths(List.of(hash)).size()).isLessThanOrEqualTo(1);
        }
        Files.writeString(folder.resolve(".git/logs/HEAD"), "\u0000 what\n\n a b");
        assertThat(tree.commitsSince("0".repeat(40))).isEmpty();
    }

    @Test
    void tenMemoriesOfFiveFilesAreComparedInTime() throws Exception {
        git("init", "-q");
        var memories = new ArrayList<RememberedFiles>();
        for (int memory = 0; memory < 10; memory++) {
            var names = new ArrayList<String>();
            for (int file = 0; file < 5; file++) {
                String name = "src/m" + memory + "/File" + file + ".java";
                write(name, ("line " + memory + " " + file + "\n").repeat(400));
                names.add(name);
            }
            memories.add(memory(memory, null, names.toArray(String[]::new)));
        }
        git("add", ".");
        git("commit", "-q", "-m", "First");
        Files.delete(folder.resolve("src/m9/File0.java"));

        long best = Long.MAX_VALUE;
        for (int run = 0; run < RUNS; run++) {
            long start = System.nanoTime();
            assertThat(new Staleness(PLENTY).of(memories)).hasSize(10);
            best = Math.min(best, System.nanoTime() - start);
        }
        System.out.println(
                "ten memories of five files each: compared in "
                        + best / 1_000
                        + " µs, the best of "
                        + RUNS
                        + " runs");
        assertThat(Duration.ofNanos(best)).isLessThan(Staleness.LOOK_TIME_MAX);
        assertThat(new Staleness(Duration.ZERO).of(memories)).hasSizeLessThanOrEqualTo(10);
    }

    private RememberedFiles memory(
            long id, @org.jspecify.annotations.Nullable String commit, String... names) {
        List<String> files = List.of(names);
        return new RememberedFiles(
                id, files, BlobHash.ofAll(folder, files), folder.toString(), List.of(), commit);
    }

    private void write(String name, String content) throws Exception {
        Path file = folder.resolve(name);
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.writeString(file, content);
    }

    private String git(String... arguments) throws Exception {
        var command =
                new ArrayList<>(
                        List.of("git", "-c", "user.name=t", "-c", "user.email=t@example.org"));
        command.addAll(List.of(arguments));
        Process process =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(said).isZero();
        return said;
    }
}
