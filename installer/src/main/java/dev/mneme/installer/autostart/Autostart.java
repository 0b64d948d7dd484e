package dev.mneme.installer.autostart;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// One file, and the commands that make the system look at it.
///
/// A session starts the daemon by itself, so this is a convenience: whoever starts second finds the
/// first one's daemon and ends at once, which counts as success.
///
/// @param file where it belongs
/// @param content what is in it
/// @param check a command that judges the file before it is put in place; empty where there is none
/// @param enable commands to run when the file is there
/// @param disable commands to run before it is removed
public record Autostart(
        Path file,
        String content,
        List<String> check,
        List<List<String>> enable,
        List<List<String>> disable) {

    /// By which a file of ours is known; in each of them as a comment.
    public static final String MARK = "Written by `mneme autostart on`";

    /// The name under which the system knows the daemon.
    static final String LABEL = "dev.mneme.daemon";

    static final String DESCRIPTION = "Mneme, memory for coding agents";

    public Autostart {
        check = List.copyOf(check);
        enable = enable.stream().map(List::copyOf).toList();
        disable = disable.stream().map(List::copyOf).toList();
    }

    /// What is started, whatever the system.
    ///
    /// @param command the daemon's, argument by argument
    /// @param mnemeHome its home, which the system's own environment does not name
    /// @param userHome the home of the person
    /// @param environment of this run, for the places it names
    public record Target(
            List<String> command, Path mnemeHome, Path userHome, Map<String, String> environment) {

        public Target {
            command = List.copyOf(command);
            environment = Map.copyOf(environment);
        }
    }

    /// The systems that we can write for.
    public enum Kind {
        SYSTEMD,
        LAUNCHD,
        WINDOWS;

        public static Kind ofThisSystem() {
            String name = System.getProperty("os.name");
            if (name.startsWith("Windows")) {
                return WINDOWS;
            }
            return name.startsWith("Mac") ? LAUNCHD : SYSTEMD;
        }

        public Autostart of(Target target) {
            return switch (this) {
                case SYSTEMD -> SystemdUnit.of(target);
                case LAUNCHD -> LaunchAgent.of(target);
                case WINDOWS -> WindowsTask.of(target);
            };
        }
    }

    /// As the system reads it: a task for Windows is UTF-16 with a byte-order mark.
    public byte[] bytes() {
        return content.startsWith("\uFEFF")
                ? content.getBytes(StandardCharsets.UTF_16LE)
                : content.getBytes(StandardCharsets.UTF_8);
    }
}
