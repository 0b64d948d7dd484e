package dev.mneme.installer.settings;

import dev.mneme.installer.settings.JsonText.ArrayValue;
import dev.mneme.installer.settings.JsonText.ObjectValue;
import dev.mneme.installer.settings.JsonText.StringValue;
import dev.mneme.installer.settings.JsonText.Value;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// Our entries under `hooks` in `settings.json`, and in the files of agents that copied the idea.
///
/// Ours are the handlers whose `command` or `args` point into `app` below our home; nothing else
/// is ever touched, and its order neither.
public final class HookSettings {

    private final Path app;
    private final List<HookRegistration> events;
    private final HookShape shape;

    public HookSettings(Path app) {
        this(app, HookRegistration.ALL, HookShape.CLAUDE_CODE);
    }

    /// For an agent with a file and events of its own.
    HookSettings(Path app, List<HookRegistration> events, HookShape shape) {
        this.app = app;
        this.events = List.copyOf(events);
        this.shape = shape;
    }

    /// The text with exactly our current hooks in it; the same text where they already are.
    String register(String text, Function<HookRegistration, List<String>> command)
            throws JsonSyntax {
        var edit = new JsonEdit(text);
        Map<String, Map<String, Object>> wanted = new LinkedHashMap<>();
        for (HookRegistration registration : events) {
            wanted.put(
                    registration.event(), shape.element(registration, command.apply(registration)));
        }
        requireShapes(edit, wanted.keySet());
        if (isRegistered(edit, wanted)) {
            return text;
        }
        removeOurs(edit);
        if (edit.at("hooks").isEmpty()) {
            edit.put(
                    "hooks",
                    wanted.entrySet().stream()
                            .collect(
                                    LinkedHashMap::new,
                                    (all, entry) ->
                                            all.put(entry.getKey(), List.of(entry.getValue())),
                                    Map::putAll));
            return edit.text();
        }
        for (var entry : wanted.entrySet()) {
            if (edit.at("hooks", entry.getKey()).isEmpty()) {
                edit.put(entry.getKey(), List.of(entry.getValue()), "hooks");
            } else {
                edit.append(entry.getValue(), "hooks", entry.getKey());
            }
        }
        return edit.text();
    }

    /// The text without our hooks. What becomes empty by that goes too, except where `original`
    /// had it: the object `hooks`, and the events in it.
    String unregister(String text, String original) throws JsonSyntax {
        var edit = new JsonEdit(text);
        removeOurs(edit);
        var before = new JsonEdit(original.isBlank() ? "{}" : original);
        if (before.at(ObjectValue.class, "hooks").isPresent() && edit.at("hooks").isEmpty()) {
            edit.put("hooks", Map.of());
        }
        return edit.text();
    }

    /// The registered command of an event, as it will be spawned.
    Optional<List<String>> registered(String text, String event) throws JsonSyntax {
        var edit = new JsonEdit(text);
        for (Value group : elements(edit.at("hooks", event))) {
            for (Value handler : handlers(group)) {
                if (isOurs(handler) && handler instanceof ObjectValue object) {
                    var words = new ArrayList<String>();
                    string(object, "command").ifPresent(words::add);
                    for (Value argument : elements(object.member("args").map(m -> m.value()))) {
                        if (argument instanceof StringValue word) {
                            words.add(word.text());
                        }
                    }
                    return Optional.of(List.copyOf(words));
                }
            }
        }
        return Optional.empty();
    }

    /// The words of every hook that is not ours, hook by hook.
    List<String> ofOthers(String text) throws JsonSyntax {
        var found = new ArrayList<String>();
        ObjectValue hooks = new JsonEdit(text).at(ObjectValue.class, "hooks").orElse(null);
        if (hooks == null) {
            return found;
        }
        for (JsonText.Member event : hooks.members()) {
            for (Value group : elements(Optional.of(event.value()))) {
                handlers(group).stream()
                        .filter(handler -> !isOurs(handler))
                        .map(JsonText::compact)
                        .forEach(found::add);
            }
        }
        return found;
    }

