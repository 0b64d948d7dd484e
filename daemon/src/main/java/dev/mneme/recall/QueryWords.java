package dev.mneme.recall;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// What a query asks for.
///
/// @param stems its words without those that say nothing, each once
/// @param pairs the ones that stand side by side
record QueryWords(Set<String> stems, Set<Pair> pairs) {

    record Pair(String first, String second) {}

    /// @param asked the query's words in their order, repeats kept
    static QueryWords of(List<String> asked) {
        var pairs = new LinkedHashSet<Pair>();
        for (int i = 1; i < asked.size(); i++) {
            String first = asked.get(i - 1);
            String second = asked.get(i);
            if (!first.equals(second) && !pairs.contains(new Pair(second, first))) {
                pairs.add(new Pair(first, second));
            }
        }
        return new QueryWords(new LinkedHashSet<>(asked), pairs);
    }

    /// The same with more words beside them.
    QueryWords with(Set<String> more) {
        var all = new LinkedHashSet<>(stems);
        all.addAll(more);
        return new QueryWords(all, pairs);
    }
}
