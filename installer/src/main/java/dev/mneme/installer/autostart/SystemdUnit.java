package dev.mneme.installer.autostart;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/// A unit of the user's own systemd: no root, and gone with the user's last session unless they
/// linger.
final class SystemdUnit {

    private static final String NAME = "mneme.service";

    private SystemdUnit() {}

    static Autostart of(Autostart.Target target) {
        String configured = target.environment().getOrDefault("XDG_CONFIG_HOME", "");
        Path configuration =
                configured.isBlank() ? target.userHome().resolve(".config") : Path.of(configured);
        Path file = configuration.resolve("systemd").resolve("user").resolve(NAME);
        return new Autostart(
                file,
                content(target),
                List.of("systemd-analyze", "--user", "verify"),
                List.of(
                        List.of("systemctl", "--user", "daemon-reload"),
                        List.of("systemctl", "--user", "enable", NAME)),
                List.of(List.of("systemctl", "--user", "disable", NAME)));
    }

    /// 143 is how a JVM ends that was told to stop. Three failures within five minutes are enough.
    private static String content(Autostart.Target target) {
        return """
        # %s; `mneme autostart off` removes it.
        [Unit]
        Description=%s
        StartLimitIntervalSec=300
        StartLimitBurst=3

        [Service]
        Type=exec
        ExecStart=%s
        Environment=%s
        UMask=0077
        SuccessExitStatus=143
        Restart=on-failure
        RestartSec=5
        TimeoutStopSec=40
        Nice=5

        [Install]
        WantedBy=default.target
        """
                .formatted(
                        Autostart.MARK,
                        Autostart.DESCRIPTION,
                        command(target.command()),
                        quoted("MNEME_HOME=" + target.mnemeHome()));
    }

    /// Variables are looked for in every word but the program's own path.
    private static String command(List<String> words) {
        return quoted(words.getFirst())
                + words.stream()
                        .skip(1)
                        .map(word -> " " + quoted(word).replace("$", "$$"))
                        .collect(Collectors.joining());
    }

    /// One word as systemd reads it: quoted, its own `%` doubled.
    private static String quoted(String word) {
        return '"' + word.replace("\\", "\\\\").replace("\"", "\\\"").replace("%", "%%") + '"';
    }
}
