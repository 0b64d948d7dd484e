package dev.mneme.redaction.ignore;

import dev.mneme.redaction.WorkTree;

import org.jspecify.annotations.Nullable;

import java.io.File;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/// One look at what the disk says about ignore files: each question is asked once, when it is first
/// needed.
///
/// It may be shared by events that had all arrived before it was made, and by no other: whoever
/// changed a file before sending an event can then be sure that the change is seen. Belongs to one
/// thread.
public final class IgnoreLook {

    private static final IgnoreFile[] NONE = {};
    private static final String NOWHERE = "";

    private final IgnoreFiles files;
    private final Map<String, IgnoreFile[]> filesIn = new HashMap<>();
    private final Map<String, String> mains = new HashMap<>();
    private final Map<String, Boolean> roots = new HashMap<>();
    private final Map<String, Boolean> existing = new HashMap<>();
    private final Map<String, String> canonical = new HashMap<>();

    IgnoreLook(IgnoreFiles files) {
        this.files = files;
    }

    /// As [IgnoreFiles#in].
    IgnoreFile @Nullable [] filesIn(String folder, Work work) {
        IgnoreFile[] known = filesIn.get(folder);
        if (known == null) {
            IgnoreFile[] found = files.in(folder, work);
            known = found == null ? NONE : found;
            filesIn.put(folder, known);
        }
        return known.length == 0 ? null : known;
    }

    /// The main work tree of a linked one; null for any other folder.
    @Nullable String mainOrNull(String folder, Work work) {
        String known = mains.get(folder);
        if (known == null) {
            work.look();
            File root = new File(folder);
            File main = new File(root, ".git").isFile() ? WorkTree.mainOrNull(root) : null;
            known = main == null ? NOWHERE : main.getPath();
            mains.put(folder, known);
        }
        return known.isEmpty() ? null : known;
    }

    /// Whether a repository begins in a folder.
    boolean isRoot(String folder, Work work) {
        Boolean known = roots.get(folder);
        if (known == null) {
            work.look();
            known = WorkTree.isRoot(new File(folder));
            roots.put(folder, known);
        }
        return known;
    }

    boolean exists(String path) {
        Boolean known = existing.get(path);
        if (known == null) {
            known = new File(path).exists();
            existing.put(path, known);
        }
        return known;
    }

    /// Where a path leads, links followed.
    String canonical(String path, Work work) {
        String known = canonical.get(path);
        if (known == null) {
            work.look();
            known = canonicalOf(path);
            canonical.put(path, known);
        }
        return known;
    }

    private static String canonicalOf(String path) {
        try {
            return IgnoreScope.slashed(new File(path).getCanonicalPath());
        } catch (IOException unreadable) {
            return path;
        }
    }
}
