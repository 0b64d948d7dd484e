package dev.mneme.daemon;

import dev.mneme.config.Settings;
import dev.mneme.protocol.DaemonInfo;
import dev.mneme.protocol.ErrorCode;
import dev.mneme.protocol.Json;
import dev.mneme.protocol.Limits;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.PrivateFiles;
import dev.mneme.queue.Loop;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Starts the daemon's parts in order and stops them in reverse: no more requests, then no more
/// work, then no more connections, then the server.
final class Lifecycle implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Lifecycle.class);

    /// How long an orderly stop may take before the process ends anyway.
    private static final long STOP_SECONDS_MAX = 25;

    /// Lets the system choose.
    private static final int ANY_PORT = 0;

    private final MnemeHome home;
    private final DatabaseServer server;
    private final Wiring wiring;
    private final Rehearsal rehearsal;

    private Lifecycle(MnemeHome home, DatabaseServer server, Wiring wiring, Rehearsal rehearsal) {
        this.home = home;
        this.server = server;
        this.wiring = wiring;
        this.rehearsal = rehearsal;
    }

    static Lifecycle start(MnemeHome home, Settings settings)
            throws StartFailure, InterruptedException {
        return start(home, settings, InstantSource.system());
    }

    static Lifecycle start(MnemeHome home, Settings settings, InstantSource clock)
            throws StartFailure, InterruptedException {
        checkPort(settings);
        return start(
                home,
                settings,
                DatabaseServer.open(home, settings, line -> LOG.info("starting: {}", line)),
                false,
                clock);
    }

    /// Starts everything above an open database, which is closed where that fails.
    static Lifecycle start(
            MnemeHome home, Settings settings, DatabaseServer server, boolean anyPort)
            throws StartFailure {
        return start(home, settings, server, anyPort, InstantSource.system());
    }

    private static Lifecycle start(
            MnemeHome home,
            Settings settings,
            DatabaseServer server,
            boolean anyPort,
            InstantSource clock)
            throws StartFailure {
        try {
            Migrator.checkLanguage(server.connection(), settings.language());
            Files.deleteIfExists(home.daemonInfo());
            String token = PrivateHome.token(home);
            var wiring = new Wiring(home, settings, server, token, Version.current(), clock);
            listen(wiring, settings, anyPort);
            wiring.loops().forEach(Loop::start);
            return new Lifecycle(
                    home, server, wiring, new Rehearsal(wiring.api(), token, home.root()));
        } catch (StartFailure failure) {
            server.close();
            throw failure;
        } catch (IOException | RuntimeException | LinkageError failed) {
            server.close();
            LOG.error("start failed: error={}", failed.getClass().getName(), failed);
            throw new StartFailure(
                    ErrorCode.INTERNAL,
                    "the daemon could not start (" + failed.getClass().getSimpleName() + ")",
                    "the end of `" + home.log().resolve("daemon.log") + "` says more");
        }
    }

    /// Runs the paths that every start and every session runs, without storing anything: a check
    /// that this installation works, and the training for its ahead-of-time cache.
    void rehearse() throws StartFailure {
        try {
            rehearsal.record();
        } catch (IOException failed) {
            throw new StartFailure(
                    ErrorCode.DAEMON_UNREACHABLE,
                    "the daemon started but did not answer (" + failed.getMessage() + ")",
                    "the end of `" + home.log().resolve("daemon.log") + "` says more");
        }
    }

    /// Says where the daemon listens; from here on others find it.
    void announce() throws StartFailure {
        var info =
                new DaemonInfo(
                        ProcessHandle.current().pid(), wiring.api().port(), Version.current());
        try {
            PrivateFiles.writeAtomically(home.daemonInfo(), Json.write(info) + "\n");
        } catch (IOException failed) {
            throw new StartFailure(
                    ErrorCode.DISK_FULL,
                    "cannot write `" + home.daemonInfo() + "` (" + failed.getMessage() + ")",
                    "free some space there");
        }
        LOG.info(
                "started: port={} pid={} version={} database=\"{}\"",
                info.port(),
                info.pid(),
                info.version(),
                server.describe());
    }

    /// Goes these paths again, a little and in the background, so that the first hooks find them
    /// gone before.
    void rehearseBeside() {
        rehearsal.start();
    }

    @Override
    public void close() {
        LOG.info("stopping");
        rehearsal.stop();
        try {
            Files.deleteIfExists(home.daemonInfo());
        } catch (IOException ignored) {
            // A stale address is noticed by whoever calls it.
        }
        wiring.api().close();
        wiring.stopWork();
        wiring.pool().close();
        server.close();
        LOG.info("stopped");
    }

    static void awaitStopped(CountDownLatch stopped) {
        try {
            if (!stopped.await(STOP_SECONDS_MAX, TimeUnit.SECONDS)) {
                LOG.warn("did not stop in time: seconds={}", STOP_SECONDS_MAX);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// Fails early where the configured port is taken: nothing has been started yet.
    private static void checkPort(Settings settings) throws StartFailure {
        if (settings.port().isPresent() && !isFree(settings.port().get())) {
            throw taken(settings.port().get());
        }
    }

    /// Listens on the configured port, or the first free one from the default upwards. Only a
    /// configured port that is taken is an error, because somebody relies on it.
    private static void listen(Wiring wiring, Settings settings, boolean anyPort)
            throws StartFailure {
        if (anyPort) {
            wiring.api().start(ANY_PORT);
            return;
        }
        int first = settings.port().orElse(Limits.PORT_DEFAULT);
        int last = settings.port().orElse(first + Limits.PORT_ATTEMPTS_MAX - 1);
        for (int port = first; port <= last; port++) {
            if (isFree(port)) {
                wiring.api().start(port);
                return;
            }
        }
        if (settings.port().isPresent()) {
            throw taken(first);
        }
        throw new StartFailure(
                ErrorCode.PORT_TAKEN,
                "no port from " + first + " to " + last + " is free",
                "set MNEME_PORT to one that is");
    }

    private static StartFailure taken(int port) {
        return new StartFailure(
                ErrorCode.PORT_TAKEN,
                "the configured port " + port + " is taken by " + PortOwner.describe(port),
                "stop that program, or set another MNEME_PORT");
    }

    private static boolean isFree(int port) {
        try (var probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1);
            return true;
        } catch (IOException taken) {
            return false;
        }
    }
}
