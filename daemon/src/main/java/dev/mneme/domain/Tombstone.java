package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;

/// The marks under which something forgotten is recognised when a copy of it comes late. A mark is
/// a SHA-256, so it says nothing to whoever does not know already what it stands for.
///
/// `mem_mark` in the database computes the same.
public final class Tombstone {

    /// Whatever happened, in any session.
    public static final String EVERYTHING = mark("everything");

    private Tombstone() {}

    public static String session(String sessionId) {
        return mark("session", sessionId);
    }

    /// Every mark that a captured event may be recognised by, as soon as its session is known.
    public static List<String> ofEvent(String sessionId, NewEvent event) {
        return ofEvent(
                sessionId,
                event.kind(),
                event.dedupeKey(),
                HexFormat.of().formatHex(event.payloadHash()));
    }

    /// The same of an event that was stored elsewhere.
    public static List<String> ofEvent(
            String sessionId, HookEvent kind, String dedupeKey, String payloadHash) {
        return List.of(
                EVERYTHING,
                session(sessionId),
                mark("event", sessionId, dedupeKey),
                mark("twin", sessionId, kind.path(), payloadHash));
    }

    /// What was said in a session, for the times at which it counts as the same.
    public static String said(String sessionId, HookEvent kind, String text) {
        return mark("said", sessionId, kind.path(), text);
    }

    /// A folder, or a common git directory, in which a session ran.
    public static String place(String path) {
        return mark("place", path);
    }

    /// A project's name or alias.
    public static String name(String name) {
        return mark("name", name);
    }

    public static String observation(
            String sessionId, Instant createdAt, String title, @Nullable String narrative) {
        return mark(
                "observation",
                sessionId,
                Long.toString(createdAt.getEpochSecond() * 1_000_000 + createdAt.getNano() / 1_000),
                title,
                narrative == null ? "" : narrative);
    }

    public static String idempotencyKey(String key) {
        return mark("key", key);
    }

    /// Each part carries its length, so that no two lists of parts look alike.
    static String mark(String... parts) {
        var text = new StringBuilder();
        for (String part : parts) {
            text.append(text.isEmpty() ? "" : ",")
                    .append(part.getBytes(StandardCharsets.UTF_8).length)
                    .append(':')
                    .append(part);
        }
        try {
            return HexFormat.of()
                    .formatHex(
                            MessageDigest.getInstance("SHA-256")
                                    .digest(text.toString().getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException everyJavaHasIt) {
            throw new IllegalStateException(everyJavaHasIt);
        }
    }
}
