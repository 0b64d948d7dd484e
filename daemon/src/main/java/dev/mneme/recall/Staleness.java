package dev.mneme.recall;

import dev.mneme.domain.Freshness;
import dev.mneme.domain.RememberedFiles;
import dev.mneme.tree.BlobHash;
import dev.mneme.tree.GitTree;

import org.jspecify.annotations.Nullable;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;

/// Compares what the files of memories held with what they hold now.
///
/// A label is worth having while it costs nothing: who is not looked at in time has none, and
/// nobody waits for a disk. The files themselves are read, for a file may be written without its
/// time changing and its time may change without it; `git` does not run.
final class Staleness {

    /// For all memories of one answer together.
    static final Duration LOOK_TIME_MAX = Duration.ofMillis(20);

    private final Duration most;

    /// One look; each file is read once.
    private static final class Look {

        private final Map<Path, Optional<String>> hashes = new HashMap<>();
        private final Map<Path, Optional<GitTree>> trees = new HashMap<>();

        private String hash(Path file) {
            return hashes.computeIfAbsent(file, BlobHash::of).orElse("");
        }

        private Optional<GitTree> tree(Path folder) {
            return trees.computeIfAbsent(folder, GitTree::around);
        }

        /// Of the first folder that is still there: where the memory was made, else where the
        /// project is now.
        private Optional<Path> folder(RememberedFiles memory) {
            var folders = new ArrayList<String>();
            if (memory.folder() != null) {
                folders.add(memory.folder());
            }
            folders.addAll(memory.places());
            for (String folder : folders) {
                try {
                    Path path = Path.of(folder);
                    if (path.isAbsolute() && Files.isDirectory(path)) {
                        return Optional.of(path);
                    }
                } catch (InvalidPathException unusable) {
                    // The next one may be usable.
                }
            }
            return Optional.empty();
        }

        private Optional<Freshness> freshness(RememberedFiles memory) {
            Optional<Path> folder = folder(memory);
            if (folder.isEmpty()) {
                return Optional.empty();
            }
            Map<String, String> missing = new LinkedHashMap<>();
            var notFresh = new ArrayList<String>();
            int looked = 0;
            int changed = 0;
            int count = Math.min(memory.files().size(), memory.hashes().size());
            for (int file = 0; file < count; file++) {
                String name = memory.files().get(file);
                String hash = memory.hashes().get(file);
                Optional<Path> path = BlobHash.inside(folder.get(), name);
                if (hash.isEmpty() || path.isEmpty()) {
                    continue;
                }
                looked++;
                if (!Files.exists(path.get())) {
                    missing.put(name, hash);
                } else if (!hash(path.get()).equals(hash)) {
                    changed++;
                    notFresh.add(name);
                }
            }
            if (looked == 0) {
                return Optional.empty();
            }
            int moved = addMissing(missing, folder.get(), notFresh);
            return Optional.of(
                    new Freshness(
                            state(looked, changed, moved, missing.size() - moved),
                            commits(folder.get(), memory),
                            notFresh));
        }

        /// Where git knows the same content under another path that is there, it was moved.
        private int addMissing(Map<String, String> missing, Path folder, List<String> notFresh) {
            if (missing.isEmpty()) {
                return 0;
            }
            Optional<GitTree> tree = tree(folder);
            Map<String, String> paths =
                    tree.map(git -> git.paths(new HashSet<>(missing.values()))).orElse(Map.of());
            int moved = 0;
            for (Map.Entry<String, String> file : missing.entrySet()) {
                String now = paths.get(file.getValue());
                if (now != null
                        && tree.isPresent()
                        && BlobHash.inside(tree.get().root(), now)
                                .filter(Files::exists)
                                .isPresent()) {
                    moved++;
                    notFresh.add(file.getKey() + " -> " + now);
                } else {
                    notFresh.add(file.getKey());
                }
            }
            return moved;
        }

        private @Nullable Integer commits(Path folder, RememberedFiles memory) {
            OptionalInt since =
                    tree(folder)
                            .map(git -> git.commitsSince(memory.commit()))
                            .orElse(OptionalInt.empty());
            return since.isPresent() ? since.getAsInt() : null;
        }
    }

    Staleness() {
        this(LOOK_TIME_MAX);
    }

    Staleness(Duration most) {
        this.most = most;
    }

    /// Of those that were looked at in time, by their ids.
    Map<Long, Freshness> of(Collection<RememberedFiles> memories) throws InterruptedException {
        if (memories.isEmpty()) {
            return Map.of();
        }
        Map<Long, Freshness> found = new ConcurrentHashMap<>();
        List<RememberedFiles> asked = List.copyOf(memories);
        Thread looking =
                Thread.ofVirtual()
                        .name("mneme-freshness")
                        .start(
                                () -> {
                                    var look = new Look();
                                    for (RememberedFiles memory : asked) {
                                        if (Thread.currentThread().isInterrupted()) {
                                            return;
                                        }
                                        look.freshness(memory)
                                                .ifPresent(
                                                        label ->
                                                                found.put(
                                                                        memory.observationId(),
                                                                        label));
                                    }
                                });
        if (!looking.join(most)) {
            looking.interrupt();
        }
        return Map.copyOf(found);
    }

    private static Freshness.State state(int looked, int changed, int moved, int gone) {
        if (gone == looked) {
            return Freshness.State.GONE;
        }
        if (changed > 0 || gone > 0) {
            return Freshness.State.CHANGED;
        }
        return moved > 0 ? Freshness.State.MOVED : Freshness.State.FRESH;
    }
}
