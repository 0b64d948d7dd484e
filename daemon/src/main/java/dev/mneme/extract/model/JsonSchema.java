package dev.mneme.extract.model;

import dev.mneme.protocol.Json;

import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.util.List;

/// A shape as the part of JSON Schema that every server understands: objects with all their
/// properties required, strings, words, numbers, lists. Bounds are left to the prompt and to who
/// reads the answer: some servers refuse a schema that has them.
final class JsonSchema {

    private JsonSchema() {}

    static ObjectNode of(Shape shape) {
        ObjectNode schema = Json.mapper().createObjectNode();
        switch (shape) {
            case Shape.Text _ -> schema.put("type", "string");
            case Shape.Word(List<String> words) -> {
                schema.put("type", "string");
                ArrayNode allowed = schema.putArray("enum");
                words.forEach(allowed::add);
            }
            case Shape.Ordinal _ -> schema.put("type", "integer");
            case Shape.ListOf(Shape item, _, _) -> {
                schema.put("type", "array");
                schema.set("items", of(item));
            }
            case Shape.Fields(List<Shape.Field> fields) -> {
                schema.put("type", "object");
                schema.put("additionalProperties", false);
                ObjectNode properties = schema.putObject("properties");
                ArrayNode required = schema.putArray("required");
                for (Shape.Field field : fields) {
                    properties.set(field.name(), of(field.shape()));
                    required.add(field.name());
                }
            }
        }
        return schema;
    }
}
