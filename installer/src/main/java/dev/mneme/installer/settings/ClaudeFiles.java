package dev.mneme.installer.settings;

import dev.mneme.protocol.MnemeHome;

import java.nio.file.Path;
import java.util.Map;

/// Where Claude Code keeps what we register in.
///
/// `CLAUDE_CONFIG_DIR` moves all of it, `.claude.json` too; by default that one lies beside
/// `.claude`, not in it.
///
/// @param managed what an administrator decides for everybody on this machine
public record ClaudeFiles(Path directory, Path settings, Path servers, Path skills, Path managed) {

    private static final String SKILL = "mem-search";
    private static final String SHARED = "settings.json";
    private static final String LOCAL = "settings.local.json";

    public static ClaudeFiles fromEnvironment(Map<String, String> environment) {
        String configured = environment.getOrDefault("CLAUDE_CONFIG_DIR", "");
        Path userHome = MnemeHome.userHome(environment);
        Path directory = configured.isBlank() ? userHome.resolve(".claude") : Path.of(configured);
        directory = directory.toAbsolutePath().normalize();
        Path servers = configured.isBlank() ? userHome : directory;
        return new ClaudeFiles(
                directory,
                directory.resolve(SHARED),
                servers.toAbsolutePath().resolve(".claude.json"),
                directory.resolve("skills"),
                managed(environment).resolve("managed-settings.json"));
    }

    /// How far a registration reaches.
    public enum Scope {
        /// All projects of a person.
        USER("user"),
        /// One project, in the file that its repository shares.
        PROJECT("project"),
        /// One project, in the file that is a person's own.
        LOCAL("local");

        private final String word;

        Scope(String word) {
            this.word = word;
        }

        @Override
        public String toString() {
            return word;
        }
    }

    /// The files of one project instead of a person's; what is managed stays managed.
    public ClaudeFiles of(Scope scope, Path project) {
        if (scope == Scope.USER) {
            return this;
        }
        Path root = project.toAbsolutePath().normalize();
        Path folder = root.resolve(".claude");
        return new ClaudeFiles(
                folder,
                folder.resolve(scope == Scope.PROJECT ? SHARED : LOCAL),
                root.resolve(".mcp.json"),
                folder.resolve("skills"),
                managed);
    }

    /// The other of a project's two files of settings: what is shared, or what is a person's own.
    Path otherSettings() {
        String name = String.valueOf(settings.getFileName());
        return settings.resolveSibling(name.equals(SHARED) ? LOCAL : SHARED);
    }

    private static Path managed(Map<String, String> environment) {
        String system = System.getProperty("os.name");
        if (system.startsWith("Mac")) {
            return Path.of("/Library", "Application Support", "ClaudeCode");
        }
        return system.startsWith("Windows")
                ? Path.of(
                        environment.getOrDefault("ProgramFiles", "C:\\Program Files"), "ClaudeCode")
                : Path.of("/etc", "claude-code");
    }

    public Path skillFile() {
        return skills.resolve(SKILL).resolve("SKILL.md");
    }
}
