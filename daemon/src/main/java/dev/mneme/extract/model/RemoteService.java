package dev.mneme.extract.model;

import java.net.URI;
import java.time.Duration;

/// How a service elsewhere is reached. `toString` hides the key.
///
/// @param address the base, such as `http://localhost:11434/v1`
/// @param key empty where none is needed
/// @param turnCharsMax the most characters of a turn that it is sent
/// @param callTime for one try
/// @param firstWait before the second try, where the service does not say
public record RemoteService(
        URI address,
        String model,
        String key,
        int turnCharsMax,
        int answerTokensMax,
        Duration callTime,
        Duration firstWait) {

    public static final Duration FIRST_WAIT = Duration.ofMillis(500);

    URI below(String path) {
        String base = address.toString();
        return URI.create(
                (base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + path);
    }

    @Override
    public String toString() {
        return "RemoteService[" + address.getHost() + ", " + model + "]";
    }
}
