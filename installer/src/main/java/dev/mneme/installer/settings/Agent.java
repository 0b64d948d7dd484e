package dev.mneme.installer.settings;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// The agents beside Claude Code that we know how to register with: where their files lie on this
/// system, and how these name a server.
public enum Agent {
    CLAUDE_DESKTOP("claude-desktop", "Claude Desktop"),
    CODEX("codex", "Codex CLI"),
    CURSOR("cursor", "Cursor"),
    WINDSURF("windsurf", "Windsurf"),
    GEMINI("gemini", "Gemini CLI"),
    OPENCODE("opencode", "OpenCode"),
    CLINE("cline", "Cline"),
    ZED("zed", "Zed"),
    VSCODE("vscode", "VS Code");

    private final String word;
    private final String title;

    Agent(String word, String title) {
        this.word = word;
        this.title = title;
    }

    public String word() {
        return word;
    }

    public String title() {
        return title;
    }

    public static Optional<Agent> of(String word) {
        for (Agent agent : values()) {
            if (agent.word.equals(word)) {
                return Optional.of(agent);
            }
        }
        return Optional.empty();
    }

    /// Where files lie: the person's home, and what the environment says about other places.
    public record Places(Path home, Map<String, String> environment) {

        public Places {
            environment = Map.copyOf(environment);
        }

        Path named(String key, Path otherwise) {
            String value = environment.getOrDefault(key, "");
            return value.isBlank() ? otherwise : Path.of(value);
        }

        Path configuration() {
            return named("XDG_CONFIG_HOME", home.resolve(".config"));
        }

        /// Where programs with a window keep what is theirs.
        private Path applicationData() {
            String system = System.getProperty("os.name");
            if (system.startsWith("Mac")) {
                return home.resolve("Library").resolve("Application Support");
            }
            return system.startsWith("Windows")
                    ? named("APPDATA", home.resolve("AppData").resolve("Roaming"))
                    : configuration();
        }
    }

    /// What is written.
    ///
    /// @param server our MCP server
    /// @param app the folder of our programs, by which entries of ours are known
    /// @param hook the command of each hook, by its name on our command line
    public record Ours(McpServer server, Path app, Function<String, List<String>> hook) {}

    /// One file of an agent.
    record Part(Path file, ConfigFormat format) {}

    /// Whether this agent calls hooks of ours as well.
    public boolean hasHooks() {
        return !AgentHooks.partsOf(this).isEmpty();
    }

    List<Part> parts(Places places, Ours ours) {
        var parts = new ArrayList<Part>();
        Part server = new Part(file(places), format(ours.server()));
        for (AgentHooks.Written hooks : AgentHooks.partsOf(this)) {
            Path file = hooks.file().apply(places);
            ConfigFormat format = hooks.format().apply(ours);
            if (file.equals(server.file())) {
                server = new Part(file, new TwoFormats(server.format(), format));
            } else {
                parts.add(new Part(file, format));
            }
        }
        parts.addFirst(server);
        return List.copyOf(parts);
    }

    private Path file(Places places) {
        Path home = places.home();
        return switch (this) {
            case CLAUDE_DESKTOP ->
                    places.applicationData()
                            .resolve("Claude")
                            .resolve("claude_desktop_config.json");
            case CODEX -> codex(places).resolve("config.toml");
            case CURSOR -> home.resolve(".cursor").resolve("mcp.json");
            case WINDSURF ->
                    home.resolve(".codeium").resolve("windsurf").resolve("mcp_config.json");
            case GEMINI -> home.resolve(".gemini").resolve("settings.json");
            case OPENCODE -> openCode(places.configuration().resolve("opencode"));
            case CLINE ->
                    places.applicationData()
                            .resolve("Code")
                            .resolve("User")
                            .resolve("globalStorage")
                            .resolve("saoudrizwan.claude-dev")
                            .resolve("settings")
                            .resolve("cline_mcp_settings.json");
            case ZED ->
                    (System.getProperty("os.name").startsWith("Windows")
                                    ? places.applicationData().resolve("Zed")
                                    : places.configuration().resolve("zed"))
                            .resolve("settings.json");
            case VSCODE ->
                    places.applicationData().resolve("Code").resolve("User").resolve("mcp.json");
        };
    }

    static Path codex(Places places) {
        return places.named("CODEX_HOME", places.home().resolve(".codex"));
    }

    /// Both names are read; the one that is there is the one that is used.
    private static Path openCode(Path folder) {
        Path withComments = folder.resolve("opencode.jsonc");
        return java.nio.file.Files.exists(withComments)
                ? withComments
                : folder.resolve("opencode.json");
    }

    private ConfigFormat format(McpServer server) {
        return switch (this) {
            case CODEX -> new TomlConfig(server);
            case CLAUDE_DESKTOP, CURSOR, WINDSURF, GEMINI ->
                    new JsonConfig("mcpServers", false, JsonConfig.common(server, Map.of()));
            case CLINE -> new JsonConfig("mcpServers", false, cline(server));
            case VSCODE ->
                    new JsonConfig(
                            "servers", true, JsonConfig.common(server, Map.of("type", "stdio")));
            case ZED -> new JsonConfig("context_servers", true, zed(server));
            case OPENCODE -> new JsonConfig("mcp", true, openCode(server));
        };
    }

    /// Nothing is approved in advance: that is for the person to decide.
    private static Map<String, Object> cline(McpServer server) {
        Map<String, Object> entry = JsonConfig.common(server, Map.of());
        entry.put("disabled", false);
        entry.put("autoApprove", List.of());
        entry.put("timeout", 60);
        return entry;
    }

    private static Map<String, Object> zed(McpServer server) {
        var before = new LinkedHashMap<String, Object>();
        before.put("source", "custom");
        before.put("enabled", true);
        return JsonConfig.common(server, before);
    }

    private static Map<String, Object> openCode(McpServer server) {
        var entry = new LinkedHashMap<String, Object>();
        entry.put("type", "local");
        entry.put("command", server.command());
        entry.put("enabled", true);
        entry.put("environment", server.environment());
        return entry;
    }
}
