package dev.mneme.bench;

import dev.mneme.protocol.Json;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// What the registered MCP server costs a session at its start: the time from the start of its
/// process to its answer to `initialize`, and its memory once it has told its tools.
///
/// By turns with a server of the same tools on the official SDK for Node.js, which npm fetches for
/// the measurement, with our own without its AOT cache, and with a JVM that does nothing.
final class ServerBench {

    private static final String SDK = "@modelcontextprotocol/sdk@1";

    private static final double NODE_SHARE_MAX = 1.2;
    private static final double UNCACHED_SHARE_MAX = 0.5;
    private static final double RSS_MB_MAX = 90;

    private static final int ROUNDS = 25;
    private static final int ROUNDS_SHORT = 10;
    private static final int WARM_UP_ROUNDS = 3;

    private static final Duration NPM_TIMEOUT = Duration.ofMinutes(3);
    private static final Duration RUN_TIMEOUT = Duration.ofSeconds(30);

    private static final String OURS = "mcp-stdio";
    private static final String UNCACHED = "mcp-stdio without its AOT cache";
    private static final String NODE = "Node SDK";
    private static final String EMPTY_JVM = "empty JVM";

    private final TemporaryInstallation installation;
    private final Map<String, List<Double>> millis = new HashMap<>();

    ServerBench(TemporaryInstallation installation) {
        this.installation = installation;
    }

    void measure(Report report, boolean quick)
            throws BenchFailure, InterruptedException, IOException {
        List<String> ours = installation.serverCommand();
        var commands = new LinkedHashMap<String, List<String>>();
        commands.put(OURS, ours);
        commands.put(
                UNCACHED, ours.stream().filter(word -> !word.startsWith("-XX:AOTCache=")).toList());
        JsonNode tools;
        try (McpClient server = start(ours)) {
            tools = server.tools();
            double rss = FootprintBench.residentMegabytes(server.pid());
            report.figure("mcp_stdio_rss_mb", Report.rounded(rss));
            report.atMost("mcp-stdio RSS MB", rss, RSS_MB_MAX);
        }
        Optional<List<String>> node = nodeServer(report, tools);
        node.ifPresent(command -> commands.put(NODE, command));
        List<String> empty = EmptyJvm.plain(installation.folder());
        int rounds = quick ? ROUNDS_SHORT : ROUNDS;
        List<String> names = new ArrayList<>(commands.keySet());
        for (int round = -WARM_UP_ROUNDS; round < rounds; round++) {
            for (String name : names) {
                try (McpClient server = start(Objects.requireNonNull(commands.get(name)))) {
                    took(round, name, server.greeted());
                }
            }
            took(round, EMPTY_JVM, run(empty, NO_INPUT, RUN_TIMEOUT).took());
            Collections.rotate(names, 1);
        }
        names.forEach(name -> report.figure(name + ", initialize ms", rounded(name)));
        report.figure(EMPTY_JVM + ", whole run ms", rounded(EMPTY_JVM));
        report.figure("mcp-stdio / empty JVM", Report.rounded(median(OURS) / median(EMPTY_JVM)));
        if (node.isPresent()) {
            report.atMost("mcp-stdio / Node SDK", median(OURS) / median(NODE), NODE_SHARE_MAX);
        }
        report.atMost(
                "mcp-stdio / without its AOT cache",
                median(OURS) / median(UNCACHED),
                UNCACHED_SHARE_MAX);
    }

    private static final byte[] NO_INPUT = {};

    private McpClient start(List<String> command) throws BenchFailure, InterruptedException {
        return new McpClient(command, installation.serverEnvironment(), installation.folder());
    }

    private void took(int round, String name, Duration time) {
        if (round >= 0) {
            millis.computeIfAbsent(name, none -> new ArrayList<>()).add(time.toNanos() / 1e6);
        }
    }

    private double median(String name) {
        return Report.median(Objects.requireNonNull(millis.get(name)));
    }

    private double rounded(String name) {
        return Report.rounded(median(name));
    }

    private Child.Ended run(List<String> command, byte[] input, Duration timeout)
            throws BenchFailure, InterruptedException {
        return Child.run(
                command, installation.environment(), installation.folder(), input, timeout);
    }

    /// A server with our tools on the SDK that npm fetches; empty where it cannot, which is said.
    private Optional<List<String>> nodeServer(Report report, JsonNode tools)
            throws BenchFailure, InterruptedException, IOException {
        Path folder = Files.createDirectories(installation.folder().resolve("node-server"));
        try (InputStream script =
                Objects.requireNonNull(ServerBench.class.getResourceAsStream("server.mjs"))) {
            Files.copy(script, folder.resolve("server.mjs"));
        }
        Files.writeString(folder.resolve("tools.json"), Json.write(tools));
        Path node;
        Child.Ended fetched;
        try {
            node = Tools.onPath("node");
            fetched = npm(folder);
        } catch (BenchFailure missing) {
            report.figure("mcp-stdio / Node SDK", "not measured: " + missing.getMessage());
            return Optional.empty();
        }
        if (fetched.exitCode() != 0) {
            report.figure(
                    "mcp-stdio / Node SDK",
                    "not measured: `npm install " + SDK + "` failed: " + fetched.lastLine());
            return Optional.empty();
        }
        String version =
                Json.tree(
                                Files.readString(
                                        folder.resolve(
                                                "node_modules/@modelcontextprotocol/sdk/package.json"),
                                        StandardCharsets.UTF_8))
                        .path("version")
                        .asString();
        report.comparedWith(
                "a server with the same "
                        + tools.size()
                        + " tools on @modelcontextprotocol/sdk "
                        + version
                        + ", Node.js "
                        + run(List.of(node.toString(), "--version"), NO_INPUT, RUN_TIMEOUT)
                                .out()
                                .strip()
                        + ": bench/src/main/resources/dev/mneme/bench/server.mjs");
        return Optional.of(List.of(node.toString(), folder.resolve("server.mjs").toString()));
    }

    /// With the settings of whoever measures: they say where packages come from.
    private static Child.Ended npm(Path folder) throws BenchFailure, InterruptedException {
        return Child.run(
                List.of(
                        Tools.onPath("npm").toString(),
                        "install",
                        "--prefix",
                        folder.toString(),
                        "--ignore-scripts",
                        "--no-audit",
                        "--no-fund",
                        "--fetch-retries=1",
                        "--fetch-timeout=20000",
                        SDK),
                System.getenv(),
                folder,
                NO_INPUT,
                NPM_TIMEOUT);
    }
}
