package dev.mneme.redaction.ignore;

import org.jspecify.annotations.Nullable;

import java.io.File;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Says of paths whether they are ignored, for the length of one event.
///
/// Asked from the root downwards, as git does: what lies in an ignored folder is ignored, whatever
/// a deeper file says. In each step the deepest ignore file comes first, the last line of it first,
/// and `$MNEME_HOME/.mnemeignore` comes last; its patterns count from the root of the repository,
/// and those that look like absolute paths also from the root of the file system.
final class IgnoreScope {

    private static final int PATH_CHARS_MAX = 4_096;

    private static final boolean WINDOWS = File.separatorChar == '\\';

    private record Level(IgnoreFile file, String base) {}

    private record Folder(boolean ignored, List<Level> levels) {}

    private final IgnoreLook disk;
    private final Work work = new Work();
    private final IgnoreFile @Nullable [] global;
    private final @Nullable String home;
    private final String cwd;
    private final Map<String, Folder> folders = new HashMap<>();
    private final Map<String, String> bases = new HashMap<>();
    private boolean seen;
    private boolean closed;

    /// @param cwd where relative paths begin; empty where there is none, and then they are not
    ///     looked at
    /// @param home the user's, for `~`
    IgnoreScope(IgnoreLook disk, @Nullable String mnemeHome, @Nullable String home, String cwd) {
        this.disk = disk;
        this.global = mnemeHome == null ? null : disk.filesIn(mnemeHome, work);
        this.seen = global != null;
        this.home = home;
        this.cwd = cwd.isEmpty() ? "" : normalized(slashed(cwd));
    }

    String cwd() {
        return cwd;
    }

    @Nullable String home() {
        return home;
    }

    Work work() {
        return work;
    }

    /// Something was ignored because an ignore file cannot be followed, or there was too much to
    /// look at.
    boolean isClosed() {
        return closed || isOverworked();
    }

    /// Whether any pattern was met so far.
    boolean hasSeenRules() {
        return seen;
    }

    /// There was more to look at than may be; where there are no patterns, that means nothing.
    boolean isOverworked() {
        return seen && work.isSpent();
    }

    /// Whether any pattern could hold for what lies in the working directory.
    boolean hasRules() {
        if (global != null) {
            return true;
        }
        if (cwd.isEmpty()) {
            return false;
        }
        Folder folder = folder(cwd, base(cwd));
        return folder.ignored() || !folder.levels().isEmpty();
    }

    /// An absolute path for what somebody wrote, links not resolved; null where it is none.
    @Nullable String absoluteOrNull(String written, String base) {
        if (written.isEmpty() || written.length() > PATH_CHARS_MAX || written.indexOf('\0') >= 0) {
            return null;
        }
        String path = slashed(written);
        if (path.startsWith("file://")) {
            path = path.substring("file://".length());
        }
        if (path.equals("~") || path.startsWith("~/")) {
            if (home == null) {
                return null;
            }
            path = slashed(home) + path.substring(1);
        }
        if (isAbsolute(path)) {
            return normalized(path);
        }
        return base.isEmpty() ? null : normalized(base + "/" + path);
    }

    /// Whether something that was named in an event is ignored; relative to the working directory.
    boolean isIgnored(String written) {
        String path = absoluteOrNull(written, cwd);
        return path != null && isIgnoredPath(path, endsLikeFolder(written));
    }

    /// The same for an absolute path, under its own name and under that of what it links to.
    boolean isIgnoredPath(String path, boolean folder) {
        return isIgnoredPath(path, folder, disk.exists(path));
    }

    /// As above for what may be no path at all: only its folder is followed to where it links.
    boolean isIgnoredMention(String path, boolean folder) {
        return isIgnoredPath(path, folder, false);
    }

    boolean isIgnoredPath(String path, boolean folder, boolean exists) {
        if (work.isSpent()) {
            return seen;
        }
        if (decide(path, folder)) {
            return true;
        }
        String real = realOf(path, exists);
        return !real.equals(path) && decide(real, folder);
    }

    private static boolean endsLikeFolder(String written) {
        return written.endsWith("/") || (WINDOWS && written.endsWith("\\"));
    }

    private boolean decide(String path, boolean folder) {
        String parent = parentOf(path);
        if (parent == null) {
            return false;
        }
        String base = base(parent);
        Folder above = folder(parent, base);
        return above.ignored() || matches(above.levels(), base, path, new Look(path, folder));
    }

    private Folder folder(String path, String base) {
        String key = base + "\0" + path;
        Folder known = folders.get(key);
        if (known != null) {
            return known;
        }
        String parent = parentOf(path);
        List<Level> levels = List.of();
        boolean ignored = false;
        if (parent != null) {
            Folder above = folder(parent, base);
            levels = above.levels();
            ignored = above.ignored() || matches(levels, base, path, new Look(path, true));
        }
        Folder made = new Folder(ignored, ignored ? levels : withFilesOf(path, levels));
        folders.put(key, made);
        return made;
    }

