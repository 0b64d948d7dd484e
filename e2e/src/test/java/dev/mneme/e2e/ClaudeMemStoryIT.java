package dev.mneme.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.protocol.Json;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;

/// A user of claude-mem with two databases, on a machine that knows nothing of Mneme, gets to a
/// first useful recall with the commands that the README has for it, word by word.
///
/// One database lies where claude-mem keeps it, and Claude Code still has the transcript of one of
/// its sessions. The other is a copy from an earlier machine, whose transcripts are long gone.
@Tag("proof")
@Timeout(420)
final class ClaudeMemStoryIT {

    private static final String HEADING = "## Coming from claude-mem";
    private static final String FENCE = "```";

    /// Of the newer database, and a session of it whose transcript is still there.
    private static final String RECENT_PROJECT = "project-dfb3";

    private static final String RECENT_SESSION = "5da47801-ce53-eb0c-6956-b3272a79d5e5";

    /// Of the older one; the README calls it `shop`.
    private static final String OLD_PROJECT = "project-ba82";

    /// The texts are masked: words alone tell little apart, so any long title of a database will
    /// do.
    private static final int TITLE_CHARS_MIN = 40;

    @Test
    void theReadmesCommandsLeadToAFirstRecall() throws Exception {
        Path shared = Person.sourceTree().resolve("../shared/data/claude-mem-masked").normalize();
        if (!Files.isDirectory(shared)) {
            assertThat(System.getenv("MNEME_REQUIRE_SHARED"))
                    .as(shared.toString())
                    .isNotEqualTo("1");
            System.out.println("not run: databases of claude-mem (no " + shared + ")");
            return;
        }
        Person person = Person.withEmptyHome("home");
        try {
            Path recent = databaseOf(person, ".claude-mem", shared, "23");
            Path old = databaseOf(person, "backup", shared, "20");
            Map<String, String> before = databases(recent, old);
            Path recentFolder =
                    Files.createDirectories(person.home().resolve("code").resolve(RECENT_PROJECT));
            Path oldFolder =
                    Files.createDirectories(person.home().resolve("code").resolve(OLD_PROJECT));
            leaveTranscript(person, recentFolder);

            List<String> commands = readme();
            assertThat(commands).hasSize(4);
            Ended installed = run(person, commands.get(0));
            assertThat(installed.out()).contains("healthy");
            Ended imported = run(person, commands.get(1));
            assertThat(imported.out()).contains("51", "observations");
            Ended other = run(person, commands.get(2).replace("shop", OLD_PROJECT));
            assertThat(other.out()).contains("335", "observations");

            for (Path database : List.of(recent, old)) {
                List<String> titles = titles(database, "");
                String words = quoted(titles.getFirst());
                Ended found = run(person, commands.get(3).replace("retry backoff", words));
                assertThat(titles).as(found.toString()).anyMatch(found.out()::contains);
            }
            isTold(person, recentFolder, titles(recent, RECENT_PROJECT));
            isTold(person, oldFolder, titles(old, OLD_PROJECT));
            assertThat(databases(recent, old)).as("never written to").isEqualTo(before);
        } finally {
            person.leave();
        }
    }

    /// The commands of the section, as a reader would copy them.
    private static List<String> readme() throws Exception {
        String text = Files.readString(Person.sourceTree().resolve("README.md"));
        String section = text.substring(text.indexOf(HEADING));
        String block = section.substring(section.indexOf(FENCE + "sh\n") + FENCE.length() + 3);
        return block.substring(0, block.indexOf(FENCE)).lines().toList();
    }

    /// In the clone, by the shell that reads `~` and quotes.
    private static Ended run(Person person, String line) throws Exception {
        Ended ended =
                person.run(
                        List.of("sh", "-c", line),
                        Map.of(),
                        Person.sourceTree(),
                        "",
                        Person.INSTALL_TIMEOUT);
        assertThat(ended.exitCode()).as(ended.toString()).isZero();
        assertThat(ended.err()).doesNotContain("building Mneme");
        return ended;
    }

    private static Path databaseOf(Person person, String folder, Path shared, String schema)
            throws Exception {
        Path place = Files.createDirectories(person.home().resolve(folder));
        Path database = place.resolve("claude-mem.db");
        Files.copy(shared.resolve("claude-mem-schema" + schema + "-masked.db"), database);
        return database;
    }

    private static Map<String, String> databases(Path recent, Path old) throws Exception {
        var all = Person.snapshot(folderOf(recent));
        Person.snapshot(folderOf(old)).forEach((name, bytes) -> all.put("old/" + name, bytes));
        return all;
    }

    private static Path folderOf(Path database) {
        return Objects.requireNonNull(database.getParent());
    }

    /// What Claude Code keeps of a session: here its first line alone, with the folder.
    private static void leaveTranscript(Person person, Path folder) throws Exception {
        Path transcripts =
                Files.createDirectories(person.home().resolve(".claude/projects/-home-work"));
        Files.writeString(
                transcripts.resolve(RECENT_SESSION + ".jsonl"),
                Json.write(
                                Map.of(
                                        "type",
                                        "user",
                                        "sessionId",
                                        RECENT_SESSION,
                                        "cwd",
                                        folder.toString(),
                                        "timestamp",
                                        "2026-04-01T04:00:00.000Z"))
                        + "\n");
    }

    /// Titles that say enough to be looked for, the longest first; of one project or of all.
    private static List<String> titles(Path database, String project) throws Exception {
        var titles = new ArrayList<String>();
        try (Connection source =
                        DriverManager.getConnection(
                                "jdbc:sqlite:file:" + database + "?immutable=1");
                var statement =
                        source.prepareStatement(
                                """
                                SELECT title
                                FROM observations
                                WHERE (? = '' OR project = ?) AND length(title) >= ?
                                ORDER BY length(title) DESC, id
                                """)) {
            statement.setString(1, project);
            statement.setString(2, project);
            statement.setInt(3, TITLE_CHARS_MIN);
            try (var rows = statement.executeQuery()) {
                while (rows.next()) {
                    titles.add(rows.getString(1));
                }
            }
        }
        assertThat(titles).isNotEmpty();
        return titles;
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }

    /// On a busy machine an answer may be late for one session; the next is told as well.
    private static void isTold(Person person, Path folder, List<String> known) throws Exception {
        var session = new AtomicInteger();
        Await.until(
                "a session in " + folder + " is told",
                Person.COMMAND_TIMEOUT,
                () -> {
                    String name = folder.getFileName() + "-" + session.incrementAndGet();
                    Ended start =
                            person.hook(
                                    "SessionStart",
                                    Payloads.sessionStart(person, name)
                                            .replace(person.home().toString(), folder.toString()));
                    assertThat(start.exitCode()).as(start.toString()).isZero();
                    return known.stream().anyMatch(start.out()::contains);
                });
    }
}
