package dev.mneme.installer.settings;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Hooks of ours in a JSON file of an agent.
///
/// @param empty what the agent wants of a file that holds nothing else
record HookFileFormat(
        HookSettings hooks, Function<HookRegistration, List<String>> command, String empty)
        implements ConfigFormat {

    @Override
    public String put(String text) throws JsonSyntax {
        return hooks.register(text, command);
    }

    @Override
    public String remove(String text, String original) throws JsonSyntax {
        return hooks.unregister(text, original);
    }

    /// Hooks of others stand beside ours.
    @Override
    public Optional<String> foreign(String text, Path app) {
        return Optional.empty();
    }
}
