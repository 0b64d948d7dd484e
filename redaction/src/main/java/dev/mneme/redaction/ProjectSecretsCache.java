package dev.mneme.redaction;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Keeps the secrets of the projects seen last, for a process that takes many events.
///
/// What is kept counts as long as no `.env` file came, went or changed; safe to share between
/// threads.
public final class ProjectSecretsCache {

    private static final int FOLDERS_MAX = 64;

    private record Kept(String stamp, ProjectSecrets secrets) {}

    /// In the order of last use.
    private final Map<Path, Kept> folders = new LinkedHashMap<>(FOLDERS_MAX, 0.75f, true);

    /// As `ProjectSecrets.ofEvent`.
    public ProjectSecrets ofEvent(byte[] payload) {
        return look().ofEvent(payload);
    }

    /// One look at the disk, for events that had all arrived before it was made. Belongs to one
    /// thread.
    public final class Look {

        private final Map<Path, ProjectSecrets> seen = new HashMap<>();

        private Look() {}

        /// As `ProjectSecrets.ofEvent`.
        public ProjectSecrets ofEvent(byte[] payload) {
            Path folder = ProjectSecrets.folderOrNull(payload);
            return folder == null
                    ? ProjectSecrets.NONE
                    : seen.computeIfAbsent(folder, ProjectSecretsCache.this::of);
        }
    }

    public Look look() {
        return new Look();
    }

    private ProjectSecrets of(Path folder) {
        String stamp = stamp(ProjectSecrets.files(folder));
        if (stamp.isEmpty()) {
            return ProjectSecrets.NONE;
        }
        synchronized (folders) {
            Kept kept = folders.get(folder);
            if (kept != null && kept.stamp().equals(stamp)) {
                return kept.secrets();
            }
        }
        ProjectSecrets read = ProjectSecrets.in(folder);
        synchronized (folders) {
            folders.put(folder, new Kept(stamp, read));
            if (folders.size() > FOLDERS_MAX) {
                folders.remove(folders.keySet().iterator().next());
            }
        }
        return read;
    }

    private static String stamp(List<Path> files) {
        StringBuilder stamp = new StringBuilder();
        for (Path file : files) {
            try {
                stamp.append(file.getFileName())
                        .append(' ')
                        .append(Files.getLastModifiedTime(file))
                        .append(' ')
                        .append(Files.size(file))
                        .append('\n');
            } catch (IOException gone) {
                stamp.append('\n');
            }
        }
        return stamp.toString();
    }
}
