package dev.mneme.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.domain.GitPosition;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/// Branch and commit as `git` itself would say them, read from its files alone.
final class GitPositionTest {

    @TempDir Path folder;

    @Test
    void saysWhatGitSays() throws Exception {
        var repositories = new Repositories(folder);
        Path shop = repositories.repository("shop");
        assertThat(position(shop)).isEqualTo(new GitPosition("main", revParse(shop)));

        Repositories.git(shop, "checkout", "-q", "-b", "feature/x-1");
        repositories.commit(shop);
        assertThat(position(shop)).isEqualTo(new GitPosition("feature/x-1", revParse(shop)));

        Repositories.git(shop, "pack-refs", "--all");
        assertThat(position(shop)).isEqualTo(new GitPosition("feature/x-1", revParse(shop)));

        Path tree = repositories.path("tree");
        Repositories.git(shop, "worktree", "add", "-q", "-b", "beside", tree.toString());
        repositories.commit(tree);
        assertThat(position(tree)).isEqualTo(new GitPosition("beside", revParse(tree)));
        assertThat(position(shop)).isEqualTo(new GitPosition("feature/x-1", revParse(shop)));

        Repositories.git(shop, "checkout", "-q", "--detach");
        assertThat(position(shop)).isEqualTo(new GitPosition(null, revParse(shop)));
    }

    @Test
    void aRepositoryWithoutACommitHasABranchAlone() throws Exception {
        var repositories = new Repositories(folder);
        Path fresh = repositories.folder("fresh");
        Repositories.git(fresh, "init", "-q", "-b", "trunk");

        assertThat(position(fresh)).isEqualTo(new GitPosition("trunk", null));
    }

    /// Its `HEAD` names a branch that is none; the references are in a binary form.
    @Test
    void nothingIsSaidWhereOnlyGitCanRead() throws Exception {
        var repositories = new Repositories(folder);
        Path shop = repositories.repository("shop");
        Files.createDirectories(shop.resolve(".git/reftable"));
        Files.writeString(shop.resolve(".git/HEAD"), "ref: refs/heads/.invalid\n");

        assertThat(position(shop)).isEqualTo(GitPosition.UNKNOWN);
    }

    @Test
    void brokenFilesSayNothing() throws Exception {
        var repositories = new Repositories(folder);
        Path shop = repositories.repository("shop");
        for (String head :
                new String[] {
                    "",
                    "ref: ",
                    "ref: refs/heads/",
                    "ref: ../../../../etc/passwd",
                    "ref: refs/heads/" + "x".repeat(5_000),
                    "\u0000",
                    "x".repeat(100_000)
                }) {
            Files.writeString(shop.resolve(".git/HEAD"), head);
            assertThat(position(shop)).as(head).isEqualTo(GitPosition.UNKNOWN);
        }
    }

    private static GitPosition position(Path path) {
        return GitFiles.around(GitFiles.real(path)).orElseThrow().position();
    }

    private static String revParse(Path root) throws Exception {
        Process git =
                new ProcessBuilder("git", "rev-parse", "HEAD").directory(root.toFile()).start();
        String id = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertThat(git.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return id;
    }
}
