package dev.mneme.models;

import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.models.KnownModel;
import dev.mneme.protocol.models.Mirror;
import dev.mneme.protocol.models.ModelPull;
import dev.mneme.protocol.models.ModelRegistry;
import dev.mneme.protocol.models.ModelShelf;
import dev.mneme.protocol.models.PullFailure;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/// Brings a model here, or reads one again, in the background: one at a time, and only because a
/// person asked for it. What has arrived stays when it is told to end, as with the command line,
/// which does the same in a process of its own; a lock in the model's folder keeps the two apart.
///
/// How the last one ended is known until the next begins. Safe for use by several threads.
public final class ModelWork implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ModelWork.class);

    /// A server that is silent may keep a read for its half minute; its thread is no reason for a
    /// daemon to stay.
    private static final Duration LEAVE_TIMEOUT = Duration.ofSeconds(2);

    /// What is being done.
    public enum Kind {
        PULL,
        VERIFY
    }

    /// How it stands.
    public enum State {
        RUNNING,
        DONE,
        STOPPED,
        FAILED
    }

    /// How far it is, or how it ended.
    ///
    /// @param file what is on its way; empty where that is not said
    /// @param bytes how much of it is there
    /// @param total of how much; null where nobody knows
    /// @param problem why it failed, with `hint` what to do about it; null where it did not
    public record Progress(
            String model,
            Kind kind,
            State state,
            String file,
            long bytes,
            @Nullable Long total,
            @Nullable String problem,
            @Nullable String hint) {

        private Progress ended(State how, @Nullable String why, @Nullable String what) {
            return new Progress(model, kind, how, file, bytes, total, why, what);
        }
    }

    private final MnemeHome home;
    private final Map<String, String> environment;
    private @Nullable Progress progress;
    private @Nullable Thread worker;
    private boolean stopping;

    /// @param environment where another server to get models from may be named
    public ModelWork(MnemeHome home, Map<String, String> environment) {
        this.home = home;
        this.environment = Map.copyOf(environment);
    }

    /// What is under way, or how the last one ended.
    public synchronized Optional<Progress> progress() {
        return Optional.ofNullable(progress);
    }

    /// Whether something is under way with this model.
    public synchronized boolean isAt(KnownModel model) {
        Progress now = progress;
        return now != null && now.state() == State.RUNNING && now.model().equals(model.name());
    }

    /// Begins, unless something is under way.
    ///
    /// @return false where something is
    public synchronized boolean begin(KnownModel model, Kind kind) {
        Progress now = progress;
        if (now != null && now.state() == State.RUNNING) {
            return false;
        }
        progress = new Progress(model.name(), kind, State.RUNNING, "", 0, null, null, null);
        stopping = false;
        worker = Thread.ofPlatform().daemon().name("mneme-models").start(() -> run(model, kind));
        return true;
    }

    /// Ends what is under way; false where nothing was.
    public synchronized boolean stop() {
        Progress now = progress;
        Thread running = worker;
        if (now == null || now.state() != State.RUNNING || running == null) {
            return false;
        }
        stopping = true;
        running.interrupt();
        return true;
    }

    @Override
    public void close() {
        Thread running;
        synchronized (this) {
            running = stop() ? worker : null;
        }
        if (running != null) {
            try {
                running.join(LEAVE_TIMEOUT);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void run(KnownModel model, Kind kind) {
        try {
            var shelf = new ModelShelf(home, ModelRegistry.of(home));
            if (kind == Kind.PULL) {
                pull(shelf, model);
            }
            ended(kind == Kind.VERIFY ? shelf.verify(model) : shelf.state(model));
        } catch (InterruptedException told) {
            failed("it was told to end", "");
        } catch (PullFailure failure) {
            failed(String.valueOf(failure.getMessage()), failure.hint());
        } catch (IOException failure) {
            failed(
                    "`"
                            + model.name()
                            + "` cannot be read or written ("
                            + failure.getMessage()
                            + ")",
                    "check that `" + home.models() + "` is yours and its disk has room");
        } catch (RuntimeException bug) {
            LOG.error("model work failed: model={} kind={}", model.name(), kind, bug);
            failed("something went wrong with `" + model.name() + "`", "see `mneme logs`");
        }
    }

    private void pull(ModelShelf shelf, KnownModel model)
            throws PullFailure, IOException, InterruptedException {
        new ModelPull(home, shelf, Mirror.of(home, environment))
                .run(
                        model,
                        new ModelPull.Listener() {
                            @Override
                            public void progress(
                                    KnownModel.File file, long bytes, @Nullable Long total) {
                                arrived(file.name(), bytes, total);
                            }

                            @Override
                            public void done(
                                    KnownModel.File file, String sha256, boolean recorded) {
                                LOG.info("model file is here: {}/{}", model.name(), file.name());
                            }
                        });
    }

    private synchronized void arrived(String file, long bytes, @Nullable Long total) {
        Progress now = progress;
        if (now != null) {
            progress =
                    new Progress(
                            now.model(), now.kind(), State.RUNNING, file, bytes, total, null, null);
        }
    }

    private void ended(ModelShelf.State state) {
        switch (state) {
            case ModelShelf.State.Ready _ -> end(State.DONE, null, null);
            case ModelShelf.State.Absent _ -> failed("it is not here", "get it first");
            case ModelShelf.State.Broken(var file, var why) ->
                    failed("`" + file + "`: " + why, "get it again");
        }
    }

    /// What breaks off because it was told to has not failed.
    private synchronized void failed(String problem, String hint) {
        if (stopping) {
            end(State.STOPPED, null, null);
        } else {
            end(State.FAILED, problem, hint);
        }
    }

    private synchronized void end(State how, @Nullable String problem, @Nullable String hint) {
        Progress now = progress;
        if (now != null) {
            progress = now.ended(how, problem, hint);
        }
        worker = null;
    }
}
