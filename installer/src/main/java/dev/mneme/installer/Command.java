package dev.mneme.installer;

import dev.mneme.installer.program.HomeFiles;
import dev.mneme.installer.program.Programs;
import dev.mneme.installer.settings.ClaudeFiles;
import dev.mneme.installer.settings.ClaudeRegistration;
import dev.mneme.protocol.MnemeHome;

import java.io.IOException;
import java.time.Clock;
import java.util.Objects;
import java.util.concurrent.Callable;

/// What every command shares: the surroundings, the terminal, and the meaning of exit codes
/// (0 done, 1 could not do it, 2 wrong usage).
abstract class Command implements Callable<Integer> {

    static final int DONE = 0;
    static final int NOT_DONE = 1;

    private final Surroundings surroundings;
    private final Terminal terminal;

    Command(Surroundings surroundings, Terminal terminal) {
        this.surroundings = surroundings;
        this.terminal = terminal;
    }

    final Surroundings surroundings() {
        return surroundings;
    }

    final Terminal terminal() {
        return terminal;
    }

    final MnemeHome home() {
        return surroundings.home();
    }

    final Programs programs() {
        return new Programs(home(), MnemeHome.userHome(surroundings.environment()));
    }

    final DaemonControl daemon() {
        return new DaemonControl(home(), programs());
    }

    final ClaudeRegistration registration() {
        return registration(surroundings.claude());
    }

    final ClaudeRegistration registration(ClaudeFiles files) {
        return new ClaudeRegistration(files, home().root(), home().app(), Clock.systemUTC());
    }

    static String version() {
        return Objects.requireNonNullElse(
                Command.class.getPackage().getImplementationVersion(), "unknown");
    }

    /// A database named in this shell is kept in the settings, and said so.
    void keepDatabase() throws IOException {
        for (String key : HomeFiles.keepDatabase(home(), surroundings().environment())) {
            terminal().line("`" + key + "` of this shell is now in `" + home().settings() + "`");
        }
    }
}
