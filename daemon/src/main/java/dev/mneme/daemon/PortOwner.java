package dev.mneme.daemon;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// Says who listens on a port, where the system tells: on Linux, from `/proc`.
final class PortOwner {

    private static final String LISTENING = "0A";
    private static final int LOCAL_ADDRESS = 1;
    private static final int STATE = 3;
    private static final int INODE = 9;

    private PortOwner() {}

    static String describe(int port) {
        try {
            Set<String> sockets = new HashSet<>();
            for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
                sockets.addAll(listening(Path.of(table), port));
            }
            return owner(sockets).orElse("another program");
        } catch (IOException | RuntimeException unreadable) {
            return "another program";
        }
    }

    private static Set<String> listening(Path table, int port) throws IOException {
        var inodes = new HashSet<String>();
        if (!Files.isReadable(table)) {
            return inodes;
        }
        String suffix = ":" + String.format(Locale.ROOT, "%04X", port);
        for (String line : Files.readAllLines(table)) {
            String[] fields = line.strip().split("\\s+", -1);
            if (fields.length > INODE
                    && fields[STATE].equals(LISTENING)
                    && fields[LOCAL_ADDRESS].endsWith(suffix)) {
                inodes.add("socket:[" + fields[INODE] + "]");
            }
        }
        return inodes;
    }

    private static Optional<String> owner(Set<String> sockets) {
        return ProcessHandle.allProcesses()
                .filter(process -> holdsOne(process.pid(), sockets))
                .findFirst()
                .map(
                        process ->
                                "process "
                                        + process.pid()
                                        + process.info()
                                                .command()
                                                .map(command -> " (`" + command + "`)")
                                                .orElse(""));
    }

    private static boolean holdsOne(long pid, Set<String> sockets) {
        try (DirectoryStream<Path> descriptors =
                Files.newDirectoryStream(Path.of("/proc/" + pid + "/fd"))) {
            for (Path descriptor : descriptors) {
                if (Files.isSymbolicLink(descriptor)
                        && sockets.contains(Files.readSymbolicLink(descriptor).toString())) {
                    return true;
                }
            }
        } catch (IOException notOurs) {
            return false;
        }
        return false;
    }
}
