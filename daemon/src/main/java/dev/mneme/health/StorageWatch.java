package dev.mneme.health;

import dev.mneme.store.Database;
import dev.mneme.store.StorageStore;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.OptionalLong;

/// Keeps an eye on what lies on the disk: how large the database is, how fast it grows, and whether
/// there is room left. Short space is said once in the log when it begins and once when it ends;
/// `status` says it for as long as it lasts.
///
/// One thread runs the rounds, any may read.
public final class StorageWatch {

    /// With less than this a PostgreSQL that checkpoints or vacuums may fill the disk.
    public static final long FREE_BYTES_WARN = 2L * 1000 * 1000 * 1000;

    private static final Logger LOG = LoggerFactory.getLogger(StorageWatch.class);

    /// Growth is an average over at most so many days.
    private static final int GROWTH_DAYS = 7;

    /// The size of the database, and how it grew on average since a day of the last week.
    public record Figures(
            long databaseBytes,
            @Nullable Long growthBytesPerDay,
            @Nullable LocalDate growthSince) {}

    /// The space left for what Mneme owns, in bytes; fails where nobody can say.
    @FunctionalInterface
    public interface FreeSpace {

        long bytes() throws IOException;
    }

    private final Database database;
    private final StorageStore storage;
    private final InstantSource clock;
    private final FreeSpace freeSpace;
    private volatile @Nullable Figures figures;
    private boolean wasShort;

    public StorageWatch(
            Database database, StorageStore storage, InstantSource clock, FreeSpace freeSpace) {
        this.database = database;
        this.storage = storage;
        this.clock = clock;
        this.freeSpace = freeSpace;
    }

    /// The space that the file system of `folder` has for this user.
    public static FreeSpace below(Path folder) {
        return () -> Files.getFileStore(folder).getUsableSpace();
    }

    /// Always returns false: one look is enough until the next round.
    public boolean runOnce() {
        boolean isShort = warning().isPresent();
        if (isShort && !wasShort) {
            LOG.warn("space is short: free_bytes_below={}", FREE_BYTES_WARN);
        } else if (!isShort && wasShort) {
            LOG.info("space is no longer short");
        }
        wasShort = isShort;
        LocalDate today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
        figures =
                database.inTransaction(
                        tx -> {
                            long bytes = storage.databaseBytes(tx);
                            storage.note(tx, today, bytes);
                            Optional<StorageStore.Sample> then =
                                    storage.oldest(tx, today.minusDays(GROWTH_DAYS), today);
                            return new Figures(
                                    bytes,
                                    then.map(sample -> perDay(sample, bytes, today)).orElse(null),
                                    then.map(StorageStore.Sample::day).orElse(null));
                        });
        return false;
    }

    private static long perDay(StorageStore.Sample then, long bytes, LocalDate today) {
        return (bytes - then.bytes()) / ChronoUnit.DAYS.between(then.day(), today);
    }

    /// Empty until the database was looked at for the first time.
    public Optional<Figures> figures() {
        return Optional.ofNullable(figures);
    }

    /// Empty where nobody can say.
    public OptionalLong freeBytes() {
        try {
            return OptionalLong.of(freeSpace.bytes());
        } catch (IOException unknown) {
            return OptionalLong.empty();
        }
    }

    /// Present while there is less space than the database needs to work safely.
    public Optional<String> warning() {
        OptionalLong free = freeBytes();
        return free.isPresent() && free.getAsLong() < FREE_BYTES_WARN
                ? Optional.of(
                        "only "
                                + free.getAsLong() / (1000 * 1000)
                                + " MB are free on the disk of Mneme's home; below "
                                + FREE_BYTES_WARN / (1000 * 1000)
                                + " MB capture may stop: free some space")
                : Optional.empty();
    }

    /// The bytes of the files that lie directly in `folder`; 0 for one that is not there.
    public static long bytesIn(Path folder) {
        long bytes = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                try {
                    bytes += Files.isRegularFile(file) ? Files.size(file) : 0;
                } catch (IOException takenMeanwhile) {
                    // It no longer counts.
                }
            }
        } catch (IOException absent) {
            return 0;
        }
        return bytes;
    }
}
