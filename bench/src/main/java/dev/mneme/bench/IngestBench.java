package dev.mneme.bench;

import dev.mneme.postgres.ConnectionInfo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How many events a second `POST /api/queue` stores at 16 connections, each answered after its
/// commit, beside what `pgbench` reaches on the same server with one row a transaction.
///
/// The daemon is an installed one with its own database. `pgbench` inserts rows of the same size
/// into a table with the same columns, checks and indexes, but without the foreign keys, without a
/// job beside each event, without redaction and without HTTP.
final class IngestBench {

    private static final double SHARE_MIN = 0.5;

    private static final int CONNECTIONS = 16;
    private static final int TURNS = 3;
    private static final int TURN_SECONDS = 10;
    private static final int TURN_SECONDS_SHORT = 4;

    /// The daemon's second compiler is done with the hot path by then, where nothing else works on
    /// the machine; `pgbench` is machine code from the start, and a daemon lives for days.
    private static final int WARM_UP_SECONDS = 30;

    private static final Pattern TPS = Pattern.compile("tps = ([0-9.]+) ");

    private static final String CREATE_TABLE =
            """
            CREATE TABLE bench_rows (
                LIKE mem_events INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES
                    INCLUDING IDENTITY INCLUDING STORAGE)
            """;

    /// Without a colon in a text: `pgbench` takes what follows one for a parameter.
    @SuppressWarnings("InlineFormatString") // A statement reads better on its own.
    private static final String SCRIPT =
            """
            \\set session random(1, 16)
            INSERT INTO bench_rows (
                session_id, kind, dedupe_key, tool_name, tool_use_id, prompt_number, cwd,
                occurred_at, payload_hash, payload)
            VALUES (
                :session, 'post-tool-use', 'post-tool-use toolu_' || gen_random_uuid(), 'Edit',
                'toolu_0123456789abcdef', 0, '%s', now(), decode(repeat('5a', 32), 'hex'), '%s');
            """;

    private static final String EVENTS =
            "SELECT count(*), coalesce(round(avg(length(payload))), 0) FROM mem_events"
                    + " WHERE tool_use_id LIKE '"
                    + EventLoad.ID_PREFIX
                    + "%'";

    private final TemporaryInstallation installation;
    private final int turnSeconds;
    private final EventLoad load;
    private long answeredInAll;

    private IngestBench(TemporaryInstallation installation, boolean quick) throws BenchFailure {
        this.installation = installation;
        this.turnSeconds = quick ? TURN_SECONDS_SHORT : TURN_SECONDS;
        this.load = new EventLoad(installation.port(), installation.token(), installation.folder());
    }

    static Report run(boolean quick) throws BenchFailure, InterruptedException {
        Path pgbench = Tools.pgbench();
        try (TemporaryInstallation installation = TemporaryInstallation.create()) {
            return new IngestBench(installation, quick).measure(pgbench);
        } catch (IOException failed) {
            throw new BenchFailure(
                    "cannot measure the ingest (" + failed.getMessage() + ")",
                    "see the log of the daemon");
        } catch (SQLException failed) {
            throw new BenchFailure(
                    "the database refused a statement (" + failed.getSQLState() + ")",
                    "this is a defect of the benchmark, report it");
        }
    }

