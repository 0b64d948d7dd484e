package dev.mneme.installer;

import dev.mneme.installer.settings.ClaudeFiles;
import dev.mneme.protocol.MnemeHome;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// Where this run happens: the environment and every place derived from it.
///
/// `sourceTree` is the clone whose build is installed, `unpackedPackage` the folder of a package
/// that was unpacked; both are empty when the installed program itself runs. The launcher names
/// them.
public record Surroundings(
        Map<String, String> environment,
        MnemeHome home,
        ClaudeFiles claude,
        Optional<Path> sourceTree,
        Optional<Path> unpackedPackage,
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
        return new Surroundings(
                environment,
                home,
                ClaudeFiles.fromEnvironment(environment),
                folder("mneme.clone"),
                folder("mneme.package"),
                Path.of(System.getProperty("java.home")));
    }

    private static Optional<Path> folder(String property) {
        String path = System.getProperty(property, "");
        return path.isBlank() ? Optional.empty() : Optional.of(Path.of(path));
    }
}
