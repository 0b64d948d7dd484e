package dev.mneme.protocol;

import java.nio.file.Path;
import java.util.Map;

/// Where everything lies that Mneme owns on a machine: `$MNEME_HOME`, by default `~/.mneme`.
///
/// Paths come from the environment; `user.home` ignores `$HOME` on Linux and is the last resort.
public record MnemeHome(Path root) {

    public MnemeHome {
        root = root.toAbsolutePath().normalize();
    }

    public static MnemeHome fromEnvironment(Map<String, String> environment) {
        String own = environment.getOrDefault("MNEME_HOME", "");
        if (!own.isBlank()) {
            return new MnemeHome(Path.of(own));
        }
        return new MnemeHome(userHome(environment).resolve(".mneme"));
    }

    public static Path userHome(Map<String, String> environment) {
        String home = environment.getOrDefault("HOME", "");
        return Path.of(home.isBlank() ? System.getProperty("user.home") : home);
    }

    /// The bearer token, mode 0600.
    public Path token() {
        return root.resolve("token");
    }

    /// Settings, in `KEY=value` lines; the environment wins over them.
    public Path settings() {
        return root.resolve(".env");
    }

    /// Locks and the living daemon's address.
    public Path run() {
        return root.resolve("run");
    }

    /// `{"pid":…,"port":…,"version":…}` of the living daemon.
    public Path daemonInfo() {
        return run().resolve("daemon.json");
    }

    /// Held by the living daemon for as long as it lives.
    public Path daemonLock() {
        return run().resolve("daemon.lock");
    }

    /// There while a daemon lives and has a lesson to tell before a tool call; the hook for these
    /// ends at once where it is not.
    public Path lessonsMarker() {
        return run().resolve("lessons");
    }

    /// Says how often in a row the daemon ended right after its start.
    public Path starts() {
        return run().resolve("starts");
    }

    /// The command that starts the daemon, one argument a line; written by the installer.
    public Path daemonCommand() {
        return root.resolve("app").resolve("daemon.command");
    }

    /// Events that a hook could not deliver; the daemon drains it.
    public Path spool() {
        return root.resolve("spool");
    }

    /// Spooled events that the daemon refused, each beside a `.why` file.
    public Path refused() {
        return spool().resolve("refused");
    }

    public Path log() {
        return root.resolve("log");
    }

    /// Programs: jars and launchers.
    public Path app() {
        return root.resolve("app");
    }

    public Path bin() {
        return root.resolve("bin");
    }

    /// Downloaded models, a folder each, and which are chosen.
    public Path models() {
        return root.resolve("models");
    }

    /// Native libraries, unpacked from the jars that carry them.
    public Path natives() {
        return root.resolve("natives");
    }

    /// Backups that were given no other place, and those made before something changes.
    public Path backups() {
        return root.resolve("backups");
    }

    /// The embedded PostgreSQL: binaries, cluster, password.
    public Path postgres() {
        return root.resolve("postgres");
    }
}
