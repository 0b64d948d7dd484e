package dev.mneme.recall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/// Pages continue each other, whatever a reranker says or does not say between them.
final class SearchPageTest {

    /// By the words the newest is the best.
    private static List<Fusion.Hit> hits(int count) {
        return LongStream.rangeClosed(1, count)
                .mapToObj(number -> hit(number, number / 100.0))
                .sorted(Fusion.BEST_FIRST)
                .toList();
    }

    private static Fusion.Hit hit(long id, double score) {
        return new Fusion.Hit(id, score, new HitParts(score, 0, 0, 0, 0, 0));
    }

    /// As a reranker that likes the last of what it reads best.
    private static SearchPage.Rest turnedRound(List<Fusion.Hit> hits) {
        var read = new ArrayList<Fusion.Hit>();
        List<Fusion.Hit> first = SecondLook.first(hits);
        for (int place = 0; place < first.size(); place++) {
            read.add(first.get(place).withReranker(place / 100.0 + 0.01 * place));
        }
        read.sort(Fusion.BEST_FIRST);
        var ranked = new ArrayList<>(read);
        ranked.addAll(hits.subList(read.size(), hits.size()));
        return new SearchPage.Rest(ranked, read.size(), first.getLast());
    }

    /// Goes on where a page ended, as often as it says that there is more.
    private static List<Fusion.Hit> allPages(
            SearchPage.Rest first, List<Fusion.Hit> later, int limit) {
        var seen = new ArrayList<Fusion.Hit>();
        SearchPage.@Nullable Rest rest = first;
        while (rest != null) {
            rest.hits().stream().limit(limit).forEach(seen::add);
            rest =
                    rest.next(limit)
                            .map(page -> SearchPage.of(page.cursor()).orElseThrow().rest(later))
                            .orElse(null);
        }
        return seen;
    }

    @Test
    void everyHitIsShownOnceInTheOrderOfTheFirstPageAlthoughLaterPagesAskNoReranker() {
        for (int count : List.of(1, 7, 20, 21, 45)) {
            List<Fusion.Hit> hits = hits(count);
            for (int limit : List.of(1, 3, 7, 10, 20, 50)) {
                List<Fusion.Hit> seen = allPages(turnedRound(hits), hits, limit);

                assertThat(seen.stream().map(Fusion.Hit::id))
                        .as("%s hits, %s a page", count, limit)
                        .containsExactlyElementsOf(
                                turnedRound(hits).hits().stream().map(Fusion.Hit::id).toList());
                assertThat(allPages(SearchPage.first(hits), hits, limit)).isEqualTo(hits);
            }
        }
    }

    @Test
    void whatTheRerankerSaidIsStillSaidOnTheSecondPage() {
        List<Fusion.Hit> hits = hits(30);
        SearchPage.Rest first = turnedRound(hits);
        SearchPage second = SearchPage.of(first.next(5).orElseThrow().cursor()).orElseThrow();

        Fusion.Hit hit = second.rest(hits).hits().getFirst();

        assertThat(hit.id()).isEqualTo(first.hits().get(5).id());
        assertThat(hit.parts().reranker())
                .isCloseTo(first.hits().get(5).parts().reranker(), within(1e-4));
        assertThat(hit.score()).isCloseTo(first.hits().get(5).score(), within(1e-4));
    }

    @Test
    void aCursorIsShortHoweverLargeTheIdsAre() {
        long largest = (1L << 53) - 1;
        List<Fusion.Hit> hits =
                LongStream.range(0, 40).mapToObj(number -> hit(largest - number, 0.7)).toList();

        String cursor = turnedRound(hits).next(1).orElseThrow().cursor();

        assertThat(cursor).hasSizeLessThanOrEqualTo(400).matches("[a-z0-9._]+");
        assertThat(SearchPage.of(cursor).orElseThrow().ahead()).hasSize(19);
    }

    @Test
    void whatIsStoredOrForgottenBetweenTwoPagesShiftsNothing() {
        List<Fusion.Hit> hits = hits(30);
        SearchPage.Rest first = SearchPage.first(hits);
        SearchPage page = first.next(10).orElseThrow();
        // A new best one makes all others a little less; one that was to come is gone.
        var later = new ArrayList<Fusion.Hit>();
        later.add(hit(99, 5));
        hits.stream()
                .filter(hit -> hit.id() != 15)
                .map(hit -> hit(hit.id(), hit.score() * 0.9))
                .forEach(later::add);

        assertThat(page.rest(later).hits().stream().map(Fusion.Hit::id))
                .containsExactlyElementsOf(
                        LongStream.iterate(20, id -> id - 1)
                                .limit(20)
                                .filter(id -> id != 15)
                                .boxed()
                                .toList());

        // The last one of the page is gone itself: its score says where to go on.
        List<Fusion.Hit> without = hits.stream().filter(hit -> hit.id() != 21).toList();
        assertThat(page.rest(without).hits().getFirst().id()).isEqualTo(20);
    }

    @Test
    void aCursorThatIsNoneIsNoPage() {
        for (String cursor :
                List.of("", "?", "AAAA", "1.2.3", "1.2.3_", "1._", "x".repeat(100_000))) {
            assertThat(SearchPage.of(cursor)).as(cursor).isEmpty();
        }
        var page = new SearchPage(0.5, 7, List.of(new SearchPage.Read(1_234, 1)));
        assertThat(SearchPage.of(page.cursor())).contains(page);
    }
}
