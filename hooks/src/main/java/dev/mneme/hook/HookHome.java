package dev.mneme.hook;

import org.jspecify.annotations.Nullable;

import java.io.File;

/// `$MNEME_HOME` as a hook sees it. The names repeat those of `protocol`, which a hook cannot use.
record HookHome(File root) {

    /// The home, or null where there is nothing to do: switched off, a cloud session, not
    /// installed.
    ///
    /// A home that does not exist is never created: after an uninstallation, hooks of a session
    /// that still runs must not bring it back.
    static @Nullable HookHome fromEnvironment() {
        String disabled = System.getenv("MNEME_DISABLED");
        if ("1".equals(disabled) || "true".equals(disabled)) {
            return null;
        }
        if ("true".equals(System.getenv("CLAUDE_CODE_REMOTE"))) {
            return null;
        }
        return existing(
                System.getenv("MNEME_HOME"),
                System.getenv("HOME"),
                System.getProperty("user.home"));
    }

    static @Nullable HookHome existing(
            @Nullable String own, @Nullable String home, @Nullable String userHome) {
        File root;
        if (own != null && !own.isBlank()) {
            root = new File(own);
        } else if (home != null && !home.isBlank()) {
            root = new File(home, ".mneme");
        } else if (userHome != null && !userHome.isBlank()) {
            root = new File(userHome, ".mneme");
        } else {
            return null;
        }
        return root.isDirectory() ? new HookHome(root.getAbsoluteFile()) : null;
    }

    File token() {
        return new File(root, "token");
    }

    File daemonInfo() {
        return new File(new File(root, "run"), "daemon.json");
    }

    /// There while a daemon may have a lesson to tell before a tool call.
    File lessonsMarker() {
        return new File(new File(root, "run"), "lessons");
    }

    /// Held by the hook that is starting a daemon; the daemon's own lock is another.
    File startLock() {
        return new File(new File(root, "run"), "start.lock");
    }

    /// Says how often in a row the daemon ended right after its start.
    File starts() {
        return new File(new File(root, "run"), "starts");
    }

    File daemonCommand() {
        return new File(new File(root, "app"), "daemon.command");
    }

    File spool() {
        return new File(root, "spool");
    }

    File log() {
        return new File(root, "log");
    }
}
