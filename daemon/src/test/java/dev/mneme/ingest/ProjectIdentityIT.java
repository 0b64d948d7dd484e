package dev.mneme.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.daemon.TestDaemon;
import dev.mneme.protocol.Json;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/// Which project a working directory belongs to: real repositories, real hook events, the real
/// resolver and database.
final class ProjectIdentityIT {

    private static final int AT_ONCE = 16;
    private static final String SHOP = "git@git.example:team/shop.git";

    private static TestDaemon daemon;

    @TempDir Path temporary;

    @BeforeAll
    static void start() {
        daemon = TestDaemon.start();
    }

    @AfterAll
    static void stop() {
        daemon.close();
    }

    /// One row of the table: what happens between two sessions, and whether they are of one
    /// project.
    record Case(String name, boolean sameProject, Story story) {

        @Override
        public String toString() {
            return name + (sameProject ? ": one project" : ": two projects");
        }
    }

    /// Returns the working directories of the sessions in the order in which they happen; a step
    /// after the first session is taken between them.
    interface Story {
        Path second(Repositories made, Sessions sessions) throws Exception;
    }

    interface Sessions {
        void firstIn(Path folder);
    }

    static List<Case> cases() {
        return List.of(
                new Case(
                        "move",
                        true,
                        (made, sessions) -> {
                            Path shop = made.repository("shop");
                            sessions.firstIn(shop);
                            return made.move(shop, "elsewhere/shop");
                        }),
                new Case(
                        "rename",
                        true,
                        (made, sessions) -> {
                            Path shop = made.repository("shop", SHOP);
                            sessions.firstIn(shop);
                            return made.move(shop, "store");
                        }),
                new Case(
                        "new remote",
                        true,
                        (made, sessions) -> {
                            Path shop = made.repository("shop", SHOP);
                            sessions.firstIn(shop);
                            Repositories.git(
                                    shop, "remote", "set-url", "origin", "https://b.example/s");
                            return shop;
                        }),
                new Case(
                        "new remote, then move",
                        true,
                        (made, sessions) -> {
                            Path shop = made.repository("shop", "https://a.example/shop");
                            sessions.firstIn(shop);
                            Repositories.git(shop, "remote", "set-url", "origin", SHOP);
                            sessions.firstIn(shop);
                            Repositories.git(
                                    shop,
                                    "remote",
                                    "set-url",
                                    "origin",
                                    "https://GIT.example/team/shop");
                            return made.move(shop, "moved");
                        }),
                new Case(
                        "fork",
                        false,
                        (made, sessions) -> {
                            Path shop = made.repository("shop", SHOP);
                            Path fork = made.clone(shop, "fork/shop");
                            Repositories.git(
                                    fork, "remote", "set-url", "origin", "git@git.example:me/shop");
                            sessions.firstIn(shop);
                            return fork;
                        }),
                new Case(
                        "fork, the original deleted",
                        false,
                        (made, sessions) -> {
                            Path shop = made.repository("shop", SHOP);
                            Path fork = made.clone(shop, "fork/shop");
                            Repositories.git(
                                    fork, "remote", "set-url", "origin", "git@git.example:me/shop");
                            sessions.firstIn(shop);
                            Repositories.delete(shop);
                            return fork;
                        }),
                new Case(
                        "shallow clone that moves",
                        true,
                        (made, sessions) -> {
                            Path source = made.repository("source");
                            made.commit(source);
                            made.commit(source);
                            Path shallow = made.clone(source, "shallow", "--depth=1");
                            assertThat(shallow.resolve(".git/shallow")).exists();
                            sessions.firstIn(shallow);
                            return made.move(shallow, "moved");
                        }),
                new Case(
                        "worktree",
                        true,
                        (made, sessions) -> {
                            Path shop = made.repository("shop");
                            Repositories.git(
                                    shop, "worktree", "add", "-q", "../shop-fix", "-b", "fix");
                            sessions.firstIn(shop);
                            return made.path("shop-fix");
                        }),
                new Case(
                        "worktree with a history of its own",
                        true,
                        (made, sessions) -> {
                            Path shop = made.repository("shop");
                            sessions.firstIn(shop);
                            Repositories.git(shop, "checkout", "-q", "--orphan", "pages");
                            made.commit(shop);
                            return shop;
                        }),
                new Case(
                        "bare",
                        true,
                        (made, sessions) -> {
                            Path shop = made.repository("shop");
                            Path bare = made.clone(shop, "hub/shop.git", "--bare");
                            Repositories.git(
                                    bare, "worktree", "add", "-q", made.path("wt").toString());
                            sessions.firstIn(bare);
                            return made.path("wt");
                        }),
                new Case(
                        "bare beside its clone",
                        false,
                        (made, sessions) -> {
                            Path shop = made.repository("shop");
                            sessions.firstIn(shop);
                            return made.clone(shop, "hub/shop.git", "--bare");
                        }),
                new Case(
                        "submodule",
                        false,
                        (made, sessions) -> {
                            Path library = made.repository("library");
                            Path shop = made.repository("shop");
                            Repositories.git(
                                    shop, "submodule", "--quiet", "add", library.toString(), "lib");
                            sessions.firstIn(shop);
                            return shop.resolve("lib");
                        }),
                new Case(
                        "monorepo sub-folder",
                        true,
                        (made, sessions) -> {
                            Path shop = made.repository("shop");
                            Path deep = Files.createDirectories(shop.resolve("services/cart"));
                            sessions.firstIn(deep);
                            return shop;
                        }),
                new Case(
                        "no git",
                        true,
                        (made, sessions) -> {
                            Path notes = made.folder("notes");
                            sessions.firstIn(notes);
                            return notes;
                        }),
                new Case(
                        "no git, renamed",
                        false,
                        (made, sessions) -> {
                            Path notes = made.folder("notes");
                            sessions.firstIn(notes);
                            return made.move(notes, "renamed");
                        }),
                new Case(
                        "copied folder",
                        false,
                        (made, sessions) -> {
                            Path shop = made.repository("shop", SHOP);
                            sessions.firstIn(shop);
                            return made.copy(shop, "copy/shop");
                        }),
                new Case(
                        "moved away, copied back",
                        false,
                        (made, sessions) -> {
                            Path shop = made.repository("shop");
                            sessions.firstIn(shop);
                            Path moved = made.move(shop, "moved");
                            sessions.firstIn(moved);
                            return made.copy(moved, "shop");
                        }),
                new Case(
                        "same name twice",
                        false,
                        (made, sessions) -> {
                            sessions.firstIn(made.repository("a/shop"));
                            return made.repository("b/shop");
                        }),
                new Case(
                        "another repository in the old place",
                        false,
                        (made, sessions) -> {
                            Path shop = made.repository("shop");
                            sessions.firstIn(shop);
                            made.move(shop, "old-shop");
                            return made.repository("shop");
                        }));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void recognisesProjectsByEvidence(Case row) throws Exception {
        var first = new TreeSet<String>();

        Path folder =
                row.story()
                        .second(
                                new Repositories(temporary.resolve("work")),
                                path -> first.add(projectOfANewSession(path)));
        String second = projectOfANewSession(folder);

        assertThat(first).as("projects before").hasSize(1);
        assertThat(second.equals(first.first())).isEqualTo(row.sameProject());
        // Asking by path means the same as working there, and so does asking again.
        assertThat(projectOf(folder)).isEqualTo(second);
        assertThat(projectOfANewSession(folder)).isEqualTo(second);
    }

    @Test
    void aSecondProjectOfANameIsNumberedAndABareOneLosesItsEnding() throws Exception {
        var made = new Repositories(temporary);
        String first = nameOf(projectOfANewSession(made.repository("a/numbered")));
        String second = nameOf(projectOfANewSession(made.repository("b/numbered")));
        Path bare = made.clone(made.path("a/numbered"), "numbered.git", "--bare");

        assertThat(first).isEqualTo("numbered");
        assertThat(second).isEqualTo("numbered~2");
        assertThat(nameOf(projectOfANewSession(bare))).isEqualTo("numbered~3");
    }

    @Test
    void aMovedRepositoryKeepsItsProjectWhenTheOldPlaceHoldsAnotherOne() throws Exception {
        var made = new Repositories(temporary);
        Path shop = made.repository("shop");
        String before = projectOfANewSession(shop);
        Path moved = made.move(shop, "shop-old");
        Path other = made.repository("shop");

        String atOldPlace = projectOfANewSession(other);

        assertThat(atOldPlace).isNotEqualTo(before);
        assertThat(projectOfANewSession(moved)).isEqualTo(before);
    }

    @Test
    void anEventOfAPlaceThatIsGoneByNowBelongsToTheProjectThatWasThere() throws Exception {
        var made = new Repositories(temporary);
        Path shop = made.repository("shop");
        Path deep = Files.createDirectories(shop.resolve("src/main"));
        String project = projectOfANewSession(shop);
        Path moved = made.move(shop, "moved");
        assertThat(projectOfANewSession(moved)).isEqualTo(project);

        assertThat(projectOfANewSession(shop)).isEqualTo(project);
        assertThat(projectOfANewSession(deep)).isEqualTo(project);
        assertThat(pathsOf(project)).isEqualTo(Set.of(moved.toString()));
    }

    @Test
    void aMnemeFileDecidesForItsFolderAndBelow() throws Exception {
        var made = new Repositories(temporary);
        Path shop = made.repository("shop");
        Path cart = Files.createDirectories(shop.resolve("services/cart/src"));
        Files.writeString(
                shop.resolve("services/cart/.mneme"), "# ours\nowner = x\nproject =  The cart \n");
        Path notes = made.folder("notes/today");
        Files.writeString(made.path("notes/.mneme"), "project = The cart\n");

        String project = projectOfANewSession(cart);

        assertThat(nameOf(project)).isEqualTo("The cart");
        assertThat(projectOfANewSession(notes)).isEqualTo(project);
        assertThat(projectOfANewSession(shop)).isNotEqualTo(project);
    }

    @Test
    void aMnemeFileOutsideTheRepositoryDoesNotDecide() throws Exception {
        var made = new Repositories(temporary);
        Path shop = made.repository("outer/inside");
        Files.writeString(made.path("outer/.mneme"), "project = outside\n");

        assertThat(nameOf(projectOfANewSession(shop))).isEqualTo("inside");
    }

    @Test
    void aSessionKeepsItsProjectWhereverItsLaterEventsComeFrom() throws Exception {
        var made = new Repositories(temporary);
        Path shop = made.repository("shop");
        Path other = made.repository("other");
        String session = UUID.randomUUID().toString();
        event(session, shop);
        String before = projectOfSession(session);

        event(session, other);

        assertThat(projectOfSession(session)).isEqualTo(before);
        assertThat(
                        daemon.sql(
                                "SELECT count(*) FROM mem_project_keys WHERE value = '"
                                        + other
                                        + "'"))
                .isEqualTo("0");
    }

    @Test
    void sixteenFirstEventsAtOnceMakeOneProject() throws Exception {
        Path shop = new Repositories(temporary).repository("crowded");
        var together = new CountDownLatch(AT_ONCE);
        var projects = new TreeSet<String>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var sessions = new ArrayList<Future<String>>();
            for (int i = 0; i < AT_ONCE; i++) {
                sessions.add(
                        threads.submit(
                                () -> {
                                    together.countDown();
                                    together.await(30, TimeUnit.SECONDS);
                                    return projectOfANewSession(shop);
                                }));
            }
            for (Future<String> session : sessions) {
                projects.add(session.get(60, TimeUnit.SECONDS));
            }
        }

        assertThat(projects).hasSize(1);
        assertThat(daemon.sql("SELECT count(*) FROM mem_projects WHERE name LIKE 'crowded%'"))
                .isEqualTo("1");
    }

