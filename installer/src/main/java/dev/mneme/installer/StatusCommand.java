package dev.mneme.installer;

import dev.mneme.installer.settings.ClaudeRegistration;
import dev.mneme.protocol.Bytes;
import dev.mneme.protocol.DaemonInfo;
import dev.mneme.protocol.Json;
import dev.mneme.protocol.Wire;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;

import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// `mneme status`.
@CommandLine.Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description = "Show what runs and what is registered. Exit code 1 when it is not healthy.",
        footer = {"", "Example:", "  mneme status --json"})
final class StatusCommand extends Command {

    @CommandLine.Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    StatusCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() {
        StatusReport report = report();
        if (json) {
            terminal()
                    .line(
                            Json.mapper()
                                    .writerWithDefaultPrettyPrinter()
                                    .writeValueAsString(report));
        } else {
            print(report);
        }
        return report.status().equals("healthy") ? DONE : NOT_DONE;
    }

    private StatusReport report() {
        Wire.Health health = daemon().health().orElse(null);
        Optional<DaemonInfo> info = health == null ? Optional.empty() : daemon().client().info();
        return new StatusReport(
                verdict(health),
                version(),
                home().root().toString(),
                new StatusReport.Daemon(
                        health != null,
                        health == null ? null : Long.valueOf(health.pid()),
                        info.map(DaemonInfo::port).orElse(null),
                        health == null ? null : health.version(),
                        health == null ? null : health.status()),
                StatusReport.database(health),
                StatusReport.vector(health),
                health == null ? null : health.embeddings(),
                health == null ? null : health.queue(),
                health == null ? null : health.progress(),
                health == null ? null : health.storage(),
                health == null ? null : health.extraction(),
                claudeCode(),
                new PauseCalls(home(), daemon().client(), Clock.systemUTC()).list(),
                health == null ? null : TranscriptsAtRisk.look(this).orElse(null));
    }

    private String verdict(Wire.@Nullable Health health) {
        if (health == null) {
            return Files.exists(programs().daemonJar()) ? "stopped" : "not installed";
        }
        return isHealthy(health) ? "healthy" : "unhealthy";
    }

    /// A daemon that answers without its database captures to the spool only; one that gets nothing
    /// done remembers nothing new.
    static boolean isHealthy(Wire.Health health) {
        Wire.ProgressHealth progress = health.progress();
        return !health.status().equals("unhealthy")
                && health.db().error() == null
                && (progress == null || !progress.state().equals("stalled"));
    }

    private static String describe(Wire.ProgressHealth progress, Instant now) {
        Long oldest = progress.oldestJobSeconds();
        String success = progress.lastSuccessAt();
        String waiting =
                oldest == null
                        ? "nothing is due"
                        : "the oldest job is " + Age.text(Duration.ofSeconds(oldest)) + " old";
        return (progress.state().equals("stalled") ? "stalled: " : "")
                + waiting
                + "; "
                + (success == null
                        ? "none was done yet"
                        : "the last was done "
                                + Age.text(Duration.between(Instant.parse(success), now))
                                + " ago");
    }

    private StatusReport.ClaudeCode claudeCode() {
        ClaudeRegistration registration = registration();
        String settings;
        String server;
        try {
            boolean own = registration.registeredHook("SessionStart").isPresent();
            int projects = registration.otherHookFiles().size();
            settings =
                    own || projects == 0
                            ? word(own)
                            : "registered for "
                                    + (projects == 1 ? "one project" : projects + " projects");
        } catch (Failure broken) {
            settings = "broken";
        }
        try {
            server = word(registration.registeredServer().isPresent());
        } catch (Failure broken) {
            server = "broken";
        }
        return new StatusReport.ClaudeCode(
                ClaudeClient.find(surroundings().environment())
                        .map(client -> client.program().toString())
                        .orElse(null),
                settings,
                server,
                word(registration.isSkillInstalled()));
    }

    private static String describe(Wire.StorageHealth storage) {
        Long database = storage.databaseBytes();
        Long growth = storage.growthBytesPerDay();
        Long free = storage.freeBytes();
        return "database "
                + (database == null ? "of unknown size" : Bytes.text(database))
                + (growth == null
                        ? ""
                        : ", " + (growth < 0 ? "" : "+") + Bytes.text(growth) + " a day")
                + "; spool "
                + Bytes.text(storage.spoolBytes())
                + " of "
                + Bytes.text(storage.spoolBytesMax())
                + "; log "
                + Bytes.text(storage.logBytes())
                + (free == null ? "" : "; " + Bytes.text(free) + " free");
    }

