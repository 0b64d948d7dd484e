package dev.mneme.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.daemon.TestDaemon;
import dev.mneme.protocol.Json;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

import tools.jackson.databind.JsonNode;

import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The console in a real browser, against a real daemon.
@Timeout(240)
@Execution(ExecutionMode.SAME_THREAD)
final class ConsoleIT {

    private static final String HOSTILE =
            "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>";

    private static final String FOLDER = "/tmp/none/till";

    private static final Path SCREENSHOTS = Path.of("target", "console");

    /// WCAG 2.2, success criterion 1.4.3.
    private static final double CONTRAST_MIN = 4.5;

    private static TestDaemon daemon;
    private static Chromium browser;
    private static URI origin;
    private static long memory;
    private static long hostile;
    private static long dead;

    @BeforeAll
    static void start() throws Exception {
        Path program =
                Chromium.find("the console in a browser")
                        .orElseGet(() -> Assumptions.abort("there is no Chromium"));
        daemon = TestDaemon.start();
        origin = URI.create("http://127.0.0.1:" + daemon.port());
        memory =
                save(
                        "The backoff of the retry is capped at 30 s, because the gateway drops"
                                + " connections that are silent for longer.",
                        "Cap the retry backoff at 30 s",
                        "decision");
        hostile = save(HOSTILE + " hostile", HOSTILE, "gotcha");
        save(
                "Paths such as /srv/" + "very-long-folder-name/".repeat(12) + "file.txt are cut.",
                "A".repeat(180),
                "pattern");
        turn("session-of-the-story", "Cap the backoff, please. " + HOSTILE);
        lesson();
        daemon.settle();
        spend();
        dead = kill();
        browser = new Chromium(program);
    }

    @AfterAll
    static void stop() throws Exception {
        if (browser != null) {
            browser.close();
        }
        if (daemon != null) {
            daemon.close();
        }
    }

    @Test
    void theLinkOpensOnceAndWhatItGivesIsNotTheToken() {
        String link = link();
        try (Tab first = browser.open();
                Tab second = browser.open()) {
            first.go(link);
            first.awaitHeading("Live");
            assertThat(first.js("location.href").asString()).isEqualTo(origin + "/#/");
            assertThat(first.js("document.cookie").asString()).isEmpty();
            String key = first.js("sessionStorage.getItem('mneme.key')").asString();

            second.go(link);
            second.awaitHeading("This link no longer opens");
            assertThat(second.text()).contains("mneme open");
            assertThat(second.js("sessionStorage.length").asInt()).isZero();

            assertThat(withKey(key, "GET", "/api/projects")).isEqualTo(200);
            assertThat(withKey(key, "DELETE", "/api/projects?project=till")).isEqualTo(403);
            assertThat(withKey(key, "POST", "/api/forget")).isEqualTo(403);
            assertThat(withKey(key, "POST", "/api/console/code")).isEqualTo(403);
            assertThat(withKey(key, "GET", "/metrics")).isEqualTo(403);

            first.send("Page.reload", Map.of());
            first.awaitHeading("Live");
            first.expectClean(origin);
            second.expectClean(origin);
        }
    }

    @Test
    void anEventArrivesLiveAndBecomesAMemory() {
        try (Tab tab = opened()) {
            int before = tab.js("document.querySelectorAll('.events li').length").asInt();
            turn("arriving", "Make the till beep");
            tab.await(
                    "[...document.querySelectorAll('.events li')]"
                            + ".some((row) => row.textContent.includes('arriving'))");
            assertThat(tab.js("document.querySelectorAll('.events li').length").asInt())
                    .isGreaterThan(before);
            tab.await("document.getElementById('said').textContent.includes('new event')");
            daemon.settle();
            tab.await(
                    "[...document.querySelectorAll('.events li')]"
                            + ".some((row) => row.textContent.includes('arriving')"
                            + " && row.textContent.includes('remembered'))");
            tab.expectClean(origin);
        }
    }

    @Test
    void whatIsFoundIsOpenedAndHostileTextIsText() {
        try (Tab tab = opened()) {
            tab.page("#/search?q=hostile&explain=1", "Search");
            assertThat(tab.text()).contains("<img src=x onerror=");
            assertThat(tab.js("document.querySelectorAll('main dl.explain').length").asInt())
                    .isPositive();
            tab.page("#/observations/" + hostile, HOSTILE);
            assertThat(tab.js("document.querySelectorAll('main img, main script').length").asInt())
                    .isZero();
            assertThat(tab.js("document.title").asString())
                    .startsWith("<img src=x")
                    .isNotEqualTo("owned");
            tab.page("#/sessions/session-of-the-story", "Session");
            assertThat(tab.text()).contains("<img src=x onerror=", "Turn 1", "Cap the backoff");
            tab.expectClean(origin);
        }
    }

