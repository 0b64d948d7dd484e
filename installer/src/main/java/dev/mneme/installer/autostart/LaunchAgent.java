package dev.mneme.installer.autostart;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/// A property list for the user's launchd on macOS.
final class LaunchAgent {

    private LaunchAgent() {}

    static Autostart of(Autostart.Target target) {
        Path file =
                target.userHome()
                        .resolve("Library")
                        .resolve("LaunchAgents")
                        .resolve(Autostart.LABEL + ".plist");
        List<List<String>> load =
                List.of(shell("launchctl bootstrap \"gui/$(id -u)\" \"$0\"", file.toString()));
        return new Autostart(
                file,
                content(target),
                List.of("plutil", "-lint"),
                load,
                List.of(shell("launchctl bootout \"gui/$(id -u)\" \"$0\"", file.toString())));
    }

    /// The user's number is known to `id` alone; the path travels as an argument, not as text.
    private static List<String> shell(String script, String argument) {
        return List.of("/bin/sh", "-c", script, argument);
    }

    /// `KeepAlive` only after a failure: a daemon that found another one ends with success.
    private static String content(Autostart.Target target) {
        return """
        <?xml version="1.0" encoding="UTF-8"?>
        <!-- %s; `mneme autostart off` removes it. -->
        <!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
        <plist version="1.0">
        <dict>
            <key>Label</key>
            <string>%s</string>
            <key>ProgramArguments</key>
            <array>
        %s
            </array>
            <key>EnvironmentVariables</key>
            <dict>
                <key>MNEME_HOME</key>
                <string>%s</string>
            </dict>
            <key>RunAtLoad</key>
            <true/>
            <key>KeepAlive</key>
            <dict>
                <key>SuccessfulExit</key>
                <false/>
            </dict>
            <key>ThrottleInterval</key>
            <integer>30</integer>
            <key>ExitTimeOut</key>
            <integer>40</integer>
            <key>ProcessType</key>
            <string>Background</string>
            <key>Umask</key>
            <integer>63</integer>
        </dict>
        </plist>
        """
                .formatted(
                        Autostart.MARK,
                        Autostart.LABEL,
                        target.command().stream()
                                .map(word -> "        <string>" + Xml.text(word) + "</string>")
                                .collect(Collectors.joining("\n")),
                        Xml.text(target.mnemeHome().toString()));
    }
}
