package dev.mneme.installer;

import dev.mneme.installer.settings.ClaudeFiles;
import dev.mneme.protocol.MnemeHome;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// Where this run happens: the environment and every place derived from it.
///
/// `sourceTree` is the clone whose build is installed; empty when the installed program itself
/// runs. The launcher names it.
public record Surroundings(
        Map<String, String> environment,
        MnemeHome home,
        ClaudeFiles claude,
        Optional<Path> sourceTree,
        Path javaHome) {

    public static Surroundings ofThisProcess() throws Failure {
        Map<String, String> environment = System.getenv();
        MnemeHome home = MnemeHome.fromEnvironment(environment);
        // The launch command of the daemon is kept one argument a line.
        if (home.root().toString().chars().anyMatch(Character::isISOControl)) {
            throw new Failure(
                    "cannot use `MNEME_HOME`: its path holds a control character",
                    "set `MNEME_HOME` to a path without line breaks and tabs");
        }
        String clone = System.getProperty("mneme.clone", "");
        return new Surroundings(
                environment,
                home,
                ClaudeFiles.fromEnvironment(environment),
                clone.isBlank() ? Optional.empty() : Optional.of(Path.of(clone)),
                Path.of(System.getProperty("java.home")));
    }
}