    private static String projectOfANewSession(Path folder) {
        String session = UUID.randomUUID().toString();
        event(session, folder);
        return projectOfSession(session);
    }

    private static void event(String session, Path folder) {
        var answer =
                daemon.post(
                        "/api/hooks/user-prompt-submit",
                        Json.write(
                                Map.of(
                                        "session_id",
                                        session,
                                        "cwd",
                                        folder.toString(),
                                        "prompt",
                                        "Prompt " + UUID.randomUUID())));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }

    private static String projectOfSession(String session) {
        return daemon.sql(
                "SELECT project_id FROM mem_sessions WHERE session_id = '" + session + "'");
    }

    /// What a `project` parameter with this path means.
    private static String projectOf(Path folder) {
        var answer = daemon.get("/api/sessions?limit=1&project=" + folder);
        return answer.json().at("/0/project_id").asString();
    }

    private static String nameOf(String project) {
        return daemon.sql("SELECT name FROM mem_projects WHERE id = " + project);
    }

    private static Set<String> pathsOf(String project) {
        var paths = new TreeSet<String>();
        for (var view : daemon.get("/api/projects").json().at("/projects")) {
            if (view.at("/id").asString().equals(project)) {
                view.at("/paths").forEach(path -> paths.add(path.asString()));
            }
        }
        return paths;
    }
}
