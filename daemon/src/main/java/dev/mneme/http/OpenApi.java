package dev.mneme.http;

import com.fasterxml.jackson.annotation.JsonProperty;

import dev.mneme.protocol.Problem;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;

import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The OpenAPI 3.1 document of the endpoints, with a schema for each record that goes over the
/// wire.
final class OpenApi {

    private static final Pattern IN_PATH = Pattern.compile("\\{([a-z_]+)}");

    private final Map<String, Object> schemas = new TreeMap<>();

    private OpenApi() {}

    static Map<String, Object> document(String version, List<Endpoint> endpoints) {
        return new OpenApi().of(version, endpoints);
    }

    private Map<String, Object> of(String version, List<Endpoint> endpoints) {
        var paths = new TreeMap<String, Map<String, Object>>();
        for (Endpoint endpoint : endpoints) {
            paths.computeIfAbsent(endpoint.path(), path -> new TreeMap<>())
                    .put(endpoint.method().name().toLowerCase(Locale.ROOT), operation(endpoint));
        }
        Map<String, Object> problem = reference(Problem.class);
        return map(
                "openapi", "3.1.0",
                "info",
                        map(
                                "title",
                                "Mneme",
                                "version",
                                version,
                                "description",
                                "Memory for coding agents, on loopback only. Every error"
                                        + " is a problem (RFC 9457) that says what was"
                                        + " attempted, what happened and what to do."),
                "security", List.of(map("token", List.of())),
                "paths", paths,
                "components",
                        map(
                                "securitySchemes",
                                        map(
                                                "token",
                                                map(
                                                        "type", "http",
                                                        "scheme", "bearer",
                                                        "description",
                                                                "The content of the file `token`"
                                                                        + " in Mneme's home.")),
                                "responses",
                                        map(
                                                "Problem",
                                                map(
                                                        "description",
                                                        "What went wrong.",
                                                        "content",
                                                        map(
                                                                "application/problem+json",
                                                                map("schema", problem)))),
                                "schemas", schemas));
    }

    private Map<String, Object> operation(Endpoint endpoint) {
        var operation = new LinkedHashMap<String, Object>();
        operation.put("summary", endpoint.summary());
        operation.put("operationId", operationId(endpoint));
        if (endpoint.path().equals(HttpApi.HEALTH)) {
            operation.put("security", List.of());
        }
        List<Map<String, Object>> parameters = parameters(endpoint);
        if (!parameters.isEmpty()) {
            operation.put("parameters", parameters);
        }
        Class<?> request = endpoint.request();
        if (request != null) {
            operation.put(
                    "requestBody",
                    map(
                            "required",
                            true,
                            "content",
                            map("application/json", map("schema", reference(request)))));
        }
        operation.put(
                "responses",
                map(
                        "200", answered(endpoint),
                        "default", map("$ref", "#/components/responses/Problem")));
        return operation;
    }

    private Map<String, Object> answered(Endpoint endpoint) {
        Class<?> answer = endpoint.answer();
        if (answer == String.class) {
            return map(
                    "description",
                    "Done.",
                    "content",
                    map("text/plain", map("schema", map("type", "string"))));
        }
        Map<String, Object> one = answer == null ? map() : reference(answer);
        return map(
                "description",
                "Done.",
                "content",
                map(
                        "application/json",
                        map("schema", endpoint.list() ? map("type", "array", "items", one) : one)));
    }

    private static List<Map<String, Object>> parameters(Endpoint endpoint) {
        var parameters = new ArrayList<Map<String, Object>>();
        Matcher inPath = IN_PATH.matcher(endpoint.path());
        while (inPath.find()) {
            parameters.add(
                    map(
                            "name",
                            inPath.group(1),
                            "in",
                            "path",
                            "required",
                            true,
                            "schema",
                            map("type", inPath.group(1).equals("id") ? "integer" : "string")));
        }
        for (Endpoint.Query query : endpoint.queries()) {
            parameters.add(
                    map(
                            "name", query.name(),
                            "in", "query",
                            "required", query.required(),
                            "description", query.description(),
                            "schema", map("type", query.type())));
        }
        return parameters;
    }

    /// As in `postObservationsByIdClose`.
    private static String operationId(Endpoint endpoint) {
        var id = new StringBuilder(endpoint.method().name().toLowerCase(Locale.ROOT));
        for (String part : endpoint.path().substring("/api/".length()).split("[/._-]", -1)) {
            String word =
                    part.startsWith("{") ? "by_" + part.substring(1, part.length() - 1) : part;
            for (String piece : word.split("_", -1)) {
                id.append(Character.toUpperCase(piece.charAt(0))).append(piece.substring(1));
            }
        }
        return id.toString();
    }

    private Map<String, Object> reference(Class<?> type) {
        String name = type.getSimpleName();
        if (!schemas.containsKey(name)) {
            schemas.put(name, map());
            schemas.put(name, schema(type));
        }
        return map("$ref", "#/components/schemas/" + name);
    }

    private Map<String, Object> schema(Class<?> record) {
        var properties = new LinkedHashMap<String, Object>();
        var required = new ArrayList<String>();
        for (RecordComponent component : record.getRecordComponents()) {
            JsonProperty named = component.getAccessor().getAnnotation(JsonProperty.class);
            String name = named == null ? component.getName() : named.value();
            boolean nullable = component.getAnnotatedType().isAnnotationPresent(Nullable.class);
            if (!nullable) {
                required.add(name);
            }
            properties.put(name, schema(component.getAnnotatedType(), nullable));
        }
        Map<String, Object> schema = map("type", "object", "properties", properties);
        if (!required.isEmpty()) {
            schema.put("required", required);
        }
        return schema;
    }

    private Map<String, Object> schema(AnnotatedType annotated, boolean nullable) {
        Type type = annotated.getType();
        if (type instanceof ParameterizedType generic) {
            AnnotatedType[] parts =
                    ((AnnotatedParameterizedType) annotated).getAnnotatedActualTypeArguments();
            boolean list = generic.getRawType() == List.class;
            Map<String, Object> item = schema(parts[parts.length - 1], false);
            return list
                    ? typed("array", nullable, "items", item)
                    : typed("object", nullable, "additionalProperties", item);
        }
        Class<?> plain = (Class<?>) type;
        if (plain.isRecord()) {
            Map<String, Object> reference = reference(plain);
            return nullable ? map("anyOf", List.of(reference, map("type", "null"))) : reference;
        }
        if (plain == String.class) {
            return typed("string", nullable);
        }
        if (plain == boolean.class || plain == Boolean.class) {
            return typed("boolean", nullable);
        }
        if (plain == double.class || plain == Double.class) {
            return typed("number", nullable);
        }
        if (plain.isPrimitive() || Number.class.isAssignableFrom(plain)) {
            return typed("integer", nullable);
        }
        if (JsonNode.class.isAssignableFrom(plain) || plain == Object.class) {
            return map();
        }
        throw new IllegalStateException("no schema for " + plain.getName());
    }

    private static Map<String, Object> typed(String type, boolean nullable, Object... more) {
        Map<String, Object> schema = map(more);
        schema.put("type", nullable ? List.of(type, "null") : type);
        return schema;
    }

    private static Map<String, Object> map(Object... namesAndValues) {
        var map = new LinkedHashMap<String, Object>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            map.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return map;
    }
}
