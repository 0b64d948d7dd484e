package dev.mneme.domain;

import java.time.Instant;

/// An event as it came in, from a hook, from the spool or over REST.
///
/// @param key what makes a second delivery of this very event recognisable where the host gives no
///     id: a hook's event id, or a client's idempotency key
/// @param agent which agent the session belongs to, if this event is its first
/// @param fromHook true when a second registration of the same hook may send a twin
/// @param redacted true when secrets were taken out already, all but those that only the files of
///     the event's project tell
public record IncomingEvent(
        HookEvent kind,
        byte[] payload,
        Instant occurredAt,
        String key,
        String agent,
        boolean fromHook,
        boolean redacted) {

    /// The agent where nothing says otherwise.
    public static final String CLAUDE_CODE = "claude-code";

    /// Who sends what is taken all the way and stored nowhere.
    public static final String REHEARSAL = "mneme-rehearsal";

    public IncomingEvent {
        payload = payload.clone();
    }

    public boolean isRehearsal() {
        return agent.equals(REHEARSAL);
    }

    @Override
    public byte[] payload() {
        return payload.clone();
    }
}
