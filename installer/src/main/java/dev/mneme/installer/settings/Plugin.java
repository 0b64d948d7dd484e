package dev.mneme.installer.settings;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The plugin for Claude Code, made from the same table as the entries that an installation writes.
///
/// It holds no programs: its one script runs those of the installation, and does nothing where an
/// installation has registered by itself, so that nothing is captured twice. The repository carries
/// what this class writes; a test compares the two.
public final class Plugin {

    /// Where the plugin lies below the folder with the marketplace's file.
    static final String FOLDER = "plugin";

    private static final String ROOT = "${CLAUDE_PLUGIN_ROOT}";
    private static final String DESCRIPTION =
            "Memory for coding agents: kept on your own machine, found again when it matters";

    /// Without a version, each commit of the repository is an update.
    private static final Map<String, Object> AUTHOR = Map.of("name", "Mneme");

    private Plugin() {}

    /// Every file by its path below the repository's root; the scripts have to be executable.
    public static Map<String, byte[]> files() {
        var files = new TreeMap<String, byte[]>();
        put(files, ".claude-plugin/marketplace.json", marketplace());
        put(files, FOLDER + "/.claude-plugin/plugin.json", manifest());
        put(files, FOLDER + "/hooks/hooks.json", Map.of("hooks", hooks()));
        put(
                files,
                FOLDER + "/.mcp.json",
                Map.of("mcpServers", Map.of(ServerSettings.NAME, server())));
        files.put(FOLDER + "/skills/mem-search/SKILL.md", ClaudeRegistration.skill());
        return files;
    }

    private static void put(Map<String, byte[]> files, String path, Map<String, Object> content) {
        String text = new JsonOut("\n", "  ").render(content, 0) + "\n";
        files.put(path, text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    private static Map<String, Object> marketplace() {
        var plugin = new LinkedHashMap<String, Object>();
        plugin.put("name", ServerSettings.NAME);
        plugin.put("source", "./" + FOLDER);
        plugin.put("description", DESCRIPTION);
        var marketplace = new LinkedHashMap<String, Object>();
        marketplace.put("name", ServerSettings.NAME);
        marketplace.put("owner", AUTHOR);
        marketplace.put("plugins", List.of(plugin));
        return marketplace;
    }

    private static Map<String, Object> manifest() {
        var manifest = new LinkedHashMap<String, Object>();
        manifest.put("name", ServerSettings.NAME);
        manifest.put("description", DESCRIPTION);
        manifest.put("author", AUTHOR);
        manifest.put("license", "Apache-2.0");
        manifest.put("keywords", List.of("memory", "mcp"));
        return manifest;
    }

    private static Map<String, Object> hooks() {
        var hooks = new LinkedHashMap<String, Object>();
        for (HookRegistration registration : HookRegistration.ALL) {
            var handler = new LinkedHashMap<String, Object>();
            handler.put("type", "command");
            handler.put("command", ROOT + "/bin/mneme-run");
            handler.put("args", List.of("hook", registration.argument()));
            handler.put("timeout", registration.timeout().toSeconds());
            hooks.put(registration.event(), List.of(Map.of("hooks", List.of(handler))));
        }
        return hooks;
    }

    private static Map<String, Object> server() {
        var server = new LinkedHashMap<String, Object>();
        server.put("type", "stdio");
        server.put("command", ROOT + "/bin/mneme-run");
        server.put("args", List.of("server"));
        return server;
    }
}