    @Test
    void aMemoryIsPinnedEditedAndClosedAndSaysWhereItComesFrom() {
        try (Tab tab = opened()) {
            long made = remembered();
            String path = "/api/observations/" + made;
            String title = daemon.get(path).json().at("/title").asString().replace("`", "");
            tab.page("#/observations/" + made, title);
            tab.await("document.querySelectorAll('.events li').length > 0");
            click(tab, "Pin");
            tab.await("document.querySelector('main .meta').textContent.includes('pinned')");
            assertThat(daemon.get(path).json().at("/pinned_at").asString()).isNotBlank();

            click(tab, "Edit");
            tab.js("document.querySelector('#e-title').select()");
            tab.type("Said by a person");
            click(tab, "Save");
            tab.awaitHeading("Said by a person");

            click(tab, "Wrong");
            tab.await("document.querySelector('main .notice.warn') !== null");
            assertThat(daemon.get(path).json().at("/closed_at").asString()).isNotBlank();
            click(tab, "Bring back");
            tab.await("document.querySelector('main .notice.warn') === null");
            tab.expectClean(origin);
        }
    }

    @Test
    void aDeadJobIsRetriedAndALessonRetired() {
        try (Tab tab = opened()) {
            tab.page("#/queue?state=discarded", "Queue");
            assertThat(tab.text()).contains("1 dead job");
            click(tab, "Retry");
            tab.await("document.querySelector('.empty-title')?.textContent === 'No dead jobs'");
            daemon.settle();
            assertThat(daemon.get("/api/queue/" + dead).json().at("/state").asString())
                    .isEqualTo("completed");

            tab.page("#/lessons", "Lessons");
            click(tab, "Retire");
            tab.await("document.querySelector('#s-retired') !== null");
            click(tab, "Accept");
            tab.await("document.querySelector('#s-active') !== null");
            tab.expectClean(origin);
        }
    }

    @Test
    void aProjectIsRenamedAndMerged() {
        for (String name : List.of("attick", "attic")) {
            String memory = Json.write(Map.of("text", "Of " + name, "project", name));
            assertThat(daemon.post("/api/memories", memory).status()).isEqualTo(200);
        }
        try (Tab tab = opened()) {
            tab.page("#/projects", "Projects");
            open(tab, "attick");
            tab.js("card.querySelector('input').select()");
            tab.type("loft");
            tab.js("card.querySelector('button').click()");
            tab.await("document.querySelector('#said').textContent === 'Renamed'");
            assertThat(projects()).contains("loft").doesNotContain("attick");

            open(tab, "loft");
            tab.js(
                    "(select => select.value = [...select.options]"
                            + ".find(o => o.textContent === 'attic').value)"
                            + "(card.querySelector('select'))");
            tab.js("[...card.querySelectorAll('button')].at(-1).click()");
            tab.await("document.querySelector('#said').textContent === 'Merged'");
            assertThat(projects()).contains("attic").doesNotContain("loft");
            tab.expectClean(origin);
        }
    }

