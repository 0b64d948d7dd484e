package dev.mneme.store;

import dev.mneme.domain.GitPosition;
import dev.mneme.domain.NewEvent;
import dev.mneme.domain.PromptKind;
import dev.mneme.domain.SkipReason;
import dev.mneme.domain.Tombstone;

import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Events as the columns of `insert_events.sql`: one array of texts for each, which the statement
/// casts to its types.
final class EventRows {

    private final int size;
    private final Map<String, List<@Nullable String>> columns = new LinkedHashMap<>();

    EventRows(int size) {
        this.size = size;
    }

    void add(EventStore.Held held) {
        NewEvent event = held.event();
        PromptKind promptKind = event.promptKind();
        SkipReason skipped = event.skipReason();
        GitPosition position = event.position();
        put("sessions", Long.toString(held.session().id()));
        put("kinds", event.kind().path());
        put("keys", event.dedupeKey());
        put("tools", event.toolName());
        put("toolUses", event.toolUseId());
        put("agents", event.agentId());
        put("agentTypes", event.agentType());
        put("promptKinds", promptKind == null ? null : promptKind.wireName());
        put("causes", event.cause());
        put("interrupts", text(event.isInterrupt()));
        put("folders", event.cwd());
        put("branches", position.branch());
        put("commits", position.commit());
        put("occurred", Columns.utc(event.occurredAt()).toString());
        put("hashes", HexFormat.of().formatHex(event.payloadHash()));
        put("payloads", event.payload());
        put("marks", String.join(" ", Tombstone.ofEvent(held.session().externalId(), event)));
        String fresh = event.kind().endsTurn() ? "available" : "scheduled";
        put("states", skipped == null ? fresh : "completed");
        put("skipReasons", skipped == null ? null : skipped.wireName());
    }

    Query bindTo(Query query) {
        columns.forEach((name, values) -> query.bindArray(name, String.class, values));
        return query;
    }

    private void put(String column, @Nullable String value) {
        columns.computeIfAbsent(column, name -> new ArrayList<>(size)).add(value);
    }

    private static @Nullable String text(@Nullable Boolean value) {
        return value == null ? null : value.toString();
    }
}
