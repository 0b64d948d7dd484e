package dev.mneme.hook;

import org.jspecify.annotations.Nullable;

import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/// Starts a daemon that is down and waits until it listens, within the call's deadline.
///
/// The daemon gets none of our streams: Claude Code reads a hook's stdout and stderr to their end,
/// and a daemon that held one would keep the session waiting for as long as it lives. One hook at a
/// time starts one; the others wait for it. Nothing here ever ends a daemon.
final class DaemonStart {

    /// As `SessionEnvironment` of the module `protocol` has them.
    static final String[] FOREIGN_KEYS = {
        "DATABASE_URL",
        "AGENT_MEMORY_DATABASE_URL",
        "POSTGRES_HOST",
        "POSTGRES_PORT",
        "POSTGRES_DB",
        "POSTGRES_USER",
        "POSTGRES_PASSWORD",
        "PORT",
        "HOST"
    };

    private static final File SETSID = new File("/usr/bin/setsid");

    private final HookHome home;
    private final DaemonCall call;

    DaemonStart(HookHome home, DaemonCall call) {
        this.home = home;
        this.call = call;
    }

    @Nullable SocketChannel startAndConnect() throws IOException, InterruptedException {
        if (!home.daemonCommand().isFile()
                || !StartPause.isOver(home.starts(), System.currentTimeMillis())) {
            return null;
        }
        Spool.createDirectories(home.startLock().getParentFile());
        try (FileChannel channel =
                FileChannel.open(
                        home.startLock().toPath(),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE)) {
            FileOperations.restrict(home.startLock().toPath());
            FileLock lock = channel.tryLock();
            if (lock != null) {
                spawn();
            }
            return awaitConnection();
        }
    }

    private @Nullable SocketChannel awaitConnection() throws InterruptedException {
        while (call.millisLeft() > Deadlines.POLL_MS) {
            Thread.sleep(Deadlines.POLL_MS);
            SocketChannel connected = call.connectOrNull();
            if (connected != null) {
                return connected;
            }
        }
        return null;
    }

    private void spawn() throws IOException {
        List<String> command = new ArrayList<>();
        if (SETSID.canExecute()) {
            command.add(SETSID.getPath());
        }
        for (String argument :
                Files.readAllLines(home.daemonCommand().toPath(), StandardCharsets.UTF_8)) {
            if (!argument.isEmpty()) {
                command.add(argument);
            }
        }
        Spool.createDirectories(home.log());
        Path out = home.log().toPath().resolve("daemon.out");
        if (!Files.exists(out)) {
            Files.write(out, new byte[0], StandardOpenOption.CREATE);
        }
        FileOperations.restrict(out);
        boolean windows = System.getProperty("os.name", "").startsWith("Windows");
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .directory(home.root())
                        .redirectInput(new File(windows ? "NUL" : "/dev/null"))
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(out.toFile()));
        // In a session these speak of the project's own database and port, not of ours.
        for (String key : FOREIGN_KEYS) {
            builder.environment().remove(key);
        }
        builder.environment().put("MNEME_HOME", home.root().getPath());
        builder.start();
    }
}