    private List<Level> withFilesOf(String path, List<Level> above) {
        IgnoreFile[] own = disk.filesIn(path, work);
        // What a linked work tree does not hold itself is taken from the main one.
        String main = disk.mainOrNull(path, work);
        IgnoreFile[] shared = main == null ? null : disk.filesIn(main, work);
        if (own == null && shared == null) {
            return above;
        }
        List<Level> levels = new ArrayList<>(above);
        add(levels, shared, path);
        add(levels, own, path);
        seen |= !levels.isEmpty();
        return levels;
    }

    private static void add(List<Level> levels, IgnoreFile @Nullable [] found, String base) {
        if (found == null) {
            return;
        }
        for (IgnoreFile file : found) {
            if (!file.isEmpty()) {
                levels.add(new Level(file, base));
            }
        }
    }

    private boolean matches(List<Level> levels, String base, String path, Look look) {
        for (int i = levels.size() - 1; i >= 0; i--) {
            Level level = levels.get(i);
            IgnoreFile.Word word =
                    level.file().match(Glob.bytes(below(path, level.base())), look, work);
            if (word != IgnoreFile.Word.NOTHING) {
                return said(word, level.file());
            }
        }
        if (global == null) {
            return false;
        }
        for (int i = global.length - 1; i >= 0; i--) {
            IgnoreFile.Word word = IgnoreFile.Word.NOTHING;
            if (isBelow(path, base)) {
                word = global[i].match(Glob.bytes(below(path, base)), look, work);
            }
            if (word == IgnoreFile.Word.NOTHING) {
                word = global[i].matchAbsolute(Glob.bytes(below(path, "/")), look, work);
            }
            if (word != IgnoreFile.Word.NOTHING) {
                return said(word, global[i]);
            }
        }
        return false;
    }

    private boolean said(IgnoreFile.Word word, IgnoreFile file) {
        closed |= file.isEverything();
        return word == IgnoreFile.Word.IGNORED;
    }

    /// Where the global file's patterns begin: the repository around a folder, else the working
    /// directory if it lies there, else the root.
    private String base(String folder) {
        if (global == null) {
            return "/";
        }
        String known = bases.get(folder);
        if (known != null) {
            return known;
        }
        String found;
        if (disk.isRoot(folder, work)) {
            found = folder;
        } else {
            String parent = parentOf(folder);
            String above = parent == null ? "/" : base(parent);
            boolean outside = above.equals("/") || above.equals(cwd);
            found = outside && folder.equals(cwd) ? cwd : above;
        }
        bases.put(folder, found);
        return found;
    }

    /// The last name is looked at as well: it may be a link itself.
    private String realOf(String path, boolean exists) {
        if (exists) {
            return disk.canonical(path, work);
        }
        String parent = parentOf(path);
        if (parent == null) {
            return path;
        }
        String realParent = disk.canonical(parent, work);
        String name = path.substring(path.lastIndexOf('/') + 1);
        return realParent.endsWith("/") ? realParent + name : realParent + "/" + name;
    }

    static @Nullable String parentOf(String path) {
        int slash = path.lastIndexOf('/');
        if (slash < 0 || path.length() == 1 || (WINDOWS && path.length() <= 3)) {
            return null;
        }
        if (slash == 0) {
            return "/";
        }
        return WINDOWS && slash == 2 ? path.substring(0, 3) : path.substring(0, slash);
    }

    private static boolean isBelow(String path, String base) {
        return base.equals("/")
                || (path.length() > base.length()
                        && path.startsWith(base)
                        && path.charAt(base.length()) == '/');
    }

    private static String below(String path, String base) {
        return path.substring(base.endsWith("/") ? base.length() : base.length() + 1);
    }

    private static boolean isAbsolute(String path) {
        return path.startsWith("/")
                || (WINDOWS && path.length() > 2 && path.charAt(1) == ':' && path.charAt(2) == '/');
    }

    static String slashed(String path) {
        return WINDOWS ? path.replace('\\', '/') : path;
    }

    /// Without `.`, `..`, doubled slashes and one at the end.
    static String normalized(String path) {
        if (!path.contains("//") && !path.contains("/.") && !path.endsWith("/")) {
            return path;
        }
        List<String> names = new ArrayList<>();
        int start = 0;
        while (start <= path.length()) {
            int end = path.indexOf('/', start);
            if (end < 0) {
                end = path.length();
            }
            String name = path.substring(start, end);
            if (name.equals("..")) {
                if (!names.isEmpty()) {
                    names.remove(names.size() - 1);
                }
            } else if (!name.isEmpty() && !name.equals(".")) {
                names.add(name);
            }
            start = end + 1;
        }
        String joined = String.join("/", names);
        return path.startsWith("/") ? "/" + joined : joined;
    }

    /// What is not there counts as a folder: it may have been one a moment ago.
    private final class Look implements IgnoreFile.Kind {

        private final String path;
        private boolean known;
        private boolean folder;

        Look(String path, boolean folder) {
            this.path = path;
            this.known = folder;
            this.folder = folder;
        }

        @Override
        public boolean isFolder() {
            if (!known) {
                work.look();
                File file = new File(path);
                folder = file.isDirectory() || !file.exists();
                known = true;
            }
            return folder;
        }
    }
}
