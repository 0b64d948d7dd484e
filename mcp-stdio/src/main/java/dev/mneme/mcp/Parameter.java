package dev.mneme.mcp;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// One parameter of a tool: its JSON Schema, and the check that holds an argument against it.
sealed interface Parameter {

    String name();

    boolean required();

    /// A new map in the same order each time, so that `tools/list` is the same bytes each time.
    Map<String, Object> schema();

    /// The value as `Arguments` hands it out, or a failure that names the parameter.
    Object check(Object value) throws ToolFailure;

    /// Text that is not blank. Without `charsMax` any length is taken: the tool cuts it.
    record Text(String name, String description, boolean required, @Nullable Integer charsMax)
            implements Parameter {

        @Override
        public Map<String, Object> schema() {
            Map<String, Object> schema = typed("string");
            schema.put("minLength", 1);
            if (charsMax != null) {
                schema.put("maxLength", charsMax);
            }
            schema.put("description", description);
            return schema;
        }

        @Override
        public Object check(Object value) throws ToolFailure {
            if (!(value instanceof String text) || text.isBlank()) {
                throw wrong(name, "text that is not empty", value);
            }
            if (charsMax != null && text.codePointCount(0, text.length()) > charsMax) {
                throw new ToolFailure(
                        "argument `"
                                + name
                                + "` has "
                                + text.codePointCount(0, text.length())
                                + " characters, at most "
                                + charsMax
                                + " are taken",
                        "say it shorter");
            }
            return text;
        }
    }

    record Flag(String name, String description) implements Parameter {

        @Override
        public boolean required() {
            return false;
        }

        @Override
        public Map<String, Object> schema() {
            Map<String, Object> schema = typed("boolean");
            schema.put("default", false);
            schema.put("description", description);
            return schema;
        }

        @Override
        public Object check(Object value) throws ToolFailure {
            if (value instanceof Boolean) {
                return value;
            }
            throw wrong(name, "true or false", value);
        }
    }

    /// A whole number within bounds. Optional; the tool says what its absence means.
    record Whole(String name, String description, long min, long max, @Nullable Long byDefault)
            implements Parameter {

        @Override
        public boolean required() {
            return false;
        }

        @Override
        public Map<String, Object> schema() {
            Map<String, Object> schema = bounded(min, max);
            if (byDefault != null) {
                schema.put("default", byDefault);
            }
            schema.put("description", description);
            return schema;
        }

        @Override
        public Object check(Object value) throws ToolFailure {
            return wholeWithin(name, value, min, max);
        }
    }

    record WholeList(
            String name, String description, boolean required, long min, long max, int itemsMax)
            implements Parameter {

        @Override
        public Map<String, Object> schema() {
            Map<String, Object> schema = typed("array");
            schema.put("items", bounded(min, max));
            schema.put("minItems", 1);
            schema.put("maxItems", itemsMax);
            schema.put("description", description);
            return schema;
        }

        @Override
        public Object check(Object value) throws ToolFailure {
            var checked = new ArrayList<Long>();
            for (Object item : items(name, "whole numbers", value, itemsMax)) {
                checked.add(wholeWithin(name, item, min, max));
            }
            return List.copyOf(checked);
        }
    }

    record Choice(String name, String description, List<String> choices) implements Parameter {

        @Override
        public boolean required() {
            return false;
        }

        @Override
        public Map<String, Object> schema() {
            Map<String, Object> schema = typed("string");
            schema.put("enum", choices);
            schema.put("description", description);
            return schema;
        }

        @Override
        public Object check(Object value) throws ToolFailure {
            return chosen(name, value, choices);
        }
    }

    record Choices(String name, String description, List<String> choices) implements Parameter {

        @Override
        public boolean required() {
            return false;
        }

        @Override
        public Map<String, Object> schema() {
            Map<String, Object> item = typed("string");
            item.put("enum", choices);
            Map<String, Object> schema = typed("array");
            schema.put("items", item);
            schema.put("minItems", 1);
            schema.put("maxItems", choices.size());
            schema.put("description", description);
            return schema;
        }

        @Override
        public Object check(Object value) throws ToolFailure {
            var checked = new ArrayList<String>();
            for (Object item : items(name, "names", value, choices.size())) {
                checked.add(chosen(name, item, choices));
            }
            return List.copyOf(checked);
        }
    }

    /// Texts that are not blank.
    record Texts(String name, String description, int charsMax, int itemsMax) implements Parameter {

        @Override
        public boolean required() {
            return false;
        }

        @Override
        public Map<String, Object> schema() {
            Map<String, Object> item = typed("string");
            item.put("minLength", 1);
            item.put("maxLength", charsMax);
            Map<String, Object> schema = typed("array");
            schema.put("items", item);
            schema.put("minItems", 1);
            schema.put("maxItems", itemsMax);
            schema.put("description", description);
            return schema;
        }

        @Override
        public Object check(Object value) throws ToolFailure {
            var text = new Text(name, description, false, charsMax);
            var checked = new ArrayList<String>();
            for (Object item : items(name, "texts", value, itemsMax)) {
                if (item == null) {
                    throw wrong(name, "a list of texts", null);
                }
                checked.add((String) text.check(item));
            }
            return List.copyOf(checked);
        }
    }

    private static Map<String, Object> typed(String type) {
        var schema = new LinkedHashMap<String, Object>();
        schema.put("type", type);
        return schema;
    }

    private static Map<String, Object> bounded(long min, long max) {
        Map<String, Object> schema = typed("integer");
        schema.put("minimum", min);
        schema.put("maximum", max);
        return schema;
    }

    private static List<?> items(String name, String what, Object value, int itemsMax)
            throws ToolFailure {
        if (!(value instanceof List<?> items) || items.isEmpty() || items.size() > itemsMax) {
            throw wrong(name, "a list of 1 to " + itemsMax + " " + what, value);
        }
        return items;
    }

    private static String chosen(String name, @Nullable Object value, List<String> choices)
            throws ToolFailure {
        if (value instanceof String text && choices.contains(text)) {
            return text;
        }
        throw wrong(name, "of " + String.join(", ", choices), value);
    }

    private static Long wholeWithin(String name, @Nullable Object value, long min, long max)
            throws ToolFailure {
        // 20.0 is an integer to JSON Schema, and some clients write their numbers so.
        if (value instanceof Number number
                && number.doubleValue() == Math.rint(number.doubleValue())
                && number.doubleValue() >= min
                && number.doubleValue() <= max) {
            return number.longValue();
        }
        throw wrong(name, "a whole number from " + min + " to " + max, value);
    }

    private static ToolFailure wrong(String name, String wanted, @Nullable Object value) {
        return new ToolFailure(
                "argument `" + name + "` must be " + wanted + ", got " + shown(value),
                "call the tool again with a valid `" + name + "`");
    }

    /// Enough of a value to recognise it by.
    private static String shown(@Nullable Object value) {
        return switch (value) {
            case null -> "null";
            case String text when text.isBlank() -> "empty text";
            case String text -> "\"" + Wording.cut(text, SHOWN_CHARS_MAX) + "\"";
            case Number number -> number.toString();
            case Boolean flag -> flag.toString();
            case List<?> list -> "a list of " + list.size();
            default -> "an object";
        };
    }

    int SHOWN_CHARS_MAX = 60;
}
