package dev.mneme.http;

import io.javalin.http.Handler;
import io.javalin.http.HandlerType;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// One operation of the REST surface: what runs it, and what the OpenAPI document says of it.
/// Routes are made from this and from nothing else, so that the document cannot leave one out.
///
/// @param request what the body is, where there is one
/// @param answer what comes back; null where that has no fixed shape, `String` for plain text
/// @param list whether a list of `answer` comes back
/// @param console whether a key of the console opens it
record Endpoint(
        HandlerType method,
        String path,
        Handler handler,
        String summary,
        @Nullable Class<?> request,
        @Nullable Class<?> answer,
        boolean list,
        List<Query> queries,
        boolean console) {

    /// A query parameter; `type` in JSON Schema's words.
    record Query(String name, String type, String description, boolean required) {}

    Endpoint {
        queries = List.copyOf(queries);
    }

    static Endpoint get(String path, Handler handler, String summary) {
        return new Endpoint(
                HandlerType.GET, path, handler, summary, null, null, false, List.of(), false);
    }

    static Endpoint post(String path, Handler handler, String summary) {
        return new Endpoint(
                HandlerType.POST, path, handler, summary, null, null, false, List.of(), false);
    }

    static Endpoint patch(String path, Handler handler, String summary) {
        return new Endpoint(
                HandlerType.PATCH, path, handler, summary, null, null, false, List.of(), false);
    }

    static Endpoint delete(String path, Handler handler, String summary) {
        return new Endpoint(
                HandlerType.DELETE, path, handler, summary, null, null, false, List.of(), false);
    }

    Endpoint takes(Class<?> type) {
        return new Endpoint(method, path, handler, summary, type, answer, list, queries, console);
    }

    Endpoint answers(Class<?> type) {
        return new Endpoint(method, path, handler, summary, request, type, false, queries, console);
    }

    Endpoint answersListOf(Class<?> type) {
        return new Endpoint(method, path, handler, summary, request, type, true, queries, console);
    }

    /// The console needs it, so a key of the console opens it.
    Endpoint forConsole() {
        return new Endpoint(method, path, handler, summary, request, answer, list, queries, true);
    }

    Endpoint text(String name, String description) {
        return with(new Query(name, "string", description, false));
    }

    Endpoint requiredText(String name, String description) {
        return with(new Query(name, "string", description, true));
    }

    Endpoint whole(String name, String description) {
        return with(new Query(name, "integer", description, false));
    }

    Endpoint flag(String name, String description) {
        return with(new Query(name, "boolean", description, false));
    }

    private Endpoint with(Query query) {
        var all = new ArrayList<>(queries);
        all.add(query);
        return new Endpoint(method, path, handler, summary, request, answer, list, all, console);
    }
}
