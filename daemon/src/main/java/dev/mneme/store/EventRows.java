package dev.mneme.store;

import dev.mneme.domain.GitPosition;
import dev.mneme.domain.NewEvent;
import dev.mneme.domain.PromptKind;
import dev.mneme.domain.SkipReason;
import dev.mneme.domain.Tombstone;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// Events as the columns of `insert_events.sql`: one array of texts for each, in the order of the
/// statement, which casts them to its types.
final class EventRows {

    private static final int COLUMNS = 19;

    private final List<List<@Nullable String>> columns = new ArrayList<>(COLUMNS);

    EventRows(int size) {
        for (int column = 0; column < COLUMNS; column++) {
            columns.add(new ArrayList<>(size));
        }
    }

    /// @param sessionId as the host gave it
    void add(String sessionId, NewEvent event) {
        PromptKind promptKind = event.promptKind();
        SkipReason skipped = event.skipReason();
        GitPosition position = event.position();
        String fresh = event.kind().endsTurn() ? "available" : "scheduled";
        @Nullable String[] row = {
            sessionId,
            event.kind().path(),
            event.dedupeKey(),
            event.toolName(),
            event.toolUseId(),
            event.agentId(),
            event.agentType(),
            promptKind == null ? null : promptKind.wireName(),
            event.cause(),
            text(event.isInterrupt()),
            event.cwd(),
            position.branch(),
            position.commit(),
            Columns.utc(event.occurredAt()).toString(),
            HexFormat.of().formatHex(event.payloadHash()),
            event.payload(),
            String.join(" ", Tombstone.ofEvent(sessionId, event)),
            skipped == null ? fresh : "completed",
            skipped == null ? null : skipped.wireName()
        };
        for (int column = 0; column < COLUMNS; column++) {
            columns.get(column).add(row[column]);
        }
    }

    /// Binds the columns to the parameters from `first` on.
    void bindTo(PreparedStatement statement, int first) throws SQLException {
        Connection connection = statement.getConnection();
        int parameter = first;
        for (List<@Nullable String> column : columns) {
            statement.setArray(
                    parameter++, connection.createArrayOf("text", column.toArray(new String[0])));
        }
    }

    private static @Nullable String text(@Nullable Boolean value) {
        return value == null ? null : value.toString();
    }
}