    @Test
    void aModelIsGotChosenReadAgainAndRemovedByKeyboard() throws Exception {
        byte[] content = "weights ".repeat(80_000).getBytes(StandardCharsets.US_ASCII);
        Path here = daemon.home().models().resolve("till-words");
        try (var server = new TrickleServer(content)) {
            name(server, content);
            try (Tab tab = opened()) {
                tab.page("#/models", "Models");
                press(tab, "Get till-words");
                tab.await("document.querySelector('progress')?.value > 0");
                assertThat(tab.text()).contains("Getting till-words", "of 640 kB");
                press(tab, "stop");
                tab.await("document.querySelector('[data-work]')?.dataset.work === 'stopped'");
                assertThat(here.resolve("model.gguf.part")).isNotEmptyFile();

                server.serve("other bytes ".getBytes(StandardCharsets.US_ASCII));
                server.hurry();
                press(tab, "Get till-words");
                tab.await("document.querySelector('[data-work]')?.dataset.work === 'failed'");
                assertThat(tab.text()).contains("the server has a file of 12 bytes");

                server.serve(content);
                press(tab, "Get till-words");
                tab.await("document.querySelector('[data-work]')?.dataset.work === 'done'");
                assertThat(here.resolve("model.gguf")).hasBinaryContent(content);
                press(tab, "Verify till-words");
                tab.await("document.querySelector('[data-work]').textContent.includes('holds')");

                press(tab, "Use till-words");
                tab.await("document.querySelector(\"[data-key='Remove till-words']\") === null");
                assertThat(chosen()).contains("till-words").doesNotContain("rules");
                press(tab, "Use rules");
                tab.await("document.querySelector(\"[data-key='Remove till-words']\") !== null");
                assertThat(chosen()).contains("rules");

                press(tab, "Remove till-words");
                assertThat(tab.text()).contains("Remove till-words?");
                assertThat(tab.focused()).contains("Keep");
                tab.enter();
                assertThat(here.resolve("model.gguf")).exists();
                press(tab, "Remove till-words");
                tab.js(
                        "[...document.querySelectorAll('.asking button')]"
                                + ".find((one) => one.textContent === 'Yes, remove').focus()");
                tab.enter();
                tab.await("document.querySelector(\"[data-key='Get till-words']\") !== null");
                assertThat(here).doesNotExist();
                tab.expectClean(origin);
            }
        } finally {
            Files.delete(daemon.home().models().resolve("own.json"));
        }
    }

    private static void press(Tab tab, String key) {
        String button = "[data-key='" + key + "']";
        tab.await("document.querySelector(" + Json.write(button) + ") !== null");
        tab.tabTo(button);
        tab.enter();
    }

    private static List<String> chosen() {
        return daemon.get("/api/models")
                .json()
                .path("models")
                .valueStream()
                .filter(model -> model.path("chosen").asBoolean())
                .map(model -> model.path("name").asString())
                .toList();
    }

    private static void name(TrickleServer server, byte[] content) throws Exception {
        String checksum =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        Files.createDirectories(daemon.home().models());
        Files.writeString(
                daemon.home().models().resolve("own.json"),
                Json.write(
                        Map.of(
                                "models",
                                List.of(
                                        Map.of(
                                                "name",
                                                "till-words",
                                                "kind",
                                                "extraction",
                                                "about",
                                                "a few words",
                                                "licence",
                                                "MIT",
                                                "files",
                                                List.of(
                                                        Map.of(
                                                                "name",
                                                                "model.gguf",
                                                                "address",
                                                                server.address(),
                                                                "bytes",
                                                                content.length,
                                                                "sha256",
                                                                checksum)))))));
    }

    private static void open(Tab tab, String project) {
        tab.js(
                "globalThis.card = [...document.querySelectorAll('.cards li')].find(one =>"
                        + " one.querySelector('h2')?.textContent === "
                        + Json.write(project)
                        + ")");
        tab.js("card.querySelector('summary').click()");
        tab.await("card.querySelector('details').open");
    }

    private static List<String> projects() {
        return daemon.get("/api/projects")
                .json()
                .path("projects")
                .valueStream()
                .map(project -> project.path("name").asString())
                .toList();
    }

    @Test
    void theKeyboardReachesEverything() {
        try (Tab tab = opened()) {
            tab.tab();
            assertThat(tab.focused()).contains("Skip to content");
            tab.enter();
            assertThat(tab.js("document.activeElement.id").asString()).isEqualTo("main");

            tab.send("Page.reload", Map.of());
            tab.awaitHeading("Live");
            tab.tabTo("#nav a[data-page=search]");
            tab.enter();
            tab.awaitHeading("Search");
            assertThat(tab.js("document.activeElement.tagName").asString())
                    .as("the focus moves with the page")
                    .isEqualTo("H1");
            tab.tabTo("#q");
            tab.type("retry backoff");
            tab.enter();
            tab.await("document.querySelectorAll('.results .memory').length > 0");
            tab.awaitHeading("Search");
            tab.tabTo(".results a[href='#/observations/" + memory + "']");
            tab.enter();
            tab.awaitHeading("Cap the retry backoff at 30 s");
            assertThat(tab.js("location.hash").asString()).isEqualTo("#/observations/" + memory);
            tab.tabTo("main .actions button");
            tab.enter();
            tab.await("document.querySelector('main .meta').textContent.includes('pinned')");
            tab.expectClean(origin);
        }
    }

