package dev.mneme.redaction.pause;

import dev.mneme.redaction.TopLevelText;
import dev.mneme.redaction.WorkTree;

import org.jspecify.annotations.Nullable;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Says of an event whether capture was off where and when it happened.
public final class CaptureSwitch {

    /// The file with which a folder speaks of its project.
    static final String PROJECT_FILE = ".mneme";

    private static final int PROJECT_FILE_BYTES_MAX = 8 * 1024;
    private static final int DEPTH_MAX = 100;

    private final PauseFile pauses;

    public CaptureSwitch(PauseFile pauses) {
        this.pauses = pauses;
    }

    /// Whether nothing of an event may be kept anywhere.
    ///
    /// @param projectFolder where the session began, if the caller knows it
    public boolean isOff(byte[] payload, @Nullable String projectFolder, long atMillis) {
        return look().isOff(payload, projectFolder, atMillis);
    }

    /// One look at the disk, for events that had all arrived before it was made. Belongs to one
    /// thread.
    public final class Look {

        private @Nullable List<Pause> all;
        private final Map<String, Boolean> off = new HashMap<>();

        private Look() {}

        /// What is in the pause file.
        public List<Pause> pauses() {
            if (all == null) {
                all = pauses.read();
            }
            return all;
        }

        /// As [CaptureSwitch#isOff].
        public boolean isOff(byte[] payload, @Nullable String projectFolder, long atMillis) {
            return CaptureSwitch.isOff(this, payload, projectFolder, atMillis);
        }

        private boolean isOff(@Nullable String folder) {
            if (folder == null) {
                return false;
            }
            Boolean known = off.get(folder);
            if (known == null) {
                known = offFileOrNull(folder) != null;
                off.put(folder, known);
            }
            return known;
        }
    }

    public Look look() {
        return new Look();
    }

    private static boolean isOff(
            Look look, byte[] payload, @Nullable String projectFolder, long atMillis) {
        List<Pause> all = look.pauses();
        String json = new String(payload, StandardCharsets.UTF_8);
        String cwd = TopLevelText.findOrNull(json, "cwd");
        if (!all.isEmpty()) {
            String session = TopLevelText.findOrNull(json, "session_id");
            for (Pause pause : all) {
                if (pause.heldAt(atMillis)
                        && (holds(pause, session, cwd) || holds(pause, null, projectFolder))) {
                    return true;
                }
            }
        }
        return look.isOff(cwd) || look.isOff(projectFolder);
    }

    private static boolean holds(Pause pause, @Nullable String session, @Nullable String folder) {
        return switch (pause.kind()) {
            case ALL -> true;
            case SESSION -> pause.name().equals(session);
            case PROJECT -> folder != null && holdsAt(pause, folder);
        };
    }

    /// Under the name it was given, under its real one, and for the repository of a linked work
    /// tree.
    public static boolean holdsAt(Pause pause, String folder) {
        File place = new File(folder);
        if (!place.isAbsolute()) {
            return false;
        }
        if (pause.holdsAt(slashed(place.getPath()))) {
            return true;
        }
        File real = real(place);
        if (pause.holdsAt(slashed(real.getPath()))) {
            return true;
        }
        File root = WorkTree.rootOrNull(real);
        File main = root == null ? null : WorkTree.mainOrNull(root);
        return main != null && pause.holdsAt(slashed(main.getPath()));
    }

    /// What stands for the project of a folder where nobody can be asked: the main work tree of its
    /// repository, or the folder itself.
    public static String projectRoot(String folder) {
        File real = real(new File(folder));
        File root = WorkTree.rootOrNull(real);
        if (root == null) {
            return slashed(real.getPath());
        }
        File main = WorkTree.mainOrNull(root);
        return slashed((main == null ? root : main).getPath());
    }

    /// The `.mneme` file that says `capture = off` for a folder: the nearest one with such a line,
    /// up to the root of the repository; a linked work tree ends with the main one's.
    public static @Nullable File offFileOrNull(@Nullable String folder) {
        File candidate = folder == null || folder.isEmpty() ? null : new File(folder);
        if (candidate == null || !candidate.isAbsolute()) {
            return null;
        }
        for (int depth = 0; candidate != null && depth < DEPTH_MAX; depth++) {
            File file = new File(candidate, PROJECT_FILE);
            if (file.isFile()) {
                Boolean on = captureOrNull(file);
                if (on != null) {
                    return on ? null : file;
                }
            }
            if (WorkTree.isRoot(candidate)) {
                File main = WorkTree.mainOrNull(candidate);
                File shared = main == null ? null : new File(main, PROJECT_FILE);
                return shared != null && Boolean.FALSE.equals(captureOrNull(shared))
                        ? shared
                        : null;
            }
            candidate = candidate.getParentFile();
        }
        return null;
    }

    private static @Nullable Boolean captureOrNull(File file) {
        String text;
        try (InputStream in = new FileInputStream(file)) {
            text = new String(in.readNBytes(PROJECT_FILE_BYTES_MAX), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            return null;
        }
        int start = 0;
        while (start < text.length()) {
            int end = text.indexOf('\n', start);
            if (end < 0) {
                end = text.length();
            }
            String line = text.substring(start, end).strip();
            start = end + 1;
            int equals = line.indexOf('=');
            if (equals > 0 && line.substring(0, equals).strip().equals("capture")) {
                String value = line.substring(equals + 1).strip();
                return !(value.equals("off") || value.equals("false") || value.equals("no"));
            }
        }
        return null;
    }

    private static File real(File place) {
        try {
            return place.getCanonicalFile();
        } catch (IOException unreadable) {
            return place.getAbsoluteFile();
        }
    }

    private static String slashed(String path) {
        return path.replace(File.separatorChar, '/');
    }
}
