package dev.mneme.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/// Real repositories, made by the real `git` below one folder.
final class Repositories {

    private static final AtomicInteger COMMITS = new AtomicInteger();

    private final Path folder;

    Repositories(Path folder) throws IOException {
        this.folder = Files.createDirectories(folder).toRealPath();
    }

    Path path(String name) {
        return folder.resolve(name);
    }

    Path folder(String name) throws IOException {
        return Files.createDirectories(path(name));
    }

    /// A repository with a history of its own.
    Path repository(String name) throws Exception {
        Path root = folder(name);
        git(root, "init", "-q", "-b", "main");
        commit(root);
        return root;
    }

    Path repository(String name, String remote) throws Exception {
        Path root = repository(name);
        git(root, "remote", "add", "origin", remote);
        return root;
    }

    /// A commit that no other repository has: without a number, two made in one second were equal.
    void commit(Path root) throws Exception {
        git(root, "commit", "-q", "--allow-empty", "-m", "Commit " + COMMITS.incrementAndGet());
    }

    Path clone(Path source, String name, String... more) throws Exception {
        var arguments = new ArrayList<>(List.of("clone", "-q"));
        arguments.addAll(List.of(more));
        arguments.add("file://" + source);
        arguments.add(path(name).toString());
        git(folder, arguments.toArray(new String[0]));
        return path(name);
    }

    Path move(Path from, String name) throws IOException {
        Files.createDirectories(path(name).getParent());
        return Files.move(from, path(name));
    }

    Path copy(Path from, String name) throws Exception {
        Files.createDirectories(path(name).getParent());
        run(folder, Map.of(), "cp", "-a", from.toString(), path(name).toString());
        return path(name);
    }

    static void delete(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    static void git(Path directory, String... arguments) throws Exception {
        var command = new ArrayList<>(List.of("git", "-c", "protocol.file.allow=always"));
        command.addAll(List.of(arguments));
        run(
                directory,
                Map.of(
                        "GIT_AUTHOR_NAME", "t",
                        "GIT_AUTHOR_EMAIL", "t@t",
                        "GIT_COMMITTER_NAME", "t",
                        "GIT_COMMITTER_EMAIL", "t@t",
                        "GIT_CONFIG_NOSYSTEM", "1"),
                command.toArray(new String[0]));
    }

    private static void run(Path directory, Map<String, String> environment, String... command)
            throws Exception {
        var builder =
                new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
    }
}
