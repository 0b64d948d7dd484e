package dev.mneme.installer;

import dev.mneme.installer.moving.Source;
import dev.mneme.protocol.Json;
import dev.mneme.protocol.Wire;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// Reads a source from beginning to end and hands it to the daemon page by page.
///
/// Nothing is kept here of how far it came: the daemon knows each record that it took, so whatever
/// is broken off at any moment is healed by running it again.
final class ImportRun implements Source.Sink {

    private static final int PAGE_RECORDS = 100;
    private static final int PAGE_CHARS_MAX = 4_000_000;
    private static final int BAD_SHOWN_MAX = 20;
    private static final long PROGRESS_EVERY_NANOS = Duration.ofSeconds(2).toNanos();

    private final Source source;
    private final RestCalls calls;
    private final Terminal terminal;
    private final boolean dryRun;
    private final boolean again;

    private final List<JsonNode> page = new ArrayList<>();
    private final List<String> places = new ArrayList<>();
    private int pageChars;

    private final Map<String, Tally> tallies = new LinkedHashMap<>();
    private final Map<String, Integer> projects = new TreeMap<>();
    private final Map<String, Integer> leftOut = new TreeMap<>();
    private final List<Bad> bad = new ArrayList<>();
    private int badCount;

    private final long startedNanos = System.nanoTime();
    private long shownNanos = startedNanos;
    private long done;
    private long records;

    ImportRun(Source source, RestCalls calls, Terminal terminal, boolean dryRun, boolean again) {
        this.source = source;
        this.calls = calls;
        this.terminal = terminal;
        this.dryRun = dryRun;
        this.again = again;
    }

    /// What became of the records of one kind.
    static final class Tally {

        int stored;
        int known;
        int forgotten;
        int paused;
    }

    /// What was skipped, and why.
    record Bad(String where, String reason) {}

    void run() throws Failure, IOException {
        source.read(this);
        send();
    }

    @Override
    public void record(String where, ObjectNode record) throws Failure {
        int chars = Json.write(record).length();
        if (page.size() == PAGE_RECORDS || pageChars + chars > PAGE_CHARS_MAX) {
            send();
        }
        page.add(record);
        places.add(where);
        pageChars += chars;
        records++;
        String project = record.path("project").asString("");
        if (!project.isEmpty() && record.path("record").asString("").equals("observation")) {
            projects.merge(project, 1, Integer::sum);
        }
    }

    @Override
    public void bad(String where, String reason) {
        badCount++;
        if (bad.size() < BAD_SHOWN_MAX) {
            bad.add(new Bad(where, reason));
        }
    }

    @Override
    public void leftOut(String what) {
        leftOut.merge(what, 1, Integer::sum);
    }

    @Override
    public void done(long work) {
        done += work;
        long now = System.nanoTime();
        if (now - shownNanos > PROGRESS_EVERY_NANOS) {
            shownNanos = now;
            progress(now);
        }
    }

    /// As in `42 %, 310 records a second, 12 s left`.
    private void progress(long now) {
        double seconds = Math.max(0.001, (now - startedNanos) / 1e9);
        long total = Math.max(source.work(), done);
        double left = done == 0 ? 0 : seconds * (total - done) / done;
        terminal.err()
                .printf(
                        Locale.ROOT,
                        "  ... %d %%, %.0f records a second, %.0f s left%n",
                        100 * done / Math.max(1, total),
                        records / seconds,
                        left);
    }

    private void send() throws Failure {
        if (page.isEmpty()) {
            return;
        }
        Wire.ImportResponse answer;
        try {
            answer =
                    calls.post(
                            "import",
                            "/api/import",
                            new Wire.ImportRequest(source.name(), List.copyOf(page), dryRun, again),
                            Wire.ImportResponse.class);
        } catch (Failure failed) {
            throw new Failure(
                    failed.getMessage() + "; " + records + " records were read until then",
                    failed.hint()
                            + "; then run the same command again, it goes on where it stopped",
                    failed);
        }
        for (Wire.ImportCount count : answer.counts()) {
            Tally tally = tallies.computeIfAbsent(count.record(), kind -> new Tally());
            tally.stored += count.stored();
            tally.known += count.known();
            tally.forgotten += count.forgotten();
            tally.paused += count.paused();
        }
        for (Wire.ImportRejection rejection : answer.rejected()) {
            bad(places.get(rejection.index()), rejection.reason());
        }
        page.clear();
        places.clear();
        pageChars = 0;
    }

    void print() {
        source.contents()
                .forEach(
                        (what, count) ->
                                terminal.line(String.format(Locale.ROOT, "%8d  %s", count, what)));
        projects.forEach(
                (project, count) ->
                        terminal.line(
                                String.format(
                                        Locale.ROOT,
                                        "%8d  observations in project %s",
                                        count,
                                        project)));
        tallies.forEach((kind, tally) -> terminal.line(line(kind, tally)));
        leftOut.forEach(
                (what, count) ->
                        terminal.line(
                                String.format(Locale.ROOT, "%8d  left out: %s", count, what)));
        if (badCount > 0) {
            bad.forEach(
                    one ->
                            terminal.err()
                                    .println("  skipped " + one.where() + ": " + one.reason()));
            terminal.warning(
                    badCount
                            + " could not be read and "
                            + (badCount == 1 ? "was" : "were")
                            + " skipped",
                    "everything else was taken; running it again tries them once more");
        }
        terminal.line(
                String.format(
                        Locale.ROOT,
                        "%s in %s",
                        dryRun ? "dry run, nothing was stored; rehearsed" : "done",
                        Terminal.seconds(startedNanos)));
    }

    private String line(String kind, Tally tally) {
        var line =
                new StringBuilder(
                        String.format(
                                Locale.ROOT,
                                "  %s: %d %s, %d known",
                                kind,
                                tally.stored,
                                dryRun ? "to be stored" : "stored",
                                tally.known));
        if (tally.forgotten > 0) {
            line.append(", ").append(tally.forgotten).append(" forgotten before");
        }
        if (tally.paused > 0) {
            line.append(", ").append(tally.paused).append(" while capture was paused");
        }
        return line.toString();
    }

    /// One JSON document of the same.
    JsonNode json() {
        ObjectNode document = Json.mapper().createObjectNode();
        document.put("source", source.name());
        document.put("dry_run", dryRun);
        ObjectNode contents = document.putObject("contents");
        source.contents().forEach(contents::put);
        ObjectNode byProject = document.putObject("projects");
        projects.forEach(byProject::put);
        ObjectNode counts = document.putObject("records");
        tallies.forEach(
                (kind, tally) ->
                        counts.putObject(kind)
                                .put("stored", tally.stored)
                                .put("known", tally.known)
                                .put("forgotten", tally.forgotten)
                                .put("paused", tally.paused));
        ObjectNode out = document.putObject("left_out");
        leftOut.forEach(out::put);
        document.put("skipped_count", badCount);
        var skipped = document.putArray("skipped");
        bad.forEach(
                one -> skipped.addObject().put("where", one.where()).put("reason", one.reason()));
        document.put("seconds", (System.nanoTime() - startedNanos) / 1e9);
        return document;
    }
}
