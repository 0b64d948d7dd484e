package dev.mneme.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/// How often and how long `git` is asked, with a program in its place that counts.
final class RootCommitsTest {

    private static final Duration SHORT = Duration.ofMillis(200);

    /// Far more than is ever needed, on a busy machine too.
    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir Path temporary;

    private Repositories made;
    private Path calls;

    @BeforeEach
    void prepare() throws Exception {
        made = new Repositories(temporary);
        calls = Files.createFile(temporary.resolve("calls"));
    }

    @Test
    void asksOnceForEachHead() throws Exception {
        Path shop = made.repository("shop");
        var commits = new RootCommits(program("exec git \"$@\""), LONG);

        List<String> first = commits.of(files(shop));
        assertThat(first).hasSize(1).isEqualTo(commits.of(files(shop)));
        assertThat(countCalls()).isEqualTo(1);

        made.commit(shop);
        assertThat(commits.of(files(shop))).isEqualTo(first);
        assertThat(countCalls()).isEqualTo(2);
    }

    @Test
    void asksOnceForManyWhoAskAtOnce() throws Exception {
        Path shop = made.repository("shop");
        var commits = new RootCommits(program("exec git \"$@\""), LONG);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers = new ArrayList<Future<List<String>>>();
            for (int i = 0; i < 16; i++) {
                answers.add(threads.submit(() -> commits.of(files(shop))));
            }
            for (Future<List<String>> answer : answers) {
                assertThat(answer.get(60, TimeUnit.SECONDS)).hasSize(1);
            }
        }

        assertThat(countCalls()).isEqualTo(1);
    }

    @Test
    void doesNotWaitForAHistoryThatIsTooLongAndAsksNoSecondTime() throws Exception {
        Path shop = made.repository("shop");
        var commits = new RootCommits(program("exec sleep 600"), SHORT);

        long started = System.nanoTime();
        assertThat(commits.of(files(shop))).isEmpty();
        made.commit(shop);
        assertThat(commits.of(files(shop))).isEmpty();

        assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(LONG);
        assertThat(countCalls()).isLessThanOrEqualTo(1);
    }

    @Test
    void worksWithoutGit() throws Exception {
        Path shop = made.repository("shop");

        assertThat(new RootCommits("/no/such/git", LONG).of(files(shop))).isEmpty();
    }

    @Test
    void endlessOutputIsCut() throws Exception {
        Path shop = made.repository("shop");

        assertThat(new RootCommits(program("exec yes"), SHORT).of(files(shop))).isEmpty();
    }

    @Test
    void aShallowCloneAndAnEmptyRepositoryAreNotAsked() throws Exception {
        Path shop = made.repository("shop");
        made.commit(shop);
        Path shallow = made.clone(shop, "shallow", "--depth=1");
        Path empty = made.folder("empty");
        Repositories.git(empty, "init", "-q");
        var commits = new RootCommits(program("exec git \"$@\""), LONG);

        assertThat(commits.of(files(shallow))).isEmpty();
        assertThat(commits.of(files(empty))).isEmpty();
        assertThat(countCalls()).isZero();
    }

    @Test
    void headIsReadFromPackedReferencesToo() throws Exception {
        Path shop = made.repository("shop");
        var before = files(shop).head();
        Repositories.git(shop, "pack-refs", "--all");
        assertThat(shop.resolve(".git/refs/heads/main")).doesNotExist();

        assertThat(before).isPresent();
        assertThat(files(shop).head()).isEqualTo(before);
    }

    private static GitFiles files(Path root) {
        return GitFiles.around(root).orElseThrow();
    }

    private String program(String body) throws Exception {
        Path program = temporary.resolve("git-in-place");
        Files.writeString(program, "#!/bin/sh\necho called >>'" + calls + "'\n" + body + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        return program.toString();
    }

    private long countCalls() throws Exception {
        try (var lines = Files.lines(calls)) {
            return lines.count();
        }
    }
}
