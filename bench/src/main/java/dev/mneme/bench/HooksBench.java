package dev.mneme.bench;

import dev.mneme.protocol.Json;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// What a hook costs a session: the whole process of `post-tool-use`, as it is registered.
///
/// It runs by turns with a Node.js hook of the same job and with a JVM that does nothing, on the
/// same runtime, with the same flags and with a cache of its own. Ours ends after the daemon's
/// commit, or after the spooled file and its folder are synced; Node's ends once it has sent.
final class HooksBench {

    private static final double NODE_SHARE_MAX = 0.75;
    private static final double EMPTY_JVM_SHARE_MAX = 1.3;
    private static final double HANGING_MS_MAX = 250;

    private static final int ROUNDS = 60;
    private static final int ROUNDS_SHORT = 25;
    private static final int WARM_UP_ROUNDS = 15;
    private static final int HANGING_RUNS = 10;
    private static final int AT_ONCE = 40;

    private static final Duration RUN_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration SETTLE_TIMEOUT = Duration.ofSeconds(30);

    private final TemporaryInstallation installation;
    private final String session = "bench-" + UUID.randomUUID();

    private HooksBench(TemporaryInstallation installation) {
        this.installation = installation;
    }

    static Report run(boolean quick) throws BenchFailure, InterruptedException {
        Path node = Tools.onPath("node");
        try (TemporaryInstallation installation = TemporaryInstallation.create()) {
            return new HooksBench(installation).measure(node, quick ? ROUNDS_SHORT : ROUNDS);
        } catch (IOException failed) {
            throw new BenchFailure(
                    "cannot measure hooks (" + failed.getMessage() + ")",
                    "see that there is room in the folder for temporary files");
        }
    }

    private Report measure(Path node, int rounds)
            throws BenchFailure, InterruptedException, IOException {
        var report = new Report("hooks");
        List<String> hook = installation.hookCommand("PostToolUse");
        List<String> empty = emptyJvm(hook);
        Path script = installation.folder().resolve("hook.js");
        try (InputStream in =
                Objects.requireNonNull(HooksBench.class.getResourceAsStream("hook.js"))) {
            Files.copy(in, script);
        }
        List<String> yardstick = List.of(node.toString(), script.toString());
        report.comparedWith(
                "Node.js "
                        + run(List.of(node.toString(), "--version"), "").out().strip()
                        + ", bench/src/main/resources/dev/mneme/bench/hook.js: posts with plain"
                        + " `http`, does not wait for the answer");
        List<String> plain = EmptyJvm.plain(installation.folder());
        report.comparedWith("a JVM that does nothing: " + String.join(" ", plain));
        report.comparedWith(
                "the same on the hook's own image, with its flags and a cache of its own: "
                        + String.join(" ", empty));
        report.figure("hook", String.join(" ", hook));

        var commands = new LinkedHashMap<String, List<String>>();
        commands.put("hook", hook);
        commands.put("node", yardstick);
        commands.put("empty_jvm", plain);
        commands.put("empty_jvm_tuned", empty);
        Map<String, List<Double>> millis = alternating(commands, rounds);
        commands.keySet()
                .forEach(
                        name ->
                                report.figure(
                                        name + "_median_ms", Report.rounded(median(millis, name))));
        report.figure("rounds", rounds);
        report.atMost(
                "hook / Node.js", median(millis, "hook") / median(millis, "node"), NODE_SHARE_MAX);
        report.atMost(
                "hook / empty JVM",
                median(millis, "hook") / median(millis, "empty_jvm"),
                EMPTY_JVM_SHARE_MAX);
        report.figure(
                "hook / empty JVM tuned like the hook",
                Report.rounded(median(millis, "hook") / median(millis, "empty_jvm_tuned")));
        List<Double> hanging = withHangingDaemon(hook);
        report.figure("hanging_median_ms", Report.rounded(Report.median(hanging)));
        report.atMost("hanging daemon, slowest ms", Collections.max(hanging), HANGING_MS_MAX);
        report.atLeast("stored of " + AT_ONCE + " at once", atOnce(hook), AT_ONCE);
        return report;
    }

