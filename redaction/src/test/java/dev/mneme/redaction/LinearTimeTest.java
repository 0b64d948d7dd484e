package dev.mneme.redaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;

/// Texts made to send each rule far ahead again and again.
///
/// What is measured is growth, since the machine is shared: four times the text may take at most
/// `GROWTH_MAX` times as long, where quadratic work takes sixteen times.
final class LinearTimeTest {

    private static final int SMALL_CHARS = 1024 * 1024;
    private static final int LARGE_CHARS = 4 * SMALL_CHARS;
    private static final double GROWTH_MAX = 9;
    private static final double NOISE_SECONDS = 0.5;
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private final Redactor redactor = new Redactor();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "ab cd ",
                "<",
                "< ",
                "\\",
                "\\\\\"",
                "&lt;",
                "<private",
                "<private ",
                "<private>",
                "</private>",
                "<password>a",
                "sk-ant-",
                "sk-ant-your-",
                "-sk-ant-your-x",
                "sk-proj-",
                "ghp_",
                "github_pat_",
                "xoxb-your-",
                "eyJ",
                "eyJaaaaaaaaaaa",
                "-eyJaaaaaaaaaaa",
                ".eyJaaaaaaaaaaa",
                "://",
                "://a:",
                "://a:b@",
                "a://a:@@@@",
                "@b",
                "-----BEGIN PRIVATE KEY-----",
                "-----BEGIN PRIVATE KEY-----\nabc ",
                "-----BEGIN ",
                "password=",
                "password='your ",
                "password=\"",
                "password=\\\"",
                "password: a, ",
                "password password ",
                "token ",
                "token=\"aaaa ",
                "secret_access_key",
                "--password ",
                "authorization: ",
                "Authorization: Bearer ",
                "Bearer aaaaaaaaaaaaa ",
                "_-",
                "PASSWORD",
                "-_PASSWORD=x",
                "[",
                "{\"a\":",
                "\"a\",",
                "0123456789",
                "glpat-",
                "tskey-auth-",
                "pscale_pw_",
                "session=",
                "a_key=",
                "a_key='",
                "key-",
                "SG.",
                "SG.a-",
                "npm_",
                "hvs.",
                "1//0",
                "dp.st.",
                "?sig=",
                "-MT",
                ".MTaaaaaaaaaaaaaaaaaaaaaa",
                "1:AA",
                "0000000000:AA",
                "aaa0Q~",
                ".atlasv1.",
                "0-us1",
                "aNRAL",
                "EAAA",
                "-EAAA",
                "dapi",
                "sk",
            })
    void takesTimeInProportionToTheText(String unit) {
        assertTimeoutPreemptively(
                DEADLINE,
                () -> {
                    seconds(unit, SMALL_CHARS / 4);
                    double small = Math.min(seconds(unit, SMALL_CHARS), seconds(unit, SMALL_CHARS));
                    double large = seconds(unit, LARGE_CHARS);
                    assertThat(large)
                            .as("%s: %.3f s for the small text", unit, small)
                            .isLessThan(small * GROWTH_MAX + NOISE_SECONDS);
                });
    }

    private double seconds(String unit, int chars) {
        String text = unit.repeat(chars / unit.length());
        long start = System.nanoTime();
        redactor.redactJson(text);
        return (System.nanoTime() - start) / 1e9;
    }
}
