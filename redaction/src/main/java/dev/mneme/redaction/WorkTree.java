package dev.mneme.redaction;

import org.jspecify.annotations.Nullable;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/// What a hook knows of git: where a repository begins, and which other folder it is a work tree
/// of.
public final class WorkTree {

    /// A path deeper than this is not walked further up.
    private static final int DEPTH_MAX = 100;

    private static final int LINE_BYTES_MAX = 8 * 1024;
    private static final String POINTER = "gitdir:";

    private WorkTree() {}

    /// The folder that holds `.git`, from a folder upwards; null outside of repositories.
    public static @Nullable File rootOrNull(File folder) {
        File candidate = folder;
        for (int depth = 0; candidate != null && depth < DEPTH_MAX; depth++) {
            if (isRoot(candidate)) {
                return candidate;
            }
            candidate = candidate.getParentFile();
        }
        return null;
    }

    public static boolean isRoot(File folder) {
        return new File(folder, ".git").exists();
    }

    /// The main work tree that a linked one belongs to; null for a root that is no linked one.
    public static @Nullable File mainOrNull(File root) {
        String pointer = lineOrNull(new File(root, ".git"));
        if (pointer == null || !pointer.startsWith(POINTER)) {
            return null;
        }
        File own = resolved(root, pointer.substring(POINTER.length()).strip());
        String common = lineOrNull(new File(own, "commondir"));
        if (common == null) {
            return null;
        }
        try {
            File shared = resolved(own, common).getCanonicalFile();
            return shared.getName().equals(".git") ? shared.getParentFile() : shared;
        } catch (IOException unreadable) {
            return null;
        }
    }

    private static File resolved(File base, String path) {
        File file = new File(path);
        return file.isAbsolute() ? file : new File(base, path);
    }

    private static @Nullable String lineOrNull(File file) {
        if (!file.isFile()) {
            return null;
        }
        try (InputStream in = new FileInputStream(file)) {
            String text = new String(in.readNBytes(LINE_BYTES_MAX), StandardCharsets.UTF_8);
            int end = text.indexOf('\n');
            return (end < 0 ? text : text.substring(0, end)).strip();
        } catch (IOException unreadable) {
            return null;
        }
    }
}
