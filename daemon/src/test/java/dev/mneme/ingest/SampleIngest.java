package dev.mneme.ingest;

import dev.mneme.meter.Meters;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.redaction.Redactor;
import dev.mneme.redaction.ignore.IgnoreRules;
import dev.mneme.store.Database;
import dev.mneme.store.EventStore;
import dev.mneme.store.JobStore;
import dev.mneme.store.ProjectStore;
import dev.mneme.store.SessionStore;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/// The way in with nothing set: no ignore files, no pause, the built-in lists.
public final class SampleIngest {

    private static final int ATTEMPTS_MAX = 3;

    private static final Duration TURN_IDLE_MAX = Duration.ofSeconds(60);

    private SampleIngest() {}

    public static Ingest on(Database database, Runnable newWork, InstantSource clock) {
        var projects = new ProjectResolver(database, new ProjectStore());
        return new Ingest(
                new CapturePauses(
                        new MnemeHome(Path.of("no-home")),
                        database,
                        new SessionStore(),
                        projects,
                        clock),
                new IgnoreRules(null, null),
                new CapturePolicy(
                        NameList.skippedTools(List.of()), NameList.readOnlyAgents(List.of())),
                new Redactor(),
                database,
                projects,
                new SessionStore(),
                new EventStore(TURN_IDLE_MAX),
                new JobStore(),
                new Arrivals() {
                    @Override
                    public void stored() {
                        newWork.run();
                    }

                    @Override
                    public void due() {
                        newWork.run();
                    }
                },
                clock,
                ATTEMPTS_MAX,
                new Meters());
    }
}
