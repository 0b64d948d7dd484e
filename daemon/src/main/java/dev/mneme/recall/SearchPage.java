package dev.mneme.recall;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Where a page of hits ends: the next one begins behind it. A keyset, so that a memory that is
/// stored between two pages shifts nothing.
///
/// Where a reranker put the first hits into another order, those of them that are still to be shown
/// go along, with what it said: a later page does not ask it again, and cannot disagree.
///
/// @param score of the last hit in the order without a reranker that is shown or goes along
/// @param id of the same
/// @param ahead what is to be shown first
record SearchPage(double score, long id, List<Read> ahead) {

    /// A hit that the reranker read.
    record Read(long id, double score) {}

    /// What is still to be shown, the best first.
    ///
    /// @param hits all of it
    /// @param read how many of the first a reranker has read
    /// @param end where the order without it goes on behind these; null where it read none
    record Rest(List<Fusion.Hit> hits, int read, Fusion.@Nullable Hit end) {

        /// What comes behind so many of it; nothing where there is no more.
        Optional<SearchPage> next(int shown) {
            if (hits.size() <= shown) {
                return Optional.empty();
            }
            if (end != null && shown <= read) {
                List<Read> ahead =
                        hits.subList(shown, read).stream()
                                .map(hit -> new Read(hit.id(), hit.parts().reranker()))
                                .toList();
                return Optional.of(new SearchPage(end.score(), end.id(), ahead));
            }
            Fusion.Hit last = hits.get(shown - 1);
            return Optional.of(new SearchPage(last.score(), last.id(), List.of()));
        }
    }

    private static final int CHARS_MAX = 4_000;

    private static final int RADIX = Character.MAX_RADIX;

    private static final double PARTS = 65_535;

    /// Everything, in the order without a reranker.
    static Rest first(List<Fusion.Hit> hits) {
        return new Rest(hits, 0, null);
    }

    /// What is behind this page, of all hits in the order without a reranker.
    Rest rest(List<Fusion.Hit> hits) {
        Map<Long, Fusion.Hit> known = new HashMap<>();
        hits.forEach(hit -> known.put(hit.id(), hit));
        var rest = new ArrayList<Fusion.Hit>();
        for (Read read : ahead) {
            Fusion.Hit hit = known.get(read.id());
            // What was forgotten meanwhile is not shown.
            if (hit != null) {
                rest.add(hit.withReranker(read.score()));
            }
        }
        int read = rest.size();
        Set<Long> shown = new HashSet<>();
        ahead.forEach(one -> shown.add(one.id()));
        behind(hits).stream().filter(hit -> !shown.contains(hit.id())).forEach(rest::add);
        return new Rest(rest, read, new Fusion.Hit(id, score, HitParts.NONE));
    }

    /// Behind the hit itself where it still is one: a memory that was stored meanwhile changes how
    /// rare words are, and so all scores a little. Else behind its score.
    private List<Fusion.Hit> behind(List<Fusion.Hit> hits) {
        for (int place = 0; place < hits.size(); place++) {
            if (hits.get(place).id() == id) {
                return hits.subList(place + 1, hits.size());
            }
        }
        return hits.stream()
                .filter(hit -> hit.score() < score || (hit.score() == score && hit.id() < id))
                .toList();
    }

    /// Short, for agents pay for every character: numbers to the base of 36, what the reranker said
    /// in 65,535ths.
    String cursor() {
        var text = new StringBuilder();
        text.append(Long.toUnsignedString(Double.doubleToLongBits(score), RADIX))
                .append('.')
                .append(Long.toString(id, RADIX));
        for (Read read : ahead) {
            text.append('.')
                    .append(Long.toString(read.id(), RADIX))
                    .append('_')
                    .append(Long.toString(Math.round(read.score() * PARTS), RADIX));
        }
        return text.toString();
    }

    static Optional<SearchPage> of(String cursor) {
        if (cursor.length() > CHARS_MAX) {
            return Optional.empty();
        }
        try {
            String[] parts = cursor.split("\\.", -1);
            if (parts.length < 2) {
                return Optional.empty();
            }
            var ahead = new ArrayList<Read>();
            for (String part : List.of(parts).subList(2, parts.length)) {
                int between = part.indexOf('_');
                if (between < 0) {
                    return Optional.empty();
                }
                ahead.add(
                        new Read(
                                Long.parseLong(part, 0, between, RADIX),
                                Long.parseLong(part, between + 1, part.length(), RADIX) / PARTS));
            }
            return Optional.of(
                    new SearchPage(
                            Double.longBitsToDouble(Long.parseUnsignedLong(parts[0], RADIX)),
                            Long.parseLong(parts[1], RADIX),
                            ahead));
        } catch (NumberFormatException unreadable) {
            return Optional.empty();
        }
    }
}
