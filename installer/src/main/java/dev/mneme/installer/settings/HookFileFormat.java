package dev.mneme.installer.settings;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// A file of hooks in the shape of Claude Code's, whose commands are lines for a shell.
record HookFileFormat(HookSettings hooks, Function<HookRegistration, List<String>> command)
        implements ConfigFormat {

    @Override
    public String empty() {
        return "{}\n";
    }

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
