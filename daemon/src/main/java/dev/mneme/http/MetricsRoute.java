package dev.mneme.http;

import dev.mneme.domain.ModelCost;
import dev.mneme.health.HealthCheck;
import dev.mneme.health.Progress;
import dev.mneme.health.StorageWatch;
import dev.mneme.ingest.SpoolDrain;
import dev.mneme.meter.Meters;
import dev.mneme.meter.PrometheusText;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.store.JobStore;

import io.javalin.http.Context;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/// `GET /metrics`, for Prometheus. What only the database knows is missing while it cannot be
/// asked, and `mneme_database_up` says so: a figure that is not known is no zero.
final class MetricsRoute {

    private static final double MILLISECONDS = 1_000;

    private final Meters meters;
    private final HealthCheck health;
    private final StorageWatch storage;
    private final MnemeHome home;
    private final String version;

    MetricsRoute(
            Meters meters,
            HealthCheck health,
            StorageWatch storage,
            MnemeHome home,
            String version) {
        this.meters = meters;
        this.health = health;
        this.storage = storage;
        this.home = home;
        this.version = version;
    }

    void show(Context context) {
        var text = new PrometheusText();
        text.gauge("mneme_build_info", "Which Mneme this is; always 1.");
        text.sample("version", version, 1);
        text.gauge("process_start_time_seconds", "When the daemon started, in Unix time.");
        text.sample(seconds(health.startedAt()));
        meters.writeTo(text);
        var figures = health.figures();
        text.gauge("mneme_database_up", "Whether the database answered this request.");
        text.sample(figures.isPresent() ? 1 : 0);
        figures.ifPresent(known -> database(text, known));
        health.modelTotals().ifPresent(totals -> models(text, totals));
        disk(text);
        memory(text);
        context.contentType(PrometheusText.CONTENT_TYPE).result(text.toString());
    }

    private void database(PrometheusText text, HealthCheck.Figures figures) {
        JobStore.Counts jobs = figures.jobs();
        text.gauge("mneme_jobs", "Jobs that are not completed, by state.");
        text.sample("state", "available", jobs.available());
        text.sample("state", "scheduled", jobs.scheduled());
        text.sample("state", "running", jobs.running());
        text.sample("state", "retryable", jobs.retryable());
        text.sample("state", "discarded", jobs.dead());
        Progress progress = health.progress(jobs);
        Duration oldest = progress.oldestJob();
        text.gauge(
                "mneme_oldest_job_age_seconds",
                "Age of the oldest job that is due and not done; 0 when none is.");
        text.sample(oldest == null ? 0.0 : (double) oldest.toMillis() / MILLISECONDS);
        Instant success = progress.lastSuccessAt();
        if (success != null) {
            text.gauge(
                    "mneme_last_success_timestamp_seconds",
                    "When the worker last completed a job, in Unix time.");
            text.sample(seconds(success));
        }
        text.gauge("mneme_observations", "Observations that are stored.");
        text.sample(figures.observations());
        text.gauge("mneme_observations_unembedded", "Observations that wait for their vector.");
        text.sample(figures.unembedded());
    }

    private static void models(PrometheusText text, Map<String, ModelCost.Figures> totals) {
        text.counter("mneme_model_calls_total", "Calls of language models, by backend.");
        totals.forEach((backend, took) -> text.sample("backend", backend, took.calls()));
        text.counter("mneme_model_tokens_total", "Tokens that language models read and wrote.");
        totals.forEach(
                (backend, took) -> {
                    text.sample("backend", backend, "direction", "in", took.promptTokens());
                    text.sample("backend", backend, "direction", "out", took.answerTokens());
                });
    }

    private void disk(PrometheusText text) {
        text.gauge("mneme_spool_events", "Events that wait on the disk to be taken in.");
        text.sample(SpoolDrain.countWaiting(home));
        text.gauge("mneme_spool_refused_events", "Spooled events that can never be taken in.");
        text.sample(SpoolDrain.countRefused(home));
        text.gauge("mneme_spool_bytes", "Size of the spool.");
        text.sample(StorageWatch.bytesIn(home.spool()));
        text.gauge("mneme_log_bytes", "Size of the logs.");
        text.sample(StorageWatch.bytesIn(home.log()));
        storage.figures()
                .ifPresent(
                        known -> {
                            text.gauge(
                                    "mneme_database_bytes",
                                    "Size of the database, looked at every minute.");
                            text.sample(known.databaseBytes());
                        });
        storage.freeBytes()
                .ifPresent(
                        free -> {
                            text.gauge("mneme_free_bytes", "Space left where Mneme's home lies.");
                            text.sample(free);
                        });
    }

    private static void memory(PrometheusText text) {
        var beans = ManagementFactory.getMemoryMXBean();
        MemoryUsage heap = beans.getHeapMemoryUsage();
        MemoryUsage rest = beans.getNonHeapMemoryUsage();
        text.gauge("jvm_memory_used_bytes", "Memory that the JVM uses.");
        text.sample("area", "heap", heap.getUsed());
        text.sample("area", "nonheap", rest.getUsed());
        text.gauge("jvm_memory_committed_bytes", "Memory that the JVM has from the system.");
        text.sample("area", "heap", heap.getCommitted());
        text.sample("area", "nonheap", rest.getCommitted());
        text.gauge("jvm_memory_max_bytes", "Memory that the heap may take; -1 without a bound.");
        text.sample("area", "heap", heap.getMax());
        text.gauge("jvm_threads", "Threads of the system that live.");
        text.sample(ManagementFactory.getThreadMXBean().getThreadCount());
    }

    private static double seconds(Instant instant) {
        return (double) instant.toEpochMilli() / MILLISECONDS;
    }
}
