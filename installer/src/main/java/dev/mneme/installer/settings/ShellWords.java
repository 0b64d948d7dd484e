package dev.mneme.installer.settings;

import java.util.List;
import java.util.stream.Collectors;

/// Words as one line for a POSIX shell.
public final class ShellWords {

    private ShellWords() {}

    public static String line(List<String> words) {
        return words.stream().map(ShellWords::quoted).collect(Collectors.joining(" "));
    }

    private static String quoted(String word) {
        return word.matches("[A-Za-z0-9_./:=+,@%-]+")
                ? word
                : "'" + word.replace("'", "'\\''") + "'";
    }
}
