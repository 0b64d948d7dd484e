package dev.mneme.redaction.pause;

import org.jspecify.annotations.Nullable;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// `$MNEME_HOME/paused`: one line for each pause, fields separated by tabs, absent when there is
/// none.
///
/// ```
/// mneme-paused 1
/// project<tab>since<tab>until<tab>id<tab>name<tab>folder…
/// ```
public final class PauseFile {

    public static final String NAME = "paused";

    /// More than a person would ever pause one by one.
    public static final int PAUSES_MAX = 500;

    private static final int BYTES_MAX = 512 * 1024;
    private static final long LOCK_MILLIS_MAX = 5_000;
    private static final long LOCK_POLL_MILLIS = 20;

    private static final String HEADER = "mneme-paused 1";
    private static final int FIXED_FIELDS = 5;

    private static final Set<PosixFilePermission> MODE =
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

    private final File file;
    private final File lock;

    public PauseFile(File mnemeHome) {
        this.file = new File(mnemeHome, NAME);
        this.lock = new File(mnemeHome, NAME + ".lock");
    }

    /// What is paused, those that are over included. A file that cannot be read pauses everything:
    /// what somebody wanted kept out must not come in by a damaged disk.
    public List<Pause> read() {
        if (file.lastModified() == 0) {
            return List.of();
        }
        try (InputStream in = new FileInputStream(file)) {
            byte[] content = in.readNBytes(BYTES_MAX + 1);
            List<Pause> pauses =
                    content.length > BYTES_MAX
                            ? null
                            : parseOrNull(new String(content, StandardCharsets.UTF_8));
            return pauses == null ? everything() : pauses;
        } catch (IOException unreadable) {
            return file.exists() ? everything() : List.of();
        }
    }

    /// Those that hold now.
    public List<Pause> current(long nowMillis) {
        List<Pause> current = new ArrayList<>();
        for (Pause pause : read()) {
            if (!pause.isOver(nowMillis)) {
                current.add(pause);
            }
        }
        return current;
    }

    /// Changes what is read to what is kept; one writer at a time, on the whole machine.
    public interface Change {
        List<Pause> of(List<Pause> current);
    }

    /// Those that are over go with every change.
    public List<Pause> change(long nowMillis, Change change) throws IOException {
        synchronized (PauseFile.class) {
            try (FileChannel channel = open(lock.toPath())) {
                FileLock held = lock(channel);
                try {
                    List<Pause> changed = change.of(current(nowMillis));
                    if (changed.size() > PAUSES_MAX) {
                        throw new IOException("more than " + PAUSES_MAX + " pauses");
                    }
                    write(changed);
                    return changed;
                } finally {
                    held.release();
                }
            }
        }
    }

    /// A pause of the same thing is replaced.
    public List<Pause> add(Pause pause, long nowMillis) throws IOException {
        return change(
                nowMillis,
                current -> {
                    List<Pause> kept = without(current, pause);
                    kept.add(pause);
                    return kept;
                });
    }

    public List<Pause> remove(Pause pause, long nowMillis) throws IOException {
        return change(nowMillis, current -> without(current, pause));
    }

    private static List<Pause> without(List<Pause> pauses, Pause same) {
        List<Pause> kept = new ArrayList<>();
        for (Pause pause : pauses) {
            if (!pause.isSameAs(same)) {
                kept.add(pause);
            }
        }
        return kept;
    }

    private static FileLock lock(FileChannel channel) throws IOException {
        long deadline = System.nanoTime() + LOCK_MILLIS_MAX * 1_000_000;
        while (true) {
            try {
                FileLock held = channel.tryLock();
                if (held != null) {
                    return held;
                }
            } catch (OverlappingFileLockException anotherHereHasIt) {
                // Then it is waited for like one elsewhere.
            }
            if (System.nanoTime() > deadline) {
                throw new IOException("another process keeps `" + NAME + ".lock`");
            }
            try {
                Thread.sleep(LOCK_POLL_MILLIS);
            } catch (InterruptedException stop) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", stop);
            }
        }
    }

    private void write(List<Pause> pauses) throws IOException {
        Path target = file.toPath();
        if (pauses.isEmpty()) {
            Files.deleteIfExists(target);
            return;
        }
        StringBuilder text = new StringBuilder(HEADER).append('\n');
        for (Pause pause : pauses) {
            append(text, pause);
        }
        Path draft = target.resolveSibling(NAME + ".tmp-" + ProcessHandle.current().pid());
        Files.deleteIfExists(draft);
        try (FileChannel channel = open(draft)) {
            ByteBuffer bytes = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(
                draft, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static FileChannel open(Path path) throws IOException {
        boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
        FileAttribute<?>[] attributes =
                posix
                        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(MODE)}
                        : new FileAttribute<?>[0];
        return FileChannel.open(
                path, Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE), attributes);
    }

    private static void append(StringBuilder text, Pause pause) {
        text.append(pause.kind().word())
                .append('\t')
                .append(pause.sinceMillis())
                .append('\t')
                .append(pause.untilMillis())
                .append('\t')
                .append(pause.projectId())
                .append('\t')
                .append(escaped(pause.name()));
        for (String folder : pause.folders()) {
            text.append('\t').append(escaped(folder));
        }
        text.append('\n');
    }

    private static @Nullable List<Pause> parseOrNull(String text) {
        List<Pause> pauses = new ArrayList<>();
        boolean header = true;
        int start = 0;
        while (start < text.length()) {
            int end = text.indexOf('\n', start);
            if (end < 0) {
                return null;
            }
            String line = text.substring(start, end);
            start = end + 1;
            if (header) {
                if (!line.equals(HEADER)) {
                    return null;
                }
                header = false;
                continue;
            }
            Pause pause = pauseOrNull(line);
            if (pause == null) {
                return null;
            }
            pauses.add(pause);
        }
        return header ? null : pauses;
    }

    private static @Nullable Pause pauseOrNull(String line) {
        List<String> fields = new ArrayList<>();
        int start = 0;
        while (start <= line.length()) {
            int end = line.indexOf('\t', start);
            if (end < 0) {
                end = line.length();
            }
            fields.add(unescaped(line.substring(start, end)));
            start = end + 1;
        }
        Pause.Kind kind = Pause.Kind.ofWordOrNull(fields.get(0));
        if (kind == null || fields.size() < FIXED_FIELDS) {
            return null;
        }
        try {
            return new Pause(
                    kind,
                    fields.get(4),
                    Long.parseLong(fields.get(3)),
                    fields.subList(FIXED_FIELDS, fields.size()),
                    Long.parseLong(fields.get(1)),
                    Long.parseLong(fields.get(2)));
        } catch (NumberFormatException damaged) {
            return null;
        }
    }

    private static List<Pause> everything() {
        return List.of(Pause.all(0, 0));
    }

    private static String escaped(String text) {
        return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n");
    }

    private static String unescaped(String text) {
        if (text.indexOf('\\') < 0) {
            return text;
        }
        StringBuilder plain = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && i + 1 < text.length()) {
                i++;
                char kind = text.charAt(i);
                plain.append(kind == 't' ? '\t' : kind == 'n' ? '\n' : kind);
            } else {
                plain.append(c);
            }
        }
        return plain.toString();
    }
}
