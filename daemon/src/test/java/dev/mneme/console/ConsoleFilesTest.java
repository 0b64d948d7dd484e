package dev.mneme.console;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The console's files keep their promises by what they do not contain.
final class ConsoleFilesTest {

    private static final Pattern IMPORT = Pattern.compile("from \"([^\"]+)\"");
    private static final Pattern REFERENCE = Pattern.compile("(?:src|href)=\"([^\"]+)\"");

    @Test
    void noTextCanBecomeMarkupOrScript() {
        texts().forEach(
                        (path, text) ->
                                assertThat(text)
                                        .as(path)
                                        .doesNotContain(
                                                "innerHTML",
                                                "outerHTML",
                                                "insertAdjacentHTML",
                                                "document.write",
                                                "DOMParser",
                                                "createContextualFragment",
                                                "srcdoc",
                                                "eval(",
                                                "new Function",
                                                "javascript:"));
    }

    @Test
    void nothingIsInlineAndNothingComesFromElsewhere() {
        String page = Objects.requireNonNull(texts().get("/"));
        assertThat(page).doesNotContain("style=", "<style").doesNotContainPattern("\\son[a-z]+=");
        assertThat(page.split("<script", -1)).hasSize(2);
        assertThat(page).contains("<script type=\"module\" src=\"/console/app.js\"></script>");
        texts().forEach(
                        (path, text) ->
                                assertThat(text.replace("http://www.w3.org/2000/svg", ""))
                                        .as(path)
                                        .doesNotContain("http:", "https:", "@import", "url("));
    }

    @Test
    void whatIsReferredToIsServed() {
        Map<String, String> texts = texts();
        texts.forEach(
                (path, text) -> {
                    for (Pattern pattern : List.of(IMPORT, REFERENCE)) {
                        Matcher named = pattern.matcher(text);
                        while (named.find()) {
                            if (!named.group(1).startsWith("#")) {
                                assertThat(texts).as(path).containsKey(named.group(1));
                            }
                        }
                    }
                });
    }

    private static Map<String, String> texts() {
        var texts = new TreeMap<String, String>();
        for (ConsoleFiles.File file : new ConsoleFiles().all()) {
            texts.put(file.path(), new String(file.content(), StandardCharsets.UTF_8));
        }
        return texts;
    }
}
