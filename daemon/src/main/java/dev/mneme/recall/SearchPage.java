package dev.mneme.recall;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/// Where a page of hits ends: the next one begins behind it. A keyset, so that a memory that is
/// stored between two pages shifts nothing.
record SearchPage(double score, long id) {

    String cursor() {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(
                        (Double.toHexString(score) + " " + id).getBytes(StandardCharsets.US_ASCII));
    }

    static Optional<SearchPage> of(String cursor) {
        try {
            String[] parts =
                    new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.US_ASCII)
                            .split(" ", -1);
            return parts.length == 2
                    ? Optional.of(
                            new SearchPage(Double.parseDouble(parts[0]), Long.parseLong(parts[1])))
                    : Optional.empty();
        } catch (IllegalArgumentException unreadable) {
            return Optional.empty();
        }
    }

    boolean isBefore(Fusion.Hit hit) {
        return hit.score() < score || (hit.score() == score && hit.id() < id);
    }
}
