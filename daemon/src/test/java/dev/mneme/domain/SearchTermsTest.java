package dev.mneme.domain;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Random;

class SearchTermsTest {

    @Test
    void identifiersGiveTheWholeWordAndItsParts() {
        assertThat(SearchTerms.of("parseDate")).containsExactly("parsedate", "parse", "date");
        assertThat(SearchTerms.of("HTTPServer2")).containsExactly("httpserver2", "http", "server2");
        assertThat(SearchTerms.of("base_delay")).containsExactly("base_delay", "base", "delay");
        assertThat(SearchTerms.of("mneme-hash-v1"))
                .containsExactly("mneme-hash-v1", "mneme", "hash", "v1");
        assertThat(SearchTerms.of("dev.mneme.SearchTerms"))
                .containsExactly(
                        "dev.mneme.searchterms", "dev", "mneme", "searchterms", "search", "terms");
    }

    @Test
    void pathsGiveTheirFileName() {
        assertThat(SearchTerms.of("/home/dev/shop/src/retry.py:7"))
                .containsExactly(
                        "home/dev/shop/src/retry.py",
                        "home",
                        "dev",
                        "shop",
                        "src",
                        "retry",
                        "py",
                        "retry.py",
                        "7");
    }

    @Test
    void errorCodesStayWhole() {
        assertThat(SearchTerms.of("error[E0308]: TS2307"))
                .containsExactly("error", "e0308", "ts2307");
        assertThat(SearchTerms.of("ERR_MODULE_NOT_FOUND"))
                .contains("err_module_not_found", "module");
    }

    @Test
    void unspacedScriptsBecomeBigrams() {
        assertThat(SearchTerms.of("再試行の回数")).containsExactly("再試", "試行", "行の", "の回", "回数");
        assertThat(SearchTerms.of("猫")).containsExactly("猫");
        assertThat(SearchTerms.of("retry回数")).containsExactly("retry", "回数");
        assertThat(SearchTerms.of("データベース")).contains("ータ", "ベー", "ース");
    }

    @Test
    void formsThatLookAlikeMeet() {
        assertThat(SearchTerms.of("Ａｂｃ")).isEqualTo(SearchTerms.of("ABC"));
        assertThat(SearchTerms.of("A\u0308nderung")).isEqualTo(SearchTerms.of("änderung"));
        assertThat(SearchTerms.of("ﾃﾞｰﾀ")).isEqualTo(SearchTerms.of("データ"));
    }

    @Test
    void indexTextHoldsOnlyWhatPostgresDoesNotFindItself() {
        assertThat(SearchTerms.indexText("the retry of base_delay in a well-known place"))
                .isEmpty();
        assertThat(SearchTerms.indexText("parseDate")).isEqualTo("parse date");
        assertThat(SearchTerms.indexText("src/retry.py")).isEqualTo("src retry py retry.py");
        assertThat(SearchTerms.indexText("Änderung für")).isEqualTo("änderung");
        assertThat(SearchTerms.indexText("接続は 接続")).isEqualTo("接続 続は");
    }

    @Test
    void whatAQueryAsksForIsIndexed() {
        for (String word :
                List.of("parseDate", "src/http/ApiClient.java", "接続の上限", "Überlauf", "a.b.c-d_e")) {
            String indexed = " " + String.join(" ", SearchTerms.of(word)) + " ";
            for (String term : SearchTerms.of(word)) {
                assertThat(indexed).contains(" " + term + " ");
            }
        }
    }

    @Test
    void queriesAskForAnyTermAndNothingElse() {
        assertThat(SearchTerms.anyOf("Why is the retry capped?"))
                .isEqualTo("\"retry\" OR \"capped\"");
        assertThat(SearchTerms.anyOf("warum ist das begrenzt")).isEqualTo("\"begrenzt\"");
        assertThat(SearchTerms.anyOf("-secret \"a b\" OR x' | !y & z:* \\ \u0000"))
                .isEqualTo("\"secret\" OR \"b\" OR \"x\" OR \"y\" OR \"z\"");
        assertThat(SearchTerms.anyOf("the of und")).isEmpty();
        assertThat(SearchTerms.anyOf("!!! ... \"\"")).isEmpty();
        assertThat(SearchTerms.anyOf("")).isEmpty();
    }

    @Test
    void limitsHold() {
        assertThat(SearchTerms.of("ab ".repeat(50_000))).hasSize(SearchTerms.TERMS_MAX);
        assertThat(SearchTerms.of("x".repeat(5_000))).isEmpty();
        assertThat(SearchTerms.anyOf(numbered(500)).split(" OR ", -1))
                .hasSize(SearchTerms.QUERY_TERMS_MAX);
    }

    @Test
    void noTextThrowsAndTermsAreSafeToQuote() {
        long seed = 20_260_401;
        var random = new Random(seed);
        for (int round = 0; round < 3_000; round++) {
            String text = garbage(random, random.nextInt(200));
            for (String term : SearchTerms.of(text)) {
                assertThat(term)
                        .as("seed %d, round %d", seed, round)
                        .isNotBlank()
                        .doesNotContain("\"", "\\", "'", "\u0000", " ")
                        .doesNotStartWith("-");
            }
            assertThat(SearchTerms.anyOf(text)).matches("(?s)(\"[^\"]+\"( OR \"[^\"]+\")*)?");
            assertThat(SearchTerms.indexText(text)).doesNotContain("\u0000");
        }
    }

    /// The worst texts we could think of, each as long as is looked at. A quadratic step would
    /// take minutes here.
    @Test
    void timeGrowsWithTheTextAlone() {
        for (String unit :
                List.of(
                        "a",
                        "aB",
                        "_",
                        "a.",
                        "漢",
                        "\u0301\u0316",
                        "e\u0301\u0316",
                        "ﷺ",
                        "\ud800",
                        "a-1")) {
            String text = unit.repeat(10 * SearchTerms.TEXT_CHARS_MAX / unit.length());
            long started = System.nanoTime();
            SearchTerms.of(text);
            SearchTerms.indexText(text);
            SearchTerms.anyOf(text);
            assertThat(Duration.ofNanos(System.nanoTime() - started))
                    .as(unit)
                    .isLessThan(Duration.ofSeconds(20));
        }
    }

    private static String numbered(int count) {
        var text = new StringBuilder();
        for (int index = 0; index < count; index++) {
            text.append("n").append(index).append(' ');
        }
        return text.toString();
    }

    private static String garbage(Random random, int length) {
        var text = new StringBuilder();
        for (int index = 0; index < length; index++) {
            switch (random.nextInt(6)) {
                case 0 -> text.append((char) random.nextInt(0x10000));
                case 1 -> text.appendCodePoint(random.nextInt(0x110000));
                case 2 -> text.append("\"'\\-_./|&!:*()<> OR\n\u0000".charAt(random.nextInt(21)));
                case 3 -> text.append((char) ('A' + random.nextInt(26)));
                case 4 -> text.append((char) (0x3040 + random.nextInt(0x200)));
                default -> text.append((char) ('a' + random.nextInt(26)));
            }
        }
        return text.toString();
    }
}
