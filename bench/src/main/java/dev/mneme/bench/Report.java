package dev.mneme.bench;

import dev.mneme.protocol.Json;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What a benchmark found: figures, what they were compared with, and which targets they meet.
///
/// One shape for every benchmark: `bench`, `ok`, `at`, `machine`, `compared_with`, `figures`,
/// `targets`.
final class Report {

    /// What is promised about one figure.
    ///
    /// @param bound `<=` or `>=`
    record Target(String name, double value, String bound, double limit, boolean holds) {}

    private final String bench;
    private final Instant at;
    private final Map<String, Object> machine;
    private final List<String> comparedWith = new ArrayList<>();
    private final Map<String, Object> figures = new LinkedHashMap<>();
    private final List<Target> targets = new ArrayList<>();

    Report(String bench) {
        this.bench = bench;
        this.at = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        this.machine = machine();
    }

    void comparedWith(String what) {
        comparedWith.add(what);
    }

    void figure(String name, Object value) {
        figures.put(name, value);
    }

    void atMost(String name, double value, double limit) {
        targets.add(new Target(name, rounded(value), "<=", limit, value <= limit));
    }

    void atLeast(String name, double value, double limit) {
        targets.add(new Target(name, rounded(value), ">=", limit, value >= limit));
    }

    boolean ok() {
        return !targets.isEmpty() && targets.stream().allMatch(Target::holds);
    }

    List<Target> targets() {
        return List.copyOf(targets);
    }

    String json() {
        var document = new LinkedHashMap<String, Object>();
        document.put("bench", bench);
        document.put("ok", ok());
        document.put("at", at.toString());
        document.put("machine", machine);
        document.put("compared_with", comparedWith);
        document.put("figures", figures);
        document.put("targets", targets);
        return Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(document) + "\n";
    }

    String table() {
        var text = new StringBuilder();
        text.append(bench).append(' ').append(at).append('\n');
        machine.forEach((name, value) -> line(text, name, value));
        for (String other : comparedWith) {
            line(text, "compared with", other);
        }
        figures.forEach((name, value) -> line(text, name, value));
        for (Target target : targets) {
            text.append(
                    String.format(
                            Locale.ROOT,
                            "  %-5s  %s: %s (%s %s)%n",
                            target.holds() ? "holds" : "FAILS",
                            target.name(),
                            plain(target.value()),
                            target.bound(),
                            plain(target.limit())));
        }
        return text.append(ok() ? "ok\n" : "a target is missed\n").toString();
    }

    private static void line(StringBuilder text, String name, Object value) {
        text.append(String.format(Locale.ROOT, "  %-32s %s%n", name, value));
    }

    private static String plain(double value) {
        return value == Math.rint(value)
                ? Long.toString((long) value)
                : String.format(Locale.ROOT, "%.3f", value);
    }

    /// Three digits behind the point; more would be noise.
    static double rounded(double value) {
        return Math.round(value * 1000) / 1000.0;
    }

    static double median(List<Double> values) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("there is no median of nothing");
        }
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1
                ? sorted.get(middle)
                : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    private static Map<String, Object> machine() {
        var machine = new LinkedHashMap<String, Object>();
        machine.put("cores", Runtime.getRuntime().availableProcessors());
        machine.put(
                "os",
                System.getProperty("os.name")
                        + " "
                        + System.getProperty("os.version")
                        + " "
                        + System.getProperty("os.arch"));
        machine.put("processor", processor());
        machine.put("jdk", System.getProperty("java.vm.version"));
        machine.put("load_before", load());
        return machine;
    }

    private static String processor() {
        return firstLine("/proc/cpuinfo", "model name")
                .replaceFirst("^.*:\\s*", "")
                .replace('\t', ' ');
    }

    /// How busy the machine is with other things; empty where it does not say.
    private static String load() {
        return firstLine("/proc/loadavg", "");
    }

    private static String firstLine(String file, String start) {
        try {
            return Files.readAllLines(Path.of(file), StandardCharsets.UTF_8).stream()
                    .filter(line -> line.startsWith(start))
                    .findFirst()
                    .orElse("");
        } catch (IOException unknown) {
            return "";
        }
    }
}
