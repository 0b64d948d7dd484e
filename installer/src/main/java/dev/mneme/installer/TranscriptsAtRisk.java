package dev.mneme.installer;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

import dev.mneme.protocol.Json;
import dev.mneme.protocol.client.DaemonClient;
import dev.mneme.protocol.client.DaemonUnavailable;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Transcripts that Claude Code will soon delete and nothing is known of here. It deletes them
/// `cleanupPeriodDays` after they were last written to, and says nothing.
///
/// @param count of those whose session is not stored
/// @param days within which the first of them is deleted; 0 where that may be now
@JsonInclude(JsonInclude.Include.ALWAYS)
record TranscriptsAtRisk(
        @JsonProperty("count") int count,
        @JsonProperty("days") long days,
        @JsonProperty("cleanup_period_days") int cleanupPeriodDays) {

    private static final String SETTING = "cleanupPeriodDays";
    private static final int CLEANUP_DAYS_DEFAULT = 30;

    /// So long before the deletion there is a hint.
    private static final Duration NOTICE = Duration.ofDays(7);

    private static final int FILES_LOOKED_AT_MAX = 20_000;
    private static final int SESSIONS_ASKED_MAX = 100;
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(2);

    /// What a person can do about it.
    static final String HINT = "keep them with `mneme import transcripts`";

    static Optional<TranscriptsAtRisk> look(Command command) {
        return look(
                command.surroundings().claude().directory(),
                command.daemon().client(),
                Clock.systemUTC());
    }

    /// Empty where there are none, or no daemon says which sessions are known.
    ///
    /// @param claude the folder of Claude Code
    static Optional<TranscriptsAtRisk> look(Path claude, DaemonClient client, Clock clock) {
        int period = period(claude.resolve("settings.json"));
        List<Transcript> due = due(claude.resolve("projects"), period, clock.instant());
        int unknown = 0;
        Instant first = Instant.MAX;
        for (Transcript transcript : due) {
            Optional<Boolean> known = isKnown(transcript, client);
            if (known.isEmpty()) {
                return Optional.empty();
            }
            if (!known.get()) {
                unknown++;
                first = transcript.changedAt().isBefore(first) ? transcript.changedAt() : first;
            }
        }
        if (unknown == 0) {
            return Optional.empty();
        }
        Duration left = Duration.between(clock.instant(), first.plus(Duration.ofDays(period)));
        return Optional.of(new TranscriptsAtRisk(unknown, Math.max(0, left.toDays()), period));
    }

    String words() {
        return (count == SESSIONS_ASKED_MAX ? "at least " : "")
                + count
                + (count == 1 ? " transcript that is" : " transcripts that are")
                + " not in memory will be deleted by Claude Code ("
                + SETTING
                + " "
                + cleanupPeriodDays
                + "), the first "
                + (days == 0 ? "any moment" : "in " + days + (days == 1 ? " day" : " days"));
    }

    private record Transcript(String session, Instant changedAt) {}

    /// Without a period of its own Claude Code keeps them for 30 days; 0 means that it keeps none.
    private static int period(Path settings) {
        try {
            JsonNode days = Json.tree(Files.readString(settings)).path(SETTING);
            return days.isIntegralNumber() && days.canConvertToInt() && days.intValue() > 0
                    ? days.intValue()
                    : CLEANUP_DAYS_DEFAULT;
        } catch (IOException | JacksonException none) {
            return CLEANUP_DAYS_DEFAULT;
        }
    }

    /// Those that are deleted soon, the oldest first. Only a project's own folder is looked into:
    /// subagents lie below their session.
    private static List<Transcript> due(Path projects, int period, Instant now) {
        Instant before = now.minus(Duration.ofDays(period)).plus(NOTICE);
        if (!Files.isDirectory(projects)) {
            return List.of();
        }
        var due = new ArrayList<Transcript>();
        try (Stream<Path> files = Files.walk(projects, 2)) {
            for (Path file :
                    files.filter(f -> f.toString().endsWith(".jsonl"))
                            .limit(FILES_LOOKED_AT_MAX)
                            .toList()) {
                Instant changedAt = Files.getLastModifiedTime(file).toInstant();
                if (changedAt.isBefore(before)) {
                    String name = file.getFileName().toString();
                    due.add(
                            new Transcript(
                                    name.substring(0, name.length() - ".jsonl".length()),
                                    changedAt));
                }
            }
        } catch (IOException | java.io.UncheckedIOException unreadable) {
            // A hint is not worth an error: what could be read counts.
        }
        return due.stream()
                .sorted(Comparator.comparing(Transcript::changedAt))
                .limit(SESSIONS_ASKED_MAX)
                .toList();
    }

    private static Optional<Boolean> isKnown(Transcript transcript, DaemonClient client) {
        try {
            int status =
                    client.get(
                                    "/api/sessions/"
                                            + URLEncoder.encode(
                                                    transcript.session(), StandardCharsets.UTF_8),
                                    ANSWER_TIMEOUT)
                            .status();
            return status == 200 || status == 404 ? Optional.of(status == 200) : Optional.empty();
        } catch (DaemonUnavailable down) {
            return Optional.empty();
        }
    }
}