    @Test
    void everyPageFitsInto320PixelsAndCanBeReadInLightAndInDark() throws Exception {
        var pages = new LinkedHashMap<String, String>();
        pages.put("#/", "Live");
        pages.put("#/search?q=retry%20backoff&explain=1&since=900d", "Search");
        pages.put("#/sessions", "Sessions");
        pages.put("#/sessions/session-of-the-story", "Session");
        pages.put("#/observations/" + memory, "Cap the retry backoff at 30 s");
        pages.put("#/queue?state=all", "Queue");
        pages.put("#/queue/" + dead, "Job " + dead);
        pages.put("#/projects", "Projects");
        pages.put("#/lessons", "Lessons");
        pages.put("#/models", "Models");
        pages.put("#/cost", "Cost");
        pages.put("#/health", "Health");
        pages.put("#/nowhere", "Not here");
        try (Tab tab = opened()) {
            for (Map.Entry<String, String> page : pages.entrySet()) {
                tab.page(page.getKey(), page.getValue());
                String name =
                        page.getValue()
                                .toLowerCase(java.util.Locale.ROOT)
                                .replaceAll("[^a-z]+", "-");
                for (String scheme : List.of("light", "dark")) {
                    tab.scheme(scheme);
                    for (int width : List.of(320, 1_280)) {
                        tab.width(width);
                        String where = page.getKey() + " at " + width + " in " + scheme;
                        assertThat(Json.write(tab.js(OVERFLOWING)))
                                .as("overflows: " + where)
                                .isEqualTo("[]");
                        assertThat(Json.write(tab.js(PALE)))
                                .as("too pale: " + where)
                                .isEqualTo("[]");
                        tab.screenshot(
                                SCREENSHOTS.resolve(name + "-" + scheme + "-" + width + ".png"));
                    }
                }
            }
            tab.expectClean(origin);
        }
    }

    @Test
    void whatGoesWrongIsSaid() {
        try (Tab tab = browser.open()) {
            tab.go(origin + "/");
            tab.awaitHeading("Open it from a terminal");
            tab.js("sessionStorage.setItem('mneme.key', 'stale')");
            tab.send("Page.reload", Map.of());
            tab.awaitHeading("Open it from a terminal");
            assertThat(tab.js("sessionStorage.length").asInt()).isZero();
            tab.go(link());
            tab.awaitHeading("Live");
            tab.page("#/observations/987654321", "Something is wrong");
            assertThat(tab.text()).contains("Try again");
            tab.expectClean(origin);
        }
    }

    /// What reaches beyond the right edge, but for what scrolls by itself.
    private static final String OVERFLOWING =
            """
            (() => {
              const wide = document.documentElement.clientWidth;
              const found = [];
              if (document.documentElement.scrollWidth > wide) {
                found.push("document " + document.documentElement.scrollWidth);
              }
              for (const element of document.body.querySelectorAll("*")) {
                if (element.closest(".unseen, pre, thead, .skip, option")) continue;
                const box = element.getBoundingClientRect();
                if (box.width > 0 && box.right > wide + 0.5) {
                  found.push(element.tagName + "." + element.className + " " + box.right);
                }
              }
              return found.slice(0, 5);
            })()
            """;

    /// Text whose colour is too near to what lies behind it.
    private static final String PALE =
            """
            (() => {
              const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
              const rgba = (color) => {
                canvas.clearRect(0, 0, 1, 1);
                canvas.fillStyle = color;
                canvas.fillRect(0, 0, 1, 1);
                return [...canvas.getImageData(0, 0, 1, 1).data];
              };
              const light = ([r, g, b]) => [r, g, b]
                .map((part) => part / 255)
                .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
                .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
              const behind = (element) => {
                for (let at = element; at; at = at.parentElement) {
                  const color = rgba(getComputedStyle(at).backgroundColor);
                  if (color[3] === 255) return color;
                }
                return [255, 255, 255, 255];
              };
              const found = [];
              const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
              while (texts.nextNode()) {
                const element = texts.currentNode.parentElement;
                if (texts.currentNode.textContent.trim() === "") continue;
                if (element.closest("noscript, script, .unseen, option, [hidden]")) continue;
                if (!element.checkVisibility()) continue;
                const a = light(rgba(getComputedStyle(element).color));
                const b = light(behind(element));
                const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
                if (contrast < CONTRAST_MIN) {
                  found.push(element.tagName + "." + element.className + " " + contrast.toFixed(2)
                    + " " + texts.currentNode.textContent.trim().slice(0, 30));
                }
              }
              return found.slice(0, 5);
            })()
            """
                    .replace("CONTRAST_MIN", Double.toString(CONTRAST_MIN));

