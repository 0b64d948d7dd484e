package dev.mneme.http;

import dev.mneme.console.ConsoleKeys;
import dev.mneme.protocol.ErrorCode;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Set;
import java.util.function.IntSupplier;

/// Lets a request in only when it comes from this machine's user: the right token, and no trace of
/// a web page (a foreign `Origin`, or a `Host` that is not ours, as in DNS rebinding).
final class Guard {

    private static final String BEARER = "Bearer ";

    private final byte[] token;
    private final ConsoleKeys keys;
    private final IntSupplier port;

    Guard(String token, ConsoleKeys keys, IntSupplier port) {
        this.keys = keys;
        this.token = token.getBytes(StandardCharsets.UTF_8);
        this.port = port;
    }

    void checkHost(@Nullable String host) {
        Set<String> own =
                Set.of(
                        "127.0.0.1:" + port.getAsInt(),
                        "localhost:" + port.getAsInt(),
                        "[::1]:" + port.getAsInt());
        if (host == null || !own.contains(host)) {
            throw new ApiException(
                    ErrorCode.FOREIGN_HOST,
                    "the `Host` header does not name this daemon",
                    "call it as 127.0.0.1:" + port.getAsInt());
        }
    }

    void checkOrigin(@Nullable String origin) {
        Set<String> own =
                Set.of(
                        "http://127.0.0.1:" + port.getAsInt(),
                        "http://localhost:" + port.getAsInt());
        if (origin != null && !own.contains(origin)) {
            throw new ApiException(
                    ErrorCode.FOREIGN_ORIGIN,
                    "the request comes from a page of another origin",
                    "call the daemon from a program on this machine, not from a web page");
        }
    }

    /// Whether the three checks let a request in that needs the token, without saying what is wrong
    /// where they do not.
    boolean isOwner(
            @Nullable String host, @Nullable String origin, @Nullable String authorization) {
        return authorization != null
                && origin == null
                && ("127.0.0.1:" + port.getAsInt()).equals(host)
                && authorization.startsWith(BEARER)
                && isToken(authorization.substring(BEARER.length()));
    }

    /// Takes the same time wherever the first difference is.
    private boolean isToken(String sent) {
        return MessageDigest.isEqual(token, sent.getBytes(StandardCharsets.UTF_8));
    }

    /// Whoever is let in.
    enum Caller {
        /// Has the token: may do everything.
        OWNER,
        /// Has a key of the console: may do what the console does.
        CONSOLE
    }

    Caller checkToken(@Nullable String authorization) {
        String sent = bearer(authorization);
        if (isToken(sent)) {
            return Caller.OWNER;
        }
        if (!keys.isKey(sent)) {
            throw new ApiException(
                    ErrorCode.TOKEN_WRONG,
                    "the bearer token is not this daemon's",
                    "send the content of `$MNEME_HOME/token`; in the console, run `mneme open`");
        }
        return Caller.CONSOLE;
    }

    static String bearer(@Nullable String authorization) {
        if (authorization == null || !authorization.startsWith(BEARER)) {
            throw new ApiException(
                    ErrorCode.TOKEN_MISSING,
                    "the request carries no bearer token",
                    "send `Authorization: Bearer` with the content of `$MNEME_HOME/token`");
        }
        return authorization.substring(BEARER.length()).strip();
    }
}
