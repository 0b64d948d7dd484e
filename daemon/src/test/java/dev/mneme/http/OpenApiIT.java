package dev.mneme.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mneme.daemon.TestDaemon;
import dev.mneme.protocol.Json;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import tools.jackson.databind.JsonNode;

import java.net.http.HttpRequest;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// The document describes what the daemon does: each operation in it is answered, and real answers
/// fit their schemas.
@Timeout(120)
final class OpenApiIT {

    private static TestDaemon daemon;
    private static JsonNode document;

    @BeforeAll
    static void start() {
        daemon = TestDaemon.start();
        document = daemon.get("/api/openapi.json").json();
    }

    @AfterAll
    static void stop() {
        daemon.close();
    }

    @Test
    void everyOperationExistsSaysWhatItDoesAndIsNamedOnce() {
        assertThat(document.at("/openapi").asString()).isEqualTo("3.1.0");
        var ids = new TreeSet<String>();
        int operations = 0;
        for (String path : document.get("paths").propertyNames()) {
            JsonNode item = document.get("paths").get(path);
            for (String method : item.propertyNames()) {
                operations++;
                JsonNode operation = item.get(method);
                assertThat(operation.get("summary").asString()).as(path).isNotBlank();
                ids.add(operation.get("operationId").asString());
                TestDaemon.Answer answer =
                        daemon.send(
                                daemon.request(path.replaceAll("\\{[a-z_]+}", "0"))
                                        .method(
                                                method.toUpperCase(Locale.ROOT),
                                                HttpRequest.BodyPublishers.ofString("{"))
                                        .build());
                assertThat(answer.body())
                        .as(method + " " + path)
                        .doesNotContain("no such endpoint", "knows other methods");
            }
        }
        assertThat(ids).hasSize(operations);
        assertThat(operations).isGreaterThan(40);
    }

    @Test
    void realAnswersFitTheirSchemas() {
        long id =
                fits(
                                "post",
                                "/api/memories",
                                "/api/memories",
                                Map.of("text", "The till closes at six.", "project", "till"))
                        .get("id")
                        .asLong();
        fits(
                "post",
                "/api/observations",
                "/api/observations",
                Map.of("session_id", "s", "project", "till", "title", "The till opens at nine"));
        daemon.settle();
        fits("get", "/api/health", "/api/health", null);
        fits("get", "/api/observations", "/api/observations?project=till", null);
        fits("get", "/api/observations/{id}", "/api/observations/" + id, null);
        fits(
                "post",
                "/api/observations/search",
                "/api/observations/search",
                Map.of("query", "when does the till close"));
        fits(
                "post",
                "/api/observations/timeline",
                "/api/observations/timeline",
                Map.of("anchor", id));
        fits("post", "/api/observations/get", "/api/observations/get", Map.of("ids", List.of(id)));
        fits(
                "post",
                "/api/observations/{id}/pin",
                "/api/observations/" + id + "/pin",
                Map.of("pinned", true));
        fits("get", "/api/observations/{id}/origin", "/api/observations/" + id + "/origin", null);
        fits("get", "/api/models", "/api/models", null);
        fits("post", "/api/console/code", "/api/console/code", Map.of());
        fits("get", "/api/observations/{id}/why", "/api/observations/" + id + "/why", null);
        fits("get", "/api/sessions", "/api/sessions", null);
        fits("get", "/api/sessions/{session_id}", "/api/sessions/s", null);
        fits("get", "/api/projects", "/api/projects", null);
        fits("get", "/api/queue", "/api/queue", null);
        fits("get", "/api/summaries", "/api/summaries", null);
        fits("get", "/api/pause", "/api/pause", null);
        fits("get", "/api/cost", "/api/cost", null);
        fits("post", "/api/forget", "/api/forget", Map.of("query", "till", "dry_run", true));
        fits("get", "/api/forget", "/api/forget", null);
        JsonNode problem = daemon.get("/api/observations/999999").json();
        check(document.at("/components/schemas/Problem"), problem, "problem");
    }

    @Test
    void whatTheSchemasForbidWouldBeSeen() {
        JsonNode schema = document.at("/components/schemas/MemoryResponse");
        assertThatThrownBy(() -> check(schema, Json.tree("{\"saved\": true}"), "answer"))
                .hasMessageContaining("answer lacks id");
    }

    /// @param path as in the document
    /// @param address with its parameters
    private static JsonNode fits(
            String method, String path, String address, @Nullable Object body) {
        TestDaemon.Answer answer =
                body == null ? daemon.get(address) : daemon.post(address, Json.write(body));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        JsonNode schema =
                document.get("paths")
                        .get(path)
                        .get(method)
                        .at("/responses/200/content/application~1json/schema");
        assertThat(schema.isEmpty()).as(path).isFalse();
        check(schema, answer.json(), method + " " + path);
        return answer.json();
    }

    /// As much of JSON Schema as the document uses; a property that it does not know is a mistake.
    private static void check(JsonNode schema, JsonNode value, String where) {
        if (schema.has("$ref")) {
            check(document.at(schema.get("$ref").asString().substring(1)), value, where);
            return;
        }
        if (schema.has("anyOf")) {
            if (!value.isNull()) {
                check(schema.get("anyOf").get(0), value, where);
            }
            return;
        }
        if (!schema.has("type")) {
            return;
        }
        var types = new TreeSet<String>();
        if (schema.get("type").isArray()) {
            schema.get("type").forEach(type -> types.add(type.asString()));
        } else {
            types.add(schema.get("type").asString());
        }
        assertThat(types).as(where + " is " + value).contains(typeOf(value, types));
        if (value.isObject() && schema.has("properties")) {
            for (String name : value.propertyNames()) {
                JsonNode property = schema.get("properties").get(name);
                assertThat(property).as(where + " has " + name).isNotNull();
                check(property, value.get(name), where + "." + name);
            }
            if (schema.has("required")) {
                schema.get("required")
                        .forEach(
                                name ->
                                        assertThat(value.has(name.asString()))
                                                .as(where + " lacks " + name.asString())
                                                .isTrue());
            }
        }
        if (value.isArray()) {
            value.forEach(item -> check(schema.get("items"), item, where + "[]"));
        }
    }

    private static String typeOf(JsonNode value, Set<String> allowed) {
        if (value.isIntegralNumber()) {
            return allowed.contains("number") ? "number" : "integer";
        }
        return switch (value.getNodeType()) {
            case OBJECT -> "object";
            case ARRAY -> "array";
            case STRING -> "string";
            case BOOLEAN -> "boolean";
            case NUMBER -> "number";
            default -> "null";
        };
    }
}