    /// A `hooks` of another shape is somebody's mistake that we must not make worse.
    private static void requireShapes(JsonEdit edit, Iterable<String> events) throws JsonSyntax {
        Optional<Value> hooks = edit.at("hooks");
        if (hooks.isPresent() && !(hooks.get() instanceof ObjectValue)) {
            throw new JsonSyntax(
                    edit.text(), hooks.get().start(), "expected an object as value of `hooks`");
        }
        for (String event : events) {
            Optional<Value> groups = edit.at("hooks", event);
            if (groups.isPresent() && !(groups.get() instanceof ArrayValue)) {
                throw new JsonSyntax(
                        edit.text(),
                        groups.get().start(),
                        "expected a list as value of `hooks." + event + "`");
            }
        }
    }

    private boolean isRegistered(JsonEdit edit, Map<String, Map<String, Object>> wanted) {
        ObjectValue hooks = edit.at(ObjectValue.class, "hooks").orElse(null);
        if (hooks == null) {
            return false;
        }
        for (String event : wanted.keySet()) {
            if (hooks.member(event).isEmpty()) {
                return false;
            }
        }
        for (JsonText.Member event : hooks.members()) {
            List<Value> ours =
                    elements(Optional.of(event.value())).stream()
                            .filter(group -> handlers(group).stream().anyMatch(this::isOurs))
                            .toList();
            Map<String, Object> group = wanted.get(event.name());
            boolean right =
                    group == null
                            ? ours.isEmpty()
                            : ours.size() == 1
                                    && JsonText.compact(ours.getFirst())
                                            .equals(JsonOut.ONE_LINE.render(group, 0));
            if (!right) {
                return false;
            }
        }
        return true;
    }

    private void removeOurs(JsonEdit edit) throws JsonSyntax {
        ObjectValue hooks = edit.at(ObjectValue.class, "hooks").orElse(null);
        if (hooks == null) {
            return;
        }
        boolean removed = false;
        for (JsonText.Member event : hooks.members()) {
            removed |= removeOurs(edit, event.name());
        }
        if (removed && edit.at(ObjectValue.class, "hooks").orElseThrow().members().isEmpty()) {
            edit.removeMember("hooks");
        }
    }

    private boolean removeOurs(JsonEdit edit, String event) throws JsonSyntax {
        boolean removed = false;
        List<Value> groups = elements(edit.at("hooks", event));
        for (int group = groups.size() - 1; group >= 0; group--) {
            List<Value> handlers = handlers(groups.get(group));
            if (handlers.stream().noneMatch(this::isOurs)) {
                continue;
            }
            removed = true;
            if (!shape.isGrouped() || handlers.stream().allMatch(this::isOurs)) {
                edit.removeElement(group, "hooks", event);
                continue;
            }
            for (int handler = handlers.size() - 1; handler >= 0; handler--) {
                if (isOurs(handlers.get(handler))) {
                    edit.removeElement(handler, "hooks", event, group, "hooks");
                }
            }
        }
        if (removed && elements(edit.at("hooks", event)).isEmpty()) {
            edit.removeMember(event, "hooks");
        }
        return removed;
    }

    private boolean isOurs(Value handler) {
        if (!(handler instanceof ObjectValue object)) {
            return false;
        }
        return string(object, "command").filter(this::pointsIntoApp).isPresent()
                || elements(object.member("args").map(JsonText.Member::value)).stream()
                        .anyMatch(
                                word ->
                                        word instanceof StringValue argument
                                                && pointsIntoApp(argument.text()));
    }

    private boolean pointsIntoApp(String word) {
        String root = app.toString();
        return word.contains(root + "/") || word.contains(root + "\\");
    }

    private static Optional<String> string(ObjectValue object, String name) {
        return object.member(name)
                .map(JsonText.Member::value)
                .filter(StringValue.class::isInstance)
                .map(value -> ((StringValue) value).text());
    }

    private List<Value> handlers(Value group) {
        if (!shape.isGrouped()) {
            return List.of(group);
        }
        return group instanceof ObjectValue object
                ? elements(object.member("hooks").map(JsonText.Member::value))
                : List.of();
    }

    private static List<Value> elements(Optional<Value> value) {
        return value.orElse(null) instanceof ArrayValue array ? array.elements() : List.of();
    }
}
