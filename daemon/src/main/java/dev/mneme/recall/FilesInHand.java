package dev.mneme.recall;

import dev.mneme.domain.WorkInHand;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Which files that memories speak of are being changed: those written since `HEAD` last moved.
/// Only these files are looked at, none is read, and no `git` runs.
final class FilesInHand {

    /// A session waits for this; on a slow disk the rest counts as untouched.
    private static final Duration LOOK_MAX = Duration.ofMillis(200);

    private static final int FILES_MAX = 2_000;

    private final WorkInHand work;
    private final Map<String, Boolean> known = new HashMap<>();
    private final long deadlineNanos = System.nanoTime() + LOOK_MAX.toNanos();

    FilesInHand(WorkInHand work) {
        this.work = work;
    }

    /// The first of the files that is being changed.
    Optional<String> firstChanged(List<String> files) {
        Path root = work.root();
        Instant settledAt = work.settledAt();
        if (root == null || settledAt == null) {
            return Optional.empty();
        }
        return files.stream()
                .filter(file -> known.computeIfAbsent(file, name -> look(root, name, settledAt)))
                .findFirst();
    }

    private boolean look(Path root, String name, Instant settledAt) {
        if (known.size() >= FILES_MAX || System.nanoTime() - deadlineNanos > 0) {
            return false;
        }
        try {
            Path file = root.resolve(name).normalize();
            if (!file.startsWith(root)) {
                return false;
            }
            BasicFileAttributes attributes =
                    Files.readAttributes(
                            file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return attributes.isRegularFile()
                    && attributes.lastModifiedTime().toInstant().isAfter(settledAt);
        } catch (IOException | InvalidPathException absent) {
            return false;
        }
    }
}
