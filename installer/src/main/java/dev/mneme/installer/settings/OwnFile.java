package dev.mneme.installer.settings;

import java.nio.file.Path;
import java.util.Optional;

/// A file that is ours alone, in a folder where an agent looks for such: a plugin or a script.
///
/// @param executable whether the agent runs it as a program
record OwnFile(String content, boolean executable) implements ConfigFormat {

    @Override
    public String empty() {
        return "";
    }

    @Override
    public String put(String text) {
        return content;
    }

    /// There is nothing else in it.
    @Override
    public String remove(String text, String original) {
        return original;
    }

    @Override
    public Optional<String> foreign(String text, Path app) {
        return text.isBlank() || text.contains(app.toString())
                ? Optional.empty()
                : Optional.of(text);
    }

    @Override
    public String ofOthers() {
        return "is there and is not ours";
    }
}
