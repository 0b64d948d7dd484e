package dev.mneme.extract;

import dev.mneme.domain.Concept;
import dev.mneme.domain.Extraction;
import dev.mneme.domain.ObservationType;

import tools.jackson.databind.JsonNode;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// Pages and searches on the web: what was looked up and what came back.
final class WebRule implements Rule {

    private static final int QUERY_CHARS_MAX = 60;
    private static final int LINKS_MAX = 5;

    /// A page that answers with less is an error or a redirect.
    private static final int ANSWER_SUBSTANCE_MIN = 60;

    private static final Pattern APOLOGY =
            Pattern.compile(
                    "^(?:I apologi[sz]e|I'm sorry|Sorry|I (?:cannot|can't|could not|couldn't|don't))\\b");

    private static final int HTTP_ERROR_MIN = 400;

    @Override
    public Extraction apply(Payload payload) {
        String url = payload.input("url");
        String query = payload.input("query");
        JsonNode response = payload.response();
        boolean refused =
                response.path("code").isInt() && response.path("code").intValue() >= HTTP_ERROR_MIN;
        String answer = answer(payload);
        Optional<Headline> found = Headline.of(answer);
        if (refused || found.isEmpty() || Headline.substance(answer) < ANSWER_SUBSTANCE_MIN) {
            return SkipReasons.NO_ANSWER;
        }
        Headline headline = found.get();
        if (APOLOGY.matcher(headline.sentence()).find()) {
            return SkipReasons.NO_ANSWER;
        }
        String source = url.isEmpty() ? "" : host(url);
        String asked = Bounds.cut(Bounds.oneLine(query), QUERY_CHARS_MAX);
        String title =
                url.isEmpty()
                        ? "Looked up “" + asked + "”: " + headline.sentence()
                        : "According to " + source + ": " + headline.sentence();
        if (url.isEmpty() && asked.isEmpty()) {
            return SkipReasons.NO_DETAILS;
        }
        return new Finding(ObservationType.DISCOVERY, title)
                .say(
                        url.isEmpty()
                                ? "Searched for: " + asked
                                : "Read " + Bounds.cut(url, Bounds.FACT_CHARS_MAX))
                .say(Bounds.oneLine(Bounds.cut(payload.input("prompt"), Bounds.REQUEST_CHARS_MAX)))
                .say(headline.prose())
                .say(payload.requestLine())
                .facts(headline.points())
                .facts(links(response))
                .about(Concept.HOW_IT_WORKS)
                .remembered();
    }

    private static String answer(Payload payload) {
        var joined = new StringBuilder(payload.output());
        for (JsonNode result : payload.response().path("results")) {
            if (result.isString() && joined.length() < Bounds.SCAN_CHARS_MAX) {
                joined.append('\n').append(Payload.text(result));
            }
        }
        return joined.toString();
    }

    private static List<String> links(JsonNode response) {
        var links = new ArrayList<String>();
        for (JsonNode result : response.path("results")) {
            for (JsonNode hit : result.path("content")) {
                String title = Payload.text(hit.path("title"));
                String address = Payload.text(hit.path("url"));
                if (links.size() < LINKS_MAX && !title.isEmpty() && !address.isEmpty()) {
                    links.add(title + " – " + address);
                }
            }
        }
        return links;
    }

    private static String host(String url) {
        try {
            String host = new URI(url.strip()).getHost();
            return host == null ? Bounds.cut(Bounds.oneLine(url), QUERY_CHARS_MAX) : host;
        } catch (URISyntaxException notAnAddress) {
            return Bounds.cut(Bounds.oneLine(url), QUERY_CHARS_MAX);
        }
    }
}