    private static double median(Map<String, List<Double>> millis, String name) {
        return Report.median(Objects.requireNonNull(millis.get(name)));
    }

    /// Each round runs every command once, in an order that turns, so that whatever else the
    /// machine does hits all of them alike.
    private Map<String, List<Double>> alternating(Map<String, List<String>> commands, int rounds)
            throws BenchFailure, InterruptedException {
        var millis = new HashMap<String, List<Double>>();
        List<String> names = new ArrayList<>(commands.keySet());
        for (int round = -WARM_UP_ROUNDS; round < rounds; round++) {
            for (String name : names) {
                Child.Ended ended =
                        run(
                                Objects.requireNonNull(commands.get(name)),
                                payload("t-" + UUID.randomUUID()));
                if (ended.exitCode() != 0) {
                    throw new BenchFailure(
                            "`"
                                    + name
                                    + "` ended with "
                                    + ended.exitCode()
                                    + ": "
                                    + ended.lastLine(),
                            "run it by hand and see");
                }
                if (round >= 0) {
                    millis.computeIfAbsent(name, key -> new ArrayList<>())
                            .add(ended.took().toNanos() / 1e6);
                }
            }
            Collections.rotate(names, 1);
        }
        return millis;
    }

    private Child.Ended run(List<String> command, String input)
            throws BenchFailure, InterruptedException {
        return run(command, installation.environment(), input);
    }

    private Child.Ended run(List<String> command, Map<String, String> environment, String input)
            throws BenchFailure, InterruptedException {
        return Child.run(
                command,
                environment,
                installation.folder(),
                input.getBytes(StandardCharsets.UTF_8),
                RUN_TIMEOUT);
    }

    /// An edit of ordinary size, as the host sends it.
    private String payload(String toolUseId) {
        var input = new LinkedHashMap<String, Object>();
        input.put("file_path", "/home/dev/shop/src/gateway/retry.py");
        input.put("old_string", "    delay = base * 2 ** attempt\n".repeat(8));
        input.put("new_string", "    delay = min(limit, base * 2 ** attempt)\n".repeat(8));
        var event = new LinkedHashMap<String, Object>();
        event.put("session_id", session);
        event.put("transcript_path", "/home/dev/.claude/projects/shop/" + session + ".jsonl");
        event.put("cwd", installation.folder().toString());
        event.put("hook_event_name", "PostToolUse");
        event.put("tool_name", "Edit");
        event.put("tool_input", input);
        event.put("tool_response", Map.of("filePath", "/home/dev/shop/src/gateway/retry.py"));
        event.put("tool_use_id", toolUseId);
        return Json.write(event);
    }

    // ---- the JVM that does nothing

    /// The hook's own command with another jar, main class and cache.
    private List<String> emptyJvm(List<String> hook)
            throws BenchFailure, InterruptedException, IOException {
        Path jar = EmptyJvm.jar(installation.folder());
        String hooksJar = installation.home().app().resolve("hooks.jar").toString();
        Path cache = installation.folder().resolve("empty.aot");
        var command = new ArrayList<String>();
        var training = new ArrayList<String>();
        for (String word : hook) {
            if (word.startsWith("-XX:AOTCache=")) {
                command.add("-XX:AOTCache=" + cache);
                training.add("-XX:AOTCacheOutput=" + cache);
            } else if (word.equals("dev.mneme.hook.Main")) {
                command.add(EmptyMain.class.getName());
                training.add(EmptyMain.class.getName());
                break;
            } else {
                command.add(word.replace(hooksJar, jar.toString()));
                training.add(word.replace(hooksJar, jar.toString()));
            }
        }
        if (training.equals(command)) {
            throw new BenchFailure(
                    "the hooks of this installation have no cache to compare with",
                    "see what `mneme install` says of the cache for hooks");
        }
        run(training, "");
        if (!Files.exists(cache)) {
            throw new BenchFailure(
                    "cannot make a cache for the empty JVM",
                    "see what `mneme install` says of the cache for hooks");
        }
        return command;
    }

