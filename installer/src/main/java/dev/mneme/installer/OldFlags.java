package dev.mneme.installer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// The flags of the installer that Mneme takes the place of (`node install.js --status`): each is a
/// command here, alone or behind `install`.
final class OldFlags {

    private static final Map<String, String> COMMANDS =
            Map.of(
                    "--status", "status",
                    "-s", "status",
                    "--start", "start",
                    "--stop", "stop",
                    "--migrate", "migrate",
                    "--backup", "backup",
                    "--uninstall", "uninstall",
                    "-u", "uninstall");

    private OldFlags() {}

    /// `--migrate` keeps what stood behind or before it, in whichever order: `--backup --migrate`
    /// was a migration with a backup.
    static String[] translated(String[] arguments) {
        List<String> words = new ArrayList<>(Arrays.asList(arguments));
        if (!words.isEmpty() && words.getFirst().equals("install") && words.size() > 1) {
            words.removeFirst();
        }
        int flag = words.contains("--migrate") ? words.indexOf("--migrate") : 0;
        if (words.isEmpty()
                || !COMMANDS.containsKey(words.getFirst())
                || !COMMANDS.containsKey(words.get(flag))) {
            return arguments;
        }
        String command = COMMANDS.get(words.remove(flag));
        words.addFirst(command);
        return words.toArray(String[]::new);
    }
}
