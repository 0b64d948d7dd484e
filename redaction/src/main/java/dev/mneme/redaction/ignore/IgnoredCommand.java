package dev.mneme.redaction.ignore;

import org.jspecify.annotations.Nullable;

import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// Says whether a shell command names an ignored file.
///
/// Every folder that the command names may be where it goes on (`cd`, `-C`, `--directory`), so
/// later words are looked up there as well. Wildcards are expanded as a shell would.
final class IgnoredCommand {

    /// Folders that words are looked up in.
    private static final int FOLDERS_MAX = 8;

    /// What the wildcards of one word may stand for.
    private static final int EXPANDED_MAX = 2_000;

    private final IgnoreScope scope;
    private final List<String> folders = new ArrayList<>();

    IgnoredCommand(IgnoreScope scope) {
        this.scope = scope;
        folders.add(scope.cwd());
    }

    /// Where the command may have been at work, the event's own folder first.
    List<String> folders() {
        return folders;
    }

    boolean namesIgnored(String command, boolean escapes) {
        String home = Objects.requireNonNullElse(scope.home(), "~");
        List<String> words = CommandWords.of(command, escapes, home, scope.cwd());
        for (String word : words) {
            if (isIgnored(word)) {
                return true;
            }
        }
        return CommandWords.isTooMuch(command, words) && scope.hasSeenRules();
    }

    private boolean isIgnored(String word) {
        int known = folders.size();
        for (int i = 0; i < known; i++) {
            String path = scope.absoluteOrNull(word, folders.get(i));
            if (path == null) {
                continue;
            }
            scope.work().look();
            boolean exists = new File(path).exists();
            if (!exists && Glob.isWild(path)) {
                if (isAnyIgnored(path)) {
                    return true;
                }
            } else if (scope.isIgnoredPath(path, word.endsWith("/"), exists)) {
                return true;
            } else if (exists) {
                remember(path);
            }
        }
        return false;
    }

    private void remember(String path) {
        if (folders.size() < FOLDERS_MAX && !folders.contains(path)) {
            scope.work().look();
            if (new File(path).isDirectory()) {
                folders.add(path);
            }
        }
    }

    /// The part before the first wildcard may be ignored by itself.
    private boolean isAnyIgnored(String path) {
        String fixed = fixedFolderOrNull(path);
        if (fixed != null && scope.isIgnoredPath(fixed, true)) {
            return true;
        }
        List<String> found = new ArrayList<>();
        found.add(path.startsWith("/") ? "/" : "");
        int start = path.startsWith("/") ? 1 : 0;
        while (start <= path.length() && !found.isEmpty()) {
            int slash = path.indexOf('/', start);
            int end = slash < 0 ? path.length() : slash;
            found = step(found, path.substring(start, end));
            start = end + 1;
        }
        for (String file : found) {
            if (scope.isIgnoredPath(file, false)) {
                return true;
            }
        }
        return found.size() >= EXPANDED_MAX && scope.hasSeenRules();
    }

    /// The folder that a wildcard pattern begins in; null where that is the root.
    static @Nullable String fixedFolderOrNull(String path) {
        int wild = 0;
        while (wild < path.length() && !Glob.isWild(path.substring(wild, wild + 1))) {
            wild++;
        }
        int slash = path.lastIndexOf('/', wild);
        return slash <= 0 ? null : path.substring(0, slash);
    }

    private List<String> step(List<String> from, String name) {
        List<String> found = new ArrayList<>();
        if (!Glob.isWild(name)) {
            for (String folder : from) {
                found.add(child(folder, name));
            }
            return found;
        }
        if (name.equals("**")) {
            found.addAll(from);
            for (int i = 0; i < found.size() && found.size() < EXPANDED_MAX; i++) {
                list(found.get(i), null, found);
            }
            return found;
        }
        Glob glob = new Glob(Glob.bytes(name), false, false);
        for (String folder : from) {
            list(folder, glob, found);
        }
        return found;
    }

    private void list(String folder, @Nullable Glob glob, List<String> found) {
        scope.work().look();
        String[] names = new File(folder.isEmpty() ? "/" : folder).list();
        if (names == null) {
            return;
        }
        for (String name : names) {
            if (found.size() >= EXPANDED_MAX || scope.work().isSpent()) {
                return;
            }
            scope.work().spend(1 + name.length());
            boolean hidden = name.startsWith(".");
            if (glob == null ? !hidden : glob.matches(Glob.bytes(name))) {
                // A shell leaves hidden files out unless the pattern begins with a dot.
                if (glob == null || !hidden || glob.beginsWithDot()) {
                    found.add(child(folder, name));
                }
            }
        }
    }

    private static String child(String folder, String name) {
        return folder.endsWith("/") || folder.isEmpty() ? folder + name : folder + "/" + name;
    }
}