    private Report measure(Path pgbench)
            throws BenchFailure, InterruptedException, IOException, SQLException {
        var report = new Report("ingest");
        ConnectionInfo target = installation.database();
        String version =
                Child.run(
                                List.of(pgbench.toString(), "--version"),
                                installation.environment(),
                                installation.folder(),
                                new byte[0],
                                Duration.ofSeconds(30))
                        .out()
                        .strip();
        report.comparedWith(
                version
                        + ", -c 16 -j 2 -M prepared, one row a transaction, same columns, checks,"
                        + " indexes and row size");
        try (Connection connection =
                        DriverManager.getConnection(
                                target.jdbcUrl(), target.user(), target.password());
                Statement statement = connection.createStatement()) {
            statement.execute(CREATE_TABLE);
            for (String setting : List.of("fsync", "synchronous_commit", "full_page_writes")) {
                String value = text(statement, "SHOW " + setting);
                report.figure(setting, value);
                if (!value.equals("on")) {
                    throw new BenchFailure(
                            "`" + setting + "` is " + value + " on the server",
                            "measure with a server that keeps what it commits");
                }
            }
            load(Duration.ofSeconds(WARM_UP_SECONDS));
            Path script = script(statement, report);
            var theirs = new ArrayList<Double>();
            var ours = new ArrayList<Double>();
            pgbench(pgbench, script, target);
            for (int turn = 0; turn < TURNS; turn++) {
                theirs.add(pgbench(pgbench, script, target));
                ours.add(load(Duration.ofSeconds(turnSeconds)));
            }
            report.figure("seconds_each", turnSeconds);
            report.figure("pgbench_tps", theirs.stream().map(Report::rounded).toList());
            report.figure("events_per_second", ours.stream().map(Report::rounded).toList());
            long stored = Long.parseLong(text(statement, EVENTS));
            report.figure("events_answered", answeredInAll);
            report.figure("events_stored", stored);
            report.atLeast(
                    "events stored / answered", (double) stored / Math.max(1, answeredInAll), 1);
            report.atLeast(
                    "events per second / pgbench tps",
                    Report.median(ours) / Report.median(theirs),
                    SHARE_MIN);
        }
        return report;
    }

    /// A script whose rows are as long as ours came out on average.
    private Path script(Statement statement, Report report) throws SQLException, IOException {
        int length;
        try (ResultSet rows = statement.executeQuery(EVENTS)) {
            rows.next();
            length = rows.getInt(2);
        }
        report.figure("payload_characters", length);
        Path script = installation.folder().resolve("insert.sql");
        Files.writeString(
                script,
                SCRIPT.formatted(installation.folder(), incompressible(length)),
                StandardCharsets.UTF_8);
        return script;
    }

    /// Text that TOAST would not shrink more than ours.
    private static String incompressible(int length) {
        var text = new StringBuilder();
        while (text.length() < length) {
            text.append(UUID.randomUUID());
        }
        return text.substring(0, length);
    }

    private static String text(Statement statement, String sql) throws SQLException {
        try (ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    private double pgbench(Path pgbench, Path script, ConnectionInfo target)
            throws BenchFailure, InterruptedException {
        var environment = new HashMap<>(installation.environment());
        environment.put("PGPASSWORD", target.password());
        Child.Ended ended =
                Child.run(
                        List.of(
                                pgbench.toString(),
                                "-h",
                                target.host(),
                                "-p",
                                Integer.toString(target.port()),
                                "-U",
                                target.user(),
                                "-n",
                                "-c",
                                Integer.toString(CONNECTIONS),
                                "-j",
                                "2",
                                "-M",
                                "prepared",
                                "-T",
                                Integer.toString(turnSeconds),
                                "-f",
                                script.toString(),
                                target.database()),
                        environment,
                        installation.folder(),
                        new byte[0],
                        Duration.ofSeconds(turnSeconds + 60L));
        Matcher tps = TPS.matcher(ended.out());
        if (ended.exitCode() != 0 || !tps.find()) {
            throw new BenchFailure(
                    "`pgbench` failed: "
                            + ended.err()
                                    .lines()
                                    .filter(line -> line.contains("ERROR"))
                                    .findFirst()
                                    .orElse(ended.lastLine()),
                    "run it by hand and see");
        }
        return Double.parseDouble(tps.group(1));
    }

    /// Events a second.
    private double load(Duration duration) throws BenchFailure, InterruptedException {
        long startedNanos = System.nanoTime();
        long answered = load.run(CONNECTIONS, duration);
        answeredInAll += answered;
        return answered / ((System.nanoTime() - startedNanos) / 1e9);
    }
}
