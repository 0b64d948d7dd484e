package dev.mneme.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// On real repositories, made by the real `git`.
final class ProjectFolderTest {

    @TempDir Path temporary;

    private Path folder;

    @BeforeEach
    void realPath() throws IOException {
        folder = temporary.toRealPath();
    }

    @Test
    void aSubFolderBelongsToItsRepository() throws Exception {
        Path shop = repository("shop");
        Path deep = Files.createDirectories(shop.resolve("src/main"));

        assertThat(ProjectFolder.of(deep).root()).isEqualTo(shop);
    }

    @Test
    void aLinkedWorkTreeBelongsToTheMainOne() throws Exception {
        Path shop = repository("shop");
        git(shop, "worktree", "add", "-q", "../shop-fix", "-b", "fix");

        assertThat(ProjectFolder.of(folder.resolve("shop-fix")).root()).isEqualTo(shop);
    }

    @Test
    void aSubmoduleIsAProjectOfItsOwn() throws Exception {
        Path library = repository("library");
        Path shop = repository("shop");
        git(
                shop,
                "-c",
                "protocol.file.allow=always",
                "submodule",
                "--quiet",
                "add",
                library.toString(),
                "lib");

        assertThat(ProjectFolder.of(shop.resolve("lib")).root()).isEqualTo(shop.resolve("lib"));
    }

    @Test
    void aFolderWithoutRepositoryStandsForItself() throws IOException {
        Path notes = Files.createDirectories(folder.resolve("notes/today"));

        assertThat(ProjectFolder.of(notes).root()).isEqualTo(notes);
    }

    @Test
    void aFolderThatIsGoneStandsForItself() {
        assertThat(ProjectFolder.of(Path.of("/no/such/folder")).root())
                .isEqualTo(Path.of("/no/such/folder"));
    }

    private Path repository(String name) throws Exception {
        Path root = Files.createDirectories(folder.resolve(name));
        git(root, "init", "-q");
        git(root, "commit", "-q", "--allow-empty", "-m", "Start");
        return root;
    }

    private static void git(Path directory, String... arguments) throws Exception {
        var command = new ArrayList<>(List.of("git", "-c", "user.name=t", "-c", "user.email=t@t"));
        command.addAll(List.of(arguments));
        Process process =
                new ProcessBuilder(command)
                        .directory(directory.toFile())
                        .redirectErrorStream(true)
                        .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
    }
}
