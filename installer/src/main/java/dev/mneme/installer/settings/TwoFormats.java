package dev.mneme.installer.settings;

import java.nio.file.Path;
import java.util.Optional;

/// One file that holds two things of ours.
record TwoFormats(ConfigFormat first, ConfigFormat second) implements ConfigFormat {

    @Override
    public String empty() {
        return first.empty();
    }

    @Override
    public String put(String text) throws JsonSyntax {
        return second.put(first.put(text));
    }

    @Override
    public String remove(String text, String original) throws JsonSyntax {
        return second.remove(first.remove(text, original), original);
    }

    @Override
    public Optional<String> foreign(String text, Path app) throws JsonSyntax {
        Optional<String> found = first.foreign(text, app);
        return found.isPresent() ? found : second.foreign(text, app);
    }
}