    private static Tab opened() {
        Tab tab = browser.open();
        tab.go(link());
        tab.awaitHeading("Live");
        return tab;
    }

    private static String link() {
        JsonNode code = daemon.post("/api/console/code", "").json();
        return origin + "/#open=" + code.at("/code").asString();
    }

    private static int withKey(String key, String method, String path) {
        return daemon.send(
                        daemon.bare(path)
                                .header("Authorization", "Bearer " + key)
                                .method(method, HttpRequest.BodyPublishers.noBody())
                                .build())
                .status();
    }

    private static void click(Tab tab, String text) {
        String button =
                "[...document.querySelectorAll('main button')].find((one) => one.textContent === "
                        + Json.write(text)
                        + ")";
        tab.await(button);
        tab.js("void " + button + ".click()");
    }

    private static long save(String text, String title, String type) {
        return expect(
                        "/api/memories",
                        Map.of("text", text, "title", title, "type", type, "project", FOLDER))
                .at("/id")
                .asLong();
    }

    /// A turn that changes a file, as hooks tell it.
    private static void turn(String session, String prompt) {
        hook("session-start", Map.of("session_id", session, "source", "startup", "cwd", FOLDER));
        hook("user-prompt-submit", Map.of("session_id", session, "prompt", prompt, "cwd", FOLDER));
        hook(
                "post-tool-use",
                Map.of(
                        "session_id",
                        session,
                        "tool_name",
                        "Write",
                        "tool_use_id",
                        "use-" + session,
                        "cwd",
                        FOLDER,
                        "tool_input",
                        Map.of(
                                "file_path",
                                FOLDER + "/retry.py",
                                "content",
                                "def backoff(n):\n    return min(30, 2 ** n)\n")));
        hook(
                "stop",
                Map.of(
                        "session_id",
                        session,
                        "cwd",
                        FOLDER,
                        "last_assistant_message",
                        "The backoff is capped at 30 s now."));
    }

    private static void hook(String event, Map<String, ?> body) {
        TestDaemon.Answer answer = daemon.post("/api/hooks/" + event, Json.write(body));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }

    private static JsonNode expect(String path, Map<String, ?> body) {
        TestDaemon.Answer answer = daemon.post(path, Json.write(body));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json();
    }

    private static void lesson() {
        expect(
                "/api/lessons",
                Map.of(
                        "title",
                        "Never push to the mirror",
                        "rule",
                        "The mirror is overwritten every night; push to origin.",
                        "severity",
                        "critical",
                        "trigger_tool",
                        "Bash",
                        "trigger_pattern",
                        "git push .*mirror"));
    }

    private static long remembered() {
        return daemon.get("/api/observations?session=session-of-the-story")
                .json()
                .at("/0/id")
                .asLong();
    }

    private static void spend() throws SQLException {
        try (var connection = daemon.connect();
                var statement = connection.createStatement()) {
            statement.execute(
                    """
                    INSERT INTO mem_model_costs (
                        day, project_id, backend, model, calls, prompt_tokens, answer_tokens,
                        time_ms, cpu_ms, cost_nanodollars)
                    VALUES (
                        CAST(now() AT TIME ZONE 'UTC' AS date), 1, 'anthropic',
                        'claude-haiku', 12, 48000, 3100, 9400, 0, 63500000)
                    """);
        }
    }

    /// As if every attempt at a job had failed.
    private static long kill() throws SQLException {
        hook(
                "post-tool-use",
                Map.of(
                        "session_id",
                        "session-that-failed",
                        "tool_name",
                        "Bash",
                        "tool_use_id",
                        "killed",
                        "cwd",
                        FOLDER,
                        "tool_input",
                        Map.of("command", "make " + "very-long-argument ".repeat(20))));
        daemon.settle();
        try (var connection = daemon.connect();
                var statement = connection.createStatement();
                var rows =
                        statement.executeQuery(
                                """
                                UPDATE mem_jobs
                                SET state = 'discarded', outcome = NULL, skip_reason = NULL,
                                    attempt = max_attempts, last_error = 'IllegalStateException'
                                WHERE event_id = (
                                    SELECT id FROM mem_events WHERE tool_use_id = 'killed')
                                RETURNING id
                                """)) {
            assertThat(rows.next()).isTrue();
            return rows.getLong(1);
        }
    }
}