    // ---- a daemon that accepts and never answers

    private List<Double> withHangingDaemon(List<String> hook)
            throws BenchFailure, InterruptedException, IOException {
        Path home = Files.createDirectories(installation.folder().resolve("hanging"));
        Files.createDirectories(home.resolve("run"));
        Files.writeString(home.resolve("token"), "hanging\n", StandardCharsets.UTF_8);
        var environment = new HashMap<>(installation.environment());
        environment.put("MNEME_HOME", home.toString());
        var millis = new ArrayList<Double>();
        var accepted = new ConcurrentLinkedQueue<Socket>();
        try (var listener = new ServerSocket(0, AT_ONCE, InetAddress.getLoopbackAddress())) {
            Files.writeString(
                    home.resolve("run").resolve("daemon.json"),
                    "{\"pid\":1,\"port\":" + listener.getLocalPort() + ",\"version\":\"hanging\"}",
                    StandardCharsets.UTF_8);
            Thread.ofVirtual().name("hanging-daemon").start(() -> accept(listener, accepted));
            for (int i = 0; i < HANGING_RUNS; i++) {
                Child.Ended ended = run(hook, environment, payload("h-" + UUID.randomUUID()));
                millis.add(ended.took().toNanos() / 1e6);
            }
        } finally {
            for (Socket socket : accepted) {
                socket.close();
            }
        }
        try (Stream<Path> spooled = Files.list(home.resolve("spool"))) {
            long files = spooled.filter(file -> file.toString().endsWith(".event")).count();
            if (files != HANGING_RUNS) {
                throw new BenchFailure(
                        "of " + HANGING_RUNS + " events " + files + " were spooled",
                        "see `log/hook.log` of that home");
            }
        }
        return millis;
    }

    private static void accept(ServerSocket listener, ConcurrentLinkedQueue<Socket> accepted) {
        try {
            while (true) {
                accepted.add(listener.accept());
            }
        } catch (IOException closed) {
            return;
        }
    }

    // ---- forty at once

    /// How many of the events that forty hooks bring at the same time are in the queue's list.
    private int atOnce(List<String> hook) throws BenchFailure, InterruptedException {
        String prefix = "at-once-" + UUID.randomUUID() + "-";
        var problems = new ConcurrentLinkedQueue<BenchFailure>();
        var go = new CountDownLatch(1);
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < AT_ONCE; i++) {
            String payload = payload(prefix + i);
            threads.add(
                    Thread.ofVirtual()
                            .name("hook-" + i)
                            .start(
                                    () -> {
                                        try {
                                            go.await();
                                            run(hook, payload);
                                        } catch (BenchFailure failed) {
                                            problems.add(failed);
                                        } catch (InterruptedException stopped) {
                                            Thread.currentThread().interrupt();
                                        }
                                    }));
        }
        go.countDown();
        for (Thread thread : threads) {
            if (!thread.join(RUN_TIMEOUT)) {
                throw new BenchFailure("a hook did not end", "see what the machine is busy with");
            }
        }
        if (!problems.isEmpty()) {
            throw Objects.requireNonNull(problems.peek());
        }
        long deadline = System.nanoTime() + SETTLE_TIMEOUT.toNanos();
        int stored = 0;
        while (stored < AT_ONCE && System.nanoTime() < deadline) {
            stored = stored(prefix);
            TimeUnit.MILLISECONDS.sleep(100);
        }
        return stored;
    }

    private int stored(String prefix) throws BenchFailure, InterruptedException {
        Child.Ended listed =
                installation.mneme(
                        RUN_TIMEOUT,
                        "queue",
                        "list",
                        "--session",
                        session,
                        "--all",
                        "--limit",
                        "1000",
                        "--json");
        Set<String> ids = new HashSet<>();
        for (JsonNode job : Json.tree(listed.out()).path("jobs")) {
            String id = job.path("tool_use_id").asString("");
            if (id.startsWith(prefix)) {
                ids.add(id);
            }
        }
        return ids.size();
    }
}
