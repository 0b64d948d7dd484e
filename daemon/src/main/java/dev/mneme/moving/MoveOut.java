package dev.mneme.moving;

import dev.mneme.store.Database;
import dev.mneme.store.ExportStore;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// Everything that is stored, page by page, in an order that depends on nothing else.
///
/// Each page is a transaction of its own: what is stored or forgotten while an export runs may be
/// in it or not. A page names the next one, so nothing is kept in between.
public final class MoveOut {

    private static final int PAGE_ROWS = 100;

    /// A payload may have 256 KiB; beyond this a page ends early.
    private static final long PAGE_CHARS_MAX = 4_000_000;

    private static final List<ExportStore.Part> PARTS = List.of(ExportStore.Part.values());

    private final Database database;
    private final ExportStore store;

    public MoveOut(Database database, ExportStore store) {
        this.database = database;
        this.store = store;
    }

    /// Where a page begins: behind the row `after` of a part.
    public record Cursor(ExportStore.Part part, long after) {

        public static final Cursor START = new Cursor(ExportStore.Part.PROJECTS, 0);
    }

    /// Some rows, and where the next ones are.
    ///
    /// @param next null behind the last page
    public record Page(List<ExportStore.Row> rows, @Nullable Cursor next) {

        public Page {
            rows = List.copyOf(rows);
        }
    }

    /// The rows from there on, as many as a page takes.
    ///
    /// @param projectId null for everything
    public Page page(Cursor from, @Nullable Long projectId) {
        List<ExportStore.Row> found =
                database.inTransaction(
                        tx -> store.page(tx, from.part(), from.after(), projectId, PAGE_ROWS));
        var rows = new ArrayList<ExportStore.Row>(found.size());
        long chars = 0;
        for (ExportStore.Row row : found) {
            String payload = row.payload();
            chars += row.json().length() + (payload == null ? 0 : payload.length());
            if (chars > PAGE_CHARS_MAX && !rows.isEmpty()) {
                break;
            }
            rows.add(row);
        }
        boolean whole = rows.size() == found.size() && found.size() < PAGE_ROWS;
        return new Page(
                rows, whole ? next(from.part()) : new Cursor(from.part(), rows.getLast().id()));
    }

    private static @Nullable Cursor next(ExportStore.Part part) {
        int after = PARTS.indexOf(part) + 1;
        return after < PARTS.size() ? new Cursor(PARTS.get(after), 0) : null;
    }
}
