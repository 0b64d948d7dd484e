package dev.mneme.redaction.ignore;

import org.jspecify.annotations.Nullable;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.LinkedHashMap;
import java.util.Map;

/// Reads ignore files, and keeps those read last for as long as they do not change; safe to share
/// between threads.
final class IgnoreFiles {

    /// In `$MNEME_HOME` for all projects, and in any folder.
    static final String NAME = ".mnemeignore";

    /// What the file was called in Mneme's predecessor.
    static final String OLD_NAME = ".agentmemoryignore";

    private static final int KEPT_MAX = 256;

    private record Kept(String stamp, IgnoreFile file) {}

    /// In the order of last use.
    private final Map<String, Kept> kept = new LinkedHashMap<>(16, 0.75f, true);

    private final boolean ignoreCase;

    IgnoreFiles(boolean ignoreCase) {
        this.ignoreCase = ignoreCase;
    }

    /// Those of a folder, the one that decides last; null where it has none.
    IgnoreFile @Nullable [] in(String folder, Work work) {
        IgnoreFile old = readOrNull(folder, OLD_NAME, work);
        IgnoreFile current = readOrNull(folder, NAME, work);
        if (old == null) {
            return current == null ? null : new IgnoreFile[] {current};
        }
        return current == null ? new IgnoreFile[] {old} : new IgnoreFile[] {old, current};
    }

    private @Nullable IgnoreFile readOrNull(String folder, String name, Work work) {
        work.look();
        File file = new File(folder, name);
        // One look at the disk, and no exception where there is nothing, which is nearly always.
        if (file.lastModified() == 0 || file.isDirectory()) {
            return null;
        }
        String stamp;
        try {
            BasicFileAttributes attributes =
                    Files.readAttributes(file.toPath(), BasicFileAttributes.class);
            stamp =
                    attributes.lastModifiedTime()
                            + " "
                            + attributes.size()
                            + " "
                            + attributes.fileKey();
        } catch (IOException | InvalidPathException unreadable) {
            return file.exists() ? IgnoreFile.EVERYTHING : null;
        }
        String path = file.getPath();
        synchronized (kept) {
            Kept known = kept.get(path);
            if (known != null && known.stamp().equals(stamp)) {
                return known.file();
            }
        }
        IgnoreFile read;
        try (InputStream in = new FileInputStream(file)) {
            read = IgnoreFile.parse(in.readNBytes(IgnoreFile.FILE_BYTES_MAX + 1), ignoreCase);
        } catch (IOException unreadable) {
            return file.exists() ? IgnoreFile.EVERYTHING : null;
        }
        synchronized (kept) {
            kept.put(path, new Kept(stamp, read));
            if (kept.size() > KEPT_MAX) {
                kept.remove(kept.keySet().iterator().next());
            }
        }
        return read;
    }
}
