package dev.mneme.console;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.Iterator;
import java.util.Optional;

/// Who may use the console. `mneme open` gets a code that can be used once and soon; the page gives
/// it for a key, which lives in this daemon's memory and in that tab alone.
///
/// The access token itself never reaches a browser: what a browser keeps or leaks ends with the
/// daemon, or twelve hours after it was last used.
///
/// Safe for several threads.
public final class ConsoleKeys {

    public static final Duration CODE_LIFE = Duration.ofSeconds(60);
    static final Duration KEY_IDLE_MAX = Duration.ofHours(12);

    /// Open at the same time; the oldest goes first.
    static final int CODES_MAX = 8;

    static final int KEYS_MAX = 16;

    /// 192 bits: nobody guesses one, in 60 seconds or in a year.
    private static final int SECRET_BYTES = 24;

    private static final class Issued {

        private final byte[] secret;
        private Instant until;

        Issued(String secret, Instant until) {
            this.secret = secret.getBytes(StandardCharsets.UTF_8);
            this.until = until;
        }
    }

    private final SecureRandom random = new SecureRandom();
    private final InstantSource clock;
    private final Deque<Issued> codes = new ArrayDeque<>();
    private final Deque<Issued> keys = new ArrayDeque<>();

    public ConsoleKeys(InstantSource clock) {
        this.clock = clock;
    }

    /// A code for a link.
    public synchronized String newCode() {
        return issue(codes, CODES_MAX, CODE_LIFE);
    }

    /// A key for a code, which is spent by it; empty for one that is wrong, spent or too old.
    public synchronized Optional<String> redeem(String code) {
        Optional<Issued> known = find(codes, code);
        known.ifPresent(codes::remove);
        return known.map(spent -> issue(keys, KEYS_MAX, KEY_IDLE_MAX));
    }

    /// Whether a key holds; using it prolongs it.
    public synchronized boolean isKey(String key) {
        Optional<Issued> known = find(keys, key);
        known.ifPresent(issued -> issued.until = clock.instant().plus(KEY_IDLE_MAX));
        return known.isPresent();
    }

    private String issue(Deque<Issued> to, int most, Duration life) {
        byte[] bytes = new byte[SECRET_BYTES];
        random.nextBytes(bytes);
        String secret = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        while (to.size() >= most) {
            to.removeFirst();
        }
        to.addLast(new Issued(secret, clock.instant().plus(life)));
        return secret;
    }

    /// Looks at all of them, whichever it is, and forgets those whose time is over.
    private Optional<Issued> find(Deque<Issued> among, String secret) {
        byte[] sent = secret.getBytes(StandardCharsets.UTF_8);
        Instant now = clock.instant();
        Issued found = null;
        for (Iterator<Issued> all = among.iterator(); all.hasNext(); ) {
            Issued one = all.next();
            if (one.until.isBefore(now)) {
                all.remove();
            } else if (MessageDigest.isEqual(one.secret, sent)) {
                found = one;
            }
        }
        return Optional.ofNullable(found);
    }
}