    private static String describe(Wire.QueueHealth queue) {
        return queue.pending()
                + " pending, "
                + queue.scheduled()
                + " in open turns, "
                + queue.dead()
                + " dead"
                + (queue.refused() == 0 ? "" : ", " + queue.refused() + " refused")
                + "; "
                + queue.observationsTotal()
                + " observations";
    }

    private void printExtraction(Wire.ExtractionHealth extraction) {
        Terminal terminal = terminal();
        terminal.line(
                "  extraction   "
                        + extraction.inUse()
                        + (extraction.paused() == null
                                ? ""
                                : "; models pause: " + extraction.paused()));
        for (Wire.BackendHealth backend : extraction.backends()) {
            terminal.line(
                    "  model        "
                            + backend.name()
                            + " "
                            + backend.model()
                            + ", "
                            + backend.state()
                            + (backend.problem() == null ? "" : ": " + backend.problem()));
        }
        Wire.@Nullable CostFigures today = extraction.today();
        if (today != null && today.calls() > 0) {
            terminal.line("  cost today   " + CostCommand.words(today));
        }
    }

    private static String word(boolean registered) {
        return registered ? "registered" : "missing";
    }

    private void print(StatusReport report) {
        Terminal terminal = terminal();
        terminal.line(report.status());
        terminal.line("  home         " + report.home());
        StatusReport.Daemon daemon = report.daemon();
        terminal.line(
                "  daemon       "
                        + (daemon.running()
                                ? "process "
                                        + daemon.pid()
                                        + ", port "
                                        + daemon.port()
                                        + ", version "
                                        + daemon.version()
                                : "not running (start it with `mneme start`)"));
        StatusReport.@Nullable Database database = report.database();
        if (database != null) {
            terminal.line(
                    "  database     "
                            + database.provider()
                            + ", "
                            + (database.error() == null
                                    ? "PostgreSQL " + database.version()
                                    : database.error()));
        }
        StatusReport.@Nullable Vector vector = report.vector();
        if (vector != null) {
            terminal.line(
                    "  vectors      "
                            + (vector.extension().equals("available")
                                    ? "pgvector "
                                            + vector.version()
                                            + ", index "
                                            + vector.index()
                                            + ", "
                                            + vector.rows()
                                            + " rows"
                                    : "off" + (vector.hint() == null ? "" : ": " + vector.hint())));
        }
        Wire.@Nullable EmbeddingHealth embeddings = report.embeddings();
        if (embeddings != null) {
            terminal.line(
                    "  embeddings   "
                            + embeddings.model()
                            + ", "
                            + embeddings.dimensions()
                            + " dimensions, "
                            + embeddings.pending()
                            + " pending");
            Wire.@Nullable ModelChange change = embeddings.change();
            if (change != null) {
                terminal.line(
                        "               "
                                + change.model()
                                + " follows: "
                                + change.done()
                                + " of "
                                + change.total()
                                + " vectors");
            }
            if (embeddings.problem() != null) {
                terminal.line("  warning      " + embeddings.problem());
            }
        }
        Wire.@Nullable ExtractionHealth extraction = report.extraction();
        if (extraction != null) {
            printExtraction(extraction);
        }
        Wire.@Nullable QueueHealth queue = report.queue();
        if (queue != null) {
            terminal.line("  queue        " + describe(queue));
            if (queue.dead() > 0) {
                terminal.line("               see them with `mneme queue list --state discarded`");
            }
        }
        Wire.@Nullable ProgressHealth progress = report.progress();
        if (progress != null) {
            terminal.line("  progress     " + describe(progress, Instant.now()));
        }
        Wire.@Nullable StorageHealth storage = report.storage();
        if (storage != null) {
            terminal.line("  storage      " + describe(storage));
            if (storage.warning() != null) {
                terminal.line("  warning      " + storage.warning());
            }
        }
        for (Wire.PauseView pause : report.paused()) {
            terminal.line("  paused       " + PauseCalls.words(pause));
        }
        TranscriptsAtRisk atRisk = report.transcriptsAtRisk();
        if (atRisk != null) {
            terminal.line("  transcripts  " + atRisk.words() + "; " + TranscriptsAtRisk.HINT);
        }
        StatusReport.ClaudeCode claude = report.claudeCode();
        terminal.line(
                "  Claude Code  hooks "
                        + claude.settings()
                        + ", MCP server "
                        + claude.mcp()
                        + ", skill "
                        + claude.skill()
                        + (claude.client() == null ? "; no `claude` on the PATH" : ""));
    }
}
