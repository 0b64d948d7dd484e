package dev.mneme.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.protocol.Json;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/// One page in a browser, as a person uses it: with keys and a mouse, looking at what it shows.
///
/// It notes every request and everything that goes wrong in the page, so that a test can say that
/// nothing did.
final class Tab implements AutoCloseable {

    private static final Duration WAIT_MAX = Duration.ofSeconds(30);
    private static final long POLL_MS = 25;

    private final Chromium browser;
    private final String session;
    private final String context;
    private final List<String> problems = new CopyOnWriteArrayList<>();
    private final List<String> requested = new CopyOnWriteArrayList<>();

    Tab(Chromium browser, String session, String context) {
        this.browser = browser;
        this.session = session;
        this.context = context;
        browser.listen(session, this::note);
        for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
            send(domain + ".enable", Map.of());
        }
        send(
                "Page.addScriptToEvaluateOnNewDocument",
                Map.of(
                        "source",
                        """
                        document.addEventListener("securitypolicyviolation", (event) =>
                            console.error("CSP " + event.violatedDirective));
                        """));
    }

    private void note(JsonNode message) {
        JsonNode about = message.path("params");
        switch (message.path("method").asString("")) {
            case "Runtime.exceptionThrown" -> problems.add(about.toString());
            case "Runtime.consoleAPICalled" -> {
                if (about.path("type").asString("").equals("error")) {
                    problems.add(about.path("args").toString());
                }
            }
            case "Log.entryAdded" -> {
                JsonNode entry = about.path("entry");
                // A refused request is noted here as well; tests ask for those on purpose.
                if (entry.path("level").asString("").equals("error")
                        && !entry.path("source").asString("").equals("network")) {
                    problems.add(entry.toString());
                }
            }
            case "Network.requestWillBeSent" ->
                    requested.add(about.at("/request/url").asString(""));
            default -> {
                // What else happens in a page is its own business.
            }
        }
    }

    JsonNode send(String method, Map<String, ?> parameters) {
        return browser.send(session, method, parameters);
    }

    void go(String address) {
        send("Page.navigate", Map.of("url", address));
    }

    /// The value of an expression in the page.
    JsonNode js(String expression) {
        JsonNode answer =
                send(
                        "Runtime.evaluate",
                        Map.of(
                                "expression",
                                expression,
                                "returnByValue",
                                true,
                                "awaitPromise",
                                true));
        assertThat(answer.has("exceptionDetails"))
                .as(expression + ": " + answer.path("exceptionDetails"))
                .isFalse();
        return answer.at("/result/value");
    }

    /// Waits until an expression is true.
    void await(String expression) {
        long deadline = System.nanoTime() + WAIT_MAX.toNanos();
        while (!js("Boolean(" + expression + ")").asBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError(
                        "never true: "
                                + expression
                                + "\nproblems: "
                                + problems
                                + "\npage: "
                                + js("document.body.innerText").asString());
            }
            try {
                Thread.sleep(POLL_MS);
            } catch (InterruptedException stop) {
                Thread.currentThread().interrupt();
                throw new AssertionError(stop);
            }
        }
    }

    /// Waits until the page's heading says so and nothing is loading.
    void awaitHeading(String text) {
        await(
                "document.querySelector('h1')?.textContent === "
                        + Json.write(text)
                        + " && !document.getElementById('main').hasAttribute('aria-busy')");
    }

    String text() {
        return js("document.body.innerText").asString();
    }

    /// Goes to a page of the console by its address' fragment.
    void page(String fragment, String heading) {
        js("void (location.hash = " + Json.write(fragment) + ")");
        awaitHeading(heading);
    }

    void press(String key, int code) {
        var down =
                Map.of(
                        "type",
                        "rawKeyDown",
                        "key",
                        key,
                        "code",
                        key,
                        "windowsVirtualKeyCode",
                        code);
        send("Input.dispatchKeyEvent", down);
        if (key.equals("Enter")) {
            send("Input.dispatchKeyEvent", Map.of("type", "char", "key", key, "text", "\r"));
        }
        send(
                "Input.dispatchKeyEvent",
                Map.of("type", "keyUp", "key", key, "code", key, "windowsVirtualKeyCode", code));
    }

    void tab() {
        press("Tab", 9);
    }

    void enter() {
        press("Enter", 13);
    }

    void type(String text) {
        send("Input.insertText", Map.of("text", text));
    }

    /// Tabs on until the focused element fits; every stop on the way must be seen to have the
    /// focus.
    void tabTo(String selector) {
        for (int i = 0; i < 80; i++) {
            tab();
            assertThat(
                            js("""
                                            (() => {
                                              const style = getComputedStyle(document.activeElement);
                                              return document.activeElement === document.body
                                                || style.outlineStyle !== "none"
                                                && parseFloat(style.outlineWidth) > 0;
                                            })()
                                            """)
                                    .asBoolean())
                    .as("the focus is seen on " + focused())
                    .isTrue();
            if (js("document.activeElement.matches(" + Json.write(selector) + ")").asBoolean()) {
                return;
            }
        }
        throw new AssertionError("no key reaches " + selector);
    }

    String focused() {
        return js("document.activeElement.outerHTML.slice(0, 200)").asString();
    }

    void width(int pixels) {
        send(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", pixels, "height", 800, "deviceScaleFactor", 1, "mobile", false));
    }

    void scheme(String lightOrDark) {
        send(
                "Emulation.setEmulatedMedia",
                Map.of(
                        "features",
                        List.of(Map.of("name", "prefers-color-scheme", "value", lightOrDark))));
    }

    void screenshot(Path file) throws IOException {
        String image =
                send(
                                "Page.captureScreenshot",
                                Map.of("format", "png", "captureBeyondViewport", true))
                        .at("/data")
                        .asString();
        Files.createDirectories(file.getParent());
        Files.write(file, Base64.getDecoder().decode(image));
    }

    List<String> requested() {
        return List.copyOf(requested);
    }

    /// Nothing went wrong in the page, and it asked nobody but its own origin.
    void expectClean(URI origin) {
        assertThat(problems).isEmpty();
        assertThat(requested).allSatisfy(address -> assertThat(address).startsWith(origin + "/"));
    }

    @Override
    public void close() {
        browser.closeContext(session, context);
    }
}
