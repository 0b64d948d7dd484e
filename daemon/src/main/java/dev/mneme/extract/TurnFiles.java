package dev.mneme.extract;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The files that are different after a turn, named from the folder it began in.
///
/// What was made and deleted within the turn is not among them. A folder that was deleted stands
/// for the files that were seen in it.
final class TurnFiles {

    private final String root;
    private final Set<String> changed = new LinkedHashSet<>();
    private final Set<String> made = new LinkedHashSet<>();
    private final Set<String> seen = new LinkedHashSet<>();
    private final Map<String, Integer> edits = new LinkedHashMap<>();

    /// @param root the folder the turn began in; empty where nobody knows
    TurnFiles(String root) {
        this.root = stripped(root);
    }

    /// A path as the session's folder would name it.
    ///
    /// @param cwd the folder the path is relative to, if it is
    String named(String path, String cwd) {
        String file = path.replace('\\', '/');
        boolean absolute =
                file.startsWith("/") || file.startsWith("~") || file.matches("[A-Za-z]:/.*");
        String folder = stripped(cwd);
        String whole = absolute || folder.isEmpty() ? file : folder + "/" + file;
        return !root.isEmpty() && whole.startsWith(root + "/")
                ? whole.substring(root.length() + 1)
                : absolute || folder.equals(root) ? file : whole;
    }

    /// A file that was looked at, whatever for.
    void saw(String file) {
        seen.add(file);
    }

    void change(Collection<String> files) {
        for (String file : files) {
            changed.add(file);
            seen.add(file);
            edits.merge(file, 1, Integer::sum);
        }
    }

    void create(Collection<String> files) {
        for (String file : files) {
            if (!seen.contains(file)) {
                made.add(file);
            }
        }
        change(files);
    }

    void delete(Collection<String> files) {
        for (String file : files) {
            String folder = stripped(file) + "/";
            List<String> inside = seen.stream().filter(known -> known.startsWith(folder)).toList();
            List<String> gone = inside.isEmpty() ? List.of(stripped(file)) : inside;
            for (String one : gone) {
                if (made.remove(one)) {
                    changed.remove(one);
                } else {
                    changed.add(one);
                }
            }
        }
    }

    boolean isEmpty() {
        return changed.isEmpty();
    }

    List<String> all() {
        return List.copyOf(changed);
    }

    /// The new ones among them.
    List<String> made() {
        return made.stream().filter(changed::contains).toList();
    }

    /// A file that went from one folder to another under its name.
    boolean hasMoved() {
        var names = new ArrayList<String>();
        for (String file : made()) {
            names.add(name(file));
        }
        return changed.stream()
                .anyMatch(file -> !made.contains(file) && names.contains(name(file)));
    }

    static String name(String file) {
        return file.substring(file.lastIndexOf('/') + 1);
    }

    private static String stripped(String folder) {
        String path = folder.replace('\\', '/');
        while (path.length() > 1 && path.endsWith("/")) {
            path = path.substring(0, path.length() - 1);
        }
        return path.startsWith("./") ? path.substring(2) : path;
    }
}
