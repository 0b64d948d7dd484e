package dev.mneme.extract;

import dev.mneme.domain.Concept;
import dev.mneme.domain.Extraction;
import dev.mneme.domain.ObservationType;

import tools.jackson.databind.JsonNode;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// Tools of MCP servers: what they changed.
final class McpRule implements Rule {

    private static final Set<String> READING =
            Set.of(
                    "get",
                    "list",
                    "search",
                    "read",
                    "find",
                    "query",
                    "fetch",
                    "view",
                    "describe",
                    "show",
                    "lookup",
                    "resolve",
                    "status",
                    "check",
                    "count",
                    "inspect",
                    "snapshot",
                    "screenshot",
                    "take",
                    "wait",
                    "browse",
                    "navigate",
                    "scroll",
                    "hover",
                    "explain",
                    "download",
                    "analyze",
                    "think",
                    "sequentialthinking",
                    "docs",
                    "info",
                    "help");

    /// Where a tool's input usually names what it acts on, best first.
    private static final List<String> GIST_FIELDS =
            List.of(
                    "title",
                    "subject",
                    "summary",
                    "name",
                    "message",
                    "text",
                    "query",
                    "sql",
                    "statement",
                    "path",
                    "file_path",
                    "url",
                    "description",
                    "body");

    @Override
    public Extraction apply(Payload payload) {
        String name = payload.tool();
        String rest = name.substring("mcp__".length());
        int border = rest.indexOf("__");
        String server = border < 0 ? rest : rest.substring(0, border);
        String tool = border < 0 ? "" : rest.substring(border + 2);
        String words = words(tool);
        if (words.isEmpty()) {
            return SkipReasons.NO_DETAILS;
        }
        boolean reading =
                List.of(words.split(" ", -1)).stream().limit(2).anyMatch(READING::contains);
        boolean failed = !payload.error().isEmpty();
        if (failed) {
            return failure(payload, server, words);
        }
        if (reading) {
            return SkipReasons.READ_ONLY;
        }
        String gist = gist(payload.input());
        if (gist.isEmpty()) {
            return SkipReasons.NO_DETAILS;
        }
        String title =
                capital(words)
                        + " with "
                        + words(server)
                        + ": "
                        + Bounds.cut(gist, Bounds.TITLE_CHARS_MAX);
        Optional<Headline> answer = Headline.of(payload.output());
        return new Finding(ObservationType.CHANGE, title)
                .say(gist)
                .say(answer.map(Headline::prose).orElse(""))
                .say(payload.requestLine())
                .about(Concept.WHAT_CHANGED)
                .remembered();
    }

    private static Extraction failure(Payload payload, String server, String words) {
        if (payload.error().startsWith("The user doesn't want")) {
            return SkipReasons.INTERRUPTED;
        }
        String essence = ErrorLine.find(payload.error());
        if (essence.isEmpty()) {
            return SkipReasons.NO_DETAILS;
        }
        return new Finding(
                        ObservationType.DISCOVERY,
                        "The " + words(server) + " server cannot " + words + ": " + essence)
                .say(Bounds.cut(payload.error(), Bounds.NARRATIVE_CHARS_MAX / 2))
                .say(payload.requestLine())
                .about(Concept.PROBLEM_SOLUTION)
                .remembered();
    }

    private static String gist(JsonNode input) {
        for (String field : GIST_FIELDS) {
            String text =
                    Bounds.oneLine(
                            Bounds.cut(Payload.text(input.path(field)), Bounds.FACT_CHARS_MAX));
            if (!text.isEmpty()) {
                return text;
            }
        }
        return "";
    }

    /// `createIssue`, `create_issue` and `create-issue` as `create issue`.
    private static String words(String identifier) {
        return identifier
                .replaceAll("(?<=[a-z0-9])(?=[A-Z])", " ")
                .replaceAll("[_\\W]+", " ")
                .replaceFirst(" server$", "")
                .strip()
                .toLowerCase(Locale.ROOT);
    }

    private static String capital(String words) {
        return words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
    }
}
