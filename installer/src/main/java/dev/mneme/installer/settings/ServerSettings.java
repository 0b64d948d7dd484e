package dev.mneme.installer.settings;

import dev.mneme.installer.settings.JsonText.ObjectValue;
import dev.mneme.installer.settings.JsonText.StringValue;
import dev.mneme.installer.settings.JsonText.Value;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Our entry under `mcpServers` in `.claude.json`.
public final class ServerSettings {

    /// The server's name; the tools become `mcp__mneme__search` and so on.
    public static final String NAME = "mneme";

    private static final String SERVERS = "mcpServers";

    private final Path app;

    public ServerSettings(Path app) {
        this.app = app;
    }

    /// The entry as Claude Code wants it.
    public static Map<String, Object> entry(List<String> command, Map<String, String> environment) {
        var entry = new LinkedHashMap<String, Object>();
        entry.put("type", "stdio");
        entry.put("command", command.getFirst());
        entry.put("args", command.subList(1, command.size()));
        entry.put("env", environment);
        return entry;
    }

    /// The entry on one line, for `claude mcp add-json`.
    public static String json(Map<String, Object> entry) {
        return JsonOut.ONE_LINE.render(entry, 0);
    }

    String register(String text, Map<String, Object> entry) throws JsonSyntax {
        if (isRegistered(text, entry)) {
            return text;
        }
        var edit = new JsonEdit(text);
        Optional<Value> servers = edit.at(SERVERS);
        if (servers.isEmpty()) {
            edit.put(SERVERS, Map.of(NAME, entry));
        } else if (servers.get() instanceof ObjectValue) {
            edit.put(NAME, entry, SERVERS);
        } else {
            throw new JsonSyntax(
                    text, servers.get().start(), "expected an object as value of `mcpServers`");
        }
        return edit.text();
    }

    boolean isRegistered(String text, Map<String, Object> entry) throws JsonSyntax {
        return new JsonEdit(text)
                .at(SERVERS, NAME)
                .filter(present -> JsonText.compact(present).equals(json(entry)))
                .isPresent();
    }

    /// The text without our entry; `mcpServers` goes too when that leaves it empty, except where
    /// `original` had it.
    String unregister(String text, String original) throws JsonSyntax {
        var edit = new JsonEdit(text);
        if (registered(text).isEmpty()) {
            return text;
        }
        edit.removeMember(NAME, SERVERS);
        var before = new JsonEdit(original.isBlank() ? "{}" : original);
        if (edit.at(ObjectValue.class, SERVERS).orElseThrow().members().isEmpty()
                && before.at(SERVERS).isEmpty()) {
            edit.removeMember(SERVERS);
        }
        return edit.text();
    }

    /// The command of the entry of our name, where it is ours.
    Optional<Registered> registered(String text) throws JsonSyntax {
        var edit = new JsonEdit(text);
        var words = new ArrayList<String>();
        if (edit.at(SERVERS, NAME, "command").orElse(null) instanceof StringValue command) {
            words.add(command.text());
        }
        edit.at(JsonText.ArrayValue.class, SERVERS, NAME, "args")
                .ifPresent(
                        arguments -> {
                            for (Value argument : arguments.elements()) {
                                if (argument instanceof StringValue word) {
                                    words.add(word.text());
                                }
                            }
                        });
        String root = app.toString();
        boolean ours =
                words.stream()
                        .anyMatch(word -> word.contains(root + "/") || word.contains(root + "\\"));
        if (!ours) {
            return Optional.empty();
        }
        var environment = new LinkedHashMap<String, String>();
        edit.at(ObjectValue.class, SERVERS, NAME, "env")
                .ifPresent(
                        variables -> {
                            for (JsonText.Member variable : variables.members()) {
                                if (variable.value() instanceof StringValue value) {
                                    environment.put(variable.name(), value.text());
                                }
                            }
                        });
        return Optional.of(new Registered(List.copyOf(words), Map.copyOf(environment)));
    }

    /// A server's command and environment, as Claude Code will spawn it.
    public record Registered(List<String> command, Map<String, String> environment) {}
}
