package dev.mneme.mcp;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// All parameters of a tool, and nothing beside them.
///
/// The SDK would check arguments with a JSON Schema library. That library and the YAML reader it
/// needs are a third of everything loaded at start, and its messages speak of instance paths; these
/// few kinds of parameter are checked here and answered with the name of the argument.
record Parameters(List<Parameter> all) {

    Parameters {
        all = List.copyOf(all);
    }

    static Parameters of(Parameter... parameters) {
        return new Parameters(List.of(parameters));
    }

    Map<String, Object> schema() {
        var properties = new LinkedHashMap<String, Object>();
        var required = new ArrayList<String>();
        for (Parameter parameter : all) {
            properties.put(parameter.name(), parameter.schema());
            if (parameter.required()) {
                required.add(parameter.name());
            }
        }
        var schema = new LinkedHashMap<String, Object>();
        schema.put("type", "object");
        schema.put("properties", properties);
        if (!required.isEmpty()) {
            schema.put("required", required);
        }
        schema.put("additionalProperties", false);
        return schema;
    }

    /// A JSON null counts as absent, as everywhere on our wire.
    Arguments check(@Nullable Map<String, ?> given) throws ToolFailure {
        var checked = new LinkedHashMap<String, Object>();
        Map<String, ?> arguments = given == null ? Map.<String, Object>of() : given;
        for (String name : arguments.keySet()) {
            Parameter parameter = named(name).orElseThrow(() -> unknown(name));
            Object value = arguments.get(name);
            if (value != null) {
                checked.put(parameter.name(), parameter.check(value));
            }
        }
        for (Parameter parameter : all) {
            if (parameter.required() && !checked.containsKey(parameter.name())) {
                throw new ToolFailure(
                        "argument `" + parameter.name() + "` is missing",
                        "call the tool again with `" + parameter.name() + "`");
            }
        }
        return new Arguments(checked);
    }

    private Optional<Parameter> named(String name) {
        return all.stream().filter(parameter -> parameter.name().equals(name)).findFirst();
    }

    private ToolFailure unknown(String name) {
        return new ToolFailure(
                "argument `" + Wording.cut(name, Parameter.SHOWN_CHARS_MAX) + "` is unknown",
                "the arguments are "
                        + String.join(", ", all.stream().map(Parameter::name).toList()));
    }
}
