package dev.mneme.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// What an idle daemon without a language model costs: memory of its JVM and of the PostgreSQL
/// beside it, and processor time; and what the MCP server of a session costs beside it.
final class FootprintBench {

    private static final double DAEMON_MB_MAX = 250;
    private static final double POSTGRES_MB_MAX = 150;

    /// "No CPU": less than a hundredth of a core. A loop that spins takes a hundred times that.
    private static final double CPU_MS_PER_MINUTE_MAX = 600;

    private static final int IDLE_SECONDS = 60;
    private static final int IDLE_SECONDS_SHORT = 20;

    /// What the start itself costs is over by then.
    private static final int SETTLE_SECONDS = 10;

    /// The kernel's clock tick, the same on every Linux we know.
    private static final double TICK_MS = 10;

    private static final double KB_PER_MB = 1024;
    private static final Path PROC = Path.of("/proc");

    private FootprintBench() {}

    static Report run(boolean quick) throws BenchFailure, InterruptedException {
        if (!Files.isDirectory(PROC.resolve("self"))) {
            throw new BenchFailure(
                    "the footprint is read from `/proc`, which this system does not have",
                    "measure on Linux");
        }
        try (TemporaryInstallation installation = TemporaryInstallation.create()) {
            // What an installation warms up is not what a daemon needs.
            installation.restart();
            Report report = measure(installation, quick ? IDLE_SECONDS_SHORT : IDLE_SECONDS);
            new ServerBench(installation).measure(report, quick);
            return report;
        } catch (IOException gone) {
            throw new BenchFailure(
                    "a process ended while it was measured (" + gone.getMessage() + ")",
                    "see the daemon's log");
        }
    }

    private static Report measure(TemporaryInstallation installation, int idleSeconds)
            throws BenchFailure, InterruptedException, IOException {
        var report = new Report("footprint");
        report.comparedWith("the daemon and PostgreSQL: the limits alone");
        long daemon = installation.daemonPid();
        long server = installation.serverPid();
        TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
        double daemonCpu = cpuMillis(daemon);
        double serverCpu = serverCpu(server);
        TimeUnit.SECONDS.sleep(idleSeconds - SETTLE_SECONDS);
        double minutes = (idleSeconds - SETTLE_SECONDS) / 60.0;
        daemonCpu = (cpuMillis(daemon) - daemonCpu) / minutes;
        serverCpu = (serverCpu(server) - serverCpu) / minutes;
        List<Long> servers = withChildren(server);
        double postgresPss = 0;
        double postgresRss = 0;
        for (long process : servers) {
            postgresPss += megabytes(process, "smaps_rollup", "Pss:");
            postgresRss += megabytes(process, "smaps_rollup", "Rss:");
        }
        report.figure("idle_seconds", idleSeconds);
        report.figure("daemon_rss_mb", Report.rounded(residentMegabytes(daemon)));
        report.figure("daemon_pss_mb", Report.rounded(megabytes(daemon, "smaps_rollup", "Pss:")));
        report.figure("daemon_cpu_ms_per_minute", Report.rounded(daemonCpu));
        report.figure("postgres_processes", servers.size());
        report.figure("postgres_pss_mb", Report.rounded(postgresPss));
        report.figure("postgres_rss_mb", Report.rounded(postgresRss));
        report.figure("postgres_cpu_ms_per_minute", Report.rounded(serverCpu));
        report.atMost("daemon RSS MB", residentMegabytes(daemon), DAEMON_MB_MAX);
        report.atMost("daemon CPU ms per minute", daemonCpu, CPU_MS_PER_MINUTE_MAX);
        report.atMost("PostgreSQL PSS MB", postgresPss, POSTGRES_MB_MAX);
        report.atMost("PostgreSQL CPU ms per minute", serverCpu, CPU_MS_PER_MINUTE_MAX);
        return report;
    }

    /// What of a process is in memory now.
    static double residentMegabytes(long pid) throws IOException {
        return megabytes(pid, "status", "VmRSS:");
    }

    private static double megabytes(long pid, String file, String field) throws IOException {
        for (String line : lines(pid, file)) {
            if (line.startsWith(field)) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) / KB_PER_MB;
            }
        }
        throw new IOException("/proc/" + pid + "/" + file + " has no " + field);
    }

    private static double serverCpu(long server) throws IOException {
        double sum = 0;
        for (long process : withChildren(server)) {
            sum += cpuMillis(process);
        }
        return sum;
    }

    /// User and system time since the process started.
    private static double cpuMillis(long pid) throws IOException {
        String stat = lines(pid, "stat").getFirst();
        // The name in the second field may hold blanks; it ends with the last bracket.
        List<String> fields = List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" "));
        return (Long.parseLong(fields.get(11)) + Long.parseLong(fields.get(12))) * TICK_MS;
    }

    private static List<Long> withChildren(long pid) {
        return ProcessHandle.of(pid)
                .map(
                        handle ->
                                Stream.concat(Stream.of(handle), handle.descendants())
                                        .map(ProcessHandle::pid)
                                        .toList())
                .orElse(List.of());
    }

    private static List<String> lines(long pid, String file) throws IOException {
        return Files.readAllLines(
                PROC.resolve(Long.toString(pid)).resolve(file), StandardCharsets.UTF_8);
    }
}
