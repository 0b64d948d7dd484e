package dev.mneme.mcp;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/// The checked arguments of one call; each getter fits the kind of parameter of that name.
record Arguments(Map<String, Object> values) {

    @Nullable String text(String name) {
        return (String) values.get(name);
    }

    String requiredText(String name) {
        return (String) required(name);
    }

    @Nullable Long whole(String name) {
        return (Long) values.get(name);
    }

    int whole(String name, int byDefault) {
        Long value = whole(name);
        return value == null ? byDefault : Math.toIntExact(value);
    }

    boolean flag(String name) {
        return Boolean.TRUE.equals(values.get(name));
    }

    @SuppressWarnings("unchecked") // Choices.check made it
    @Nullable List<String> choices(String name) {
        return (List<String>) values.get(name);
    }

    @SuppressWarnings("unchecked") // Texts.check made it
    @Nullable List<String> texts(String name) {
        return (List<String>) values.get(name);
    }

    @SuppressWarnings("unchecked") // WholeList.check made it
    @Nullable List<Long> wholes(String name) {
        return (List<Long>) values.get(name);
    }

    private Object required(String name) {
        Object value = values.get(name);
        if (value == null) {
            throw new IllegalStateException("`" + name + "` is not a required parameter");
        }
        return value;
    }
}
