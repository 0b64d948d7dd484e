package dev.mneme.store;

import java.time.LocalDate;
import java.util.Optional;

/// The database's size, now and day by day.
public final class StorageStore {

    /// Samples older than this say nothing of today's growth.
    private static final int SAMPLES_KEPT_DAYS = 90;

    /// The size the database had at the first look of a day.
    public record Sample(LocalDate day, long bytes) {}

    public long databaseBytes(Tx tx) {
        return tx.handle()
                .createQuery("SELECT pg_database_size(current_database())")
                .mapTo(Long.class)
                .one();
    }

    /// Notes the size of `day`, unless that is done.
    public void note(Tx tx, LocalDate day, long bytes) {
        int noted =
                tx.handle()
                        .createUpdate(
                                """
                                INSERT INTO mem_storage_samples (taken_on, database_bytes)
                                VALUES (:day, :bytes)
                                ON CONFLICT (taken_on) DO NOTHING
                                """)
                        .bind("day", day)
                        .bind("bytes", bytes)
                        .execute();
        if (noted == 1) {
            tx.handle()
                    .createUpdate("DELETE FROM mem_storage_samples WHERE taken_on < :oldest")
                    .bind("oldest", day.minusDays(SAMPLES_KEPT_DAYS))
                    .execute();
        }
    }

    /// The oldest sample of the days from `earliest` to before `today`.
    public Optional<Sample> oldest(Tx tx, LocalDate earliest, LocalDate today) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT taken_on, database_bytes
                        FROM mem_storage_samples
                        WHERE taken_on >= :earliest AND taken_on < :today
                        ORDER BY taken_on
                        LIMIT 1
                        """)
                .bind("earliest", earliest)
                .bind("today", today)
                .map(
                        (row, context) ->
                                new Sample(
                                        row.getObject("taken_on", LocalDate.class),
                                        row.getLong("database_bytes")))
                .findOne();
    }
}
