package dev.mneme.redaction;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;

/// Replaces private passages and secrets, in plain text and in every string of a JSON document.
///
/// What it guarantees:
/// - `<private>…</private>` in any spelling becomes `[private]`; an unclosed one hides the rest of
///   its string.
/// - A secret becomes `[redacted:<kind>]`, or with a key `[redacted:<kind>:<fingerprint>]` with the
///   same fingerprint for the same secret; the kinds are the table in `SecretTable`.
/// - Values known from the project's `.env` files are hidden wherever they appear.
/// - JSON stays the same JSON: a string literal that holds nothing to hide, every number, blank and
///   brace keep their bytes. Escapes are decoded before the rules look and hide nothing from them.
/// - What is not JSON (cut off, garbage, broken UTF-8) is redacted as text, once as it stands and
///   once with JSON escapes decoded; nothing passes through unseen.
/// - Time is linear in the input: rules run only where one of their anchors stands, and whatever a
///   rule reads far ahead it also consumes.
/// - Redacting twice changes nothing more.
///
/// Instances are safe to share between threads.
public final class Redactor {

    /// Stands for a private passage.
    static final String PRIVATE_MARK = "[private]";

    private final @Nullable RedactionKey key;

    /// Without fingerprints.
    public Redactor() {
        this(null);
    }

    public Redactor(@Nullable RedactionKey key) {
        this.key = key;
    }

    /// The text without private passages and secrets; the same instance when there are none.
    public String redact(String text) {
        String changed = new TextRedaction(key, ProjectSecrets.NONE).changeOrNull(text);
        return changed == null ? text : changed;
    }

    /// The JSON document with every string redacted; redacted as plain text where it is not JSON.
    public String redactJson(String json) {
        String changed = redactJsonOrNull(json, ProjectSecrets.NONE);
        return changed == null ? json : changed;
    }

    /// As `redactJson(String)` for UTF-8 bytes; the same array when nothing changed.
    ///
    /// Bytes that are not UTF-8 become U+FFFD first: a secret cannot hide behind a broken byte, and
    /// an otherwise intact document stays usable.
    public byte[] redactJson(byte[] payload) {
        return redactJson(payload, ProjectSecrets.NONE);
    }

    /// As above, and hides the project's own secrets.
    public byte[] redactJson(byte[] payload, ProjectSecrets secrets) {
        String text = new String(payload, StandardCharsets.UTF_8);
        String changed = redactJsonOrNull(text, secrets);
        if (changed != null) {
            return changed.getBytes(StandardCharsets.UTF_8);
        }
        if (text.indexOf('\uFFFD') < 0) {
            return payload;
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private @Nullable String redactJsonOrNull(String json, ProjectSecrets secrets) {
        TextRedaction redaction = new TextRedaction(key, secrets);
        JsonRedaction walk = new JsonRedaction(json, redaction);
        if (walk.isJson()) {
            return walk.changedOrNull();
        }
        return redactBrokenJsonOrNull(json, redaction);
    }

    /// Nothing can be said about where strings begin and end, so the whole is one text, and since
    /// escapes may hide a secret, it is looked at decoded as well. The decoded form is kept only
    /// where it had something to hide: what is broken cannot be made more so.
    private static @Nullable String redactBrokenJsonOrNull(String text, TextRedaction redaction) {
        String once = redaction.changeOrNull(text);
        String shown = once == null ? text : once;
        if (shown.indexOf('\\') < 0) {
            return once;
        }
        String hidden = redaction.changeOrNull(JsonStrings.decodeLeniently(shown));
        return hidden == null ? once : hidden;
    }
}
