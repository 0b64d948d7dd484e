package dev.mneme.redaction;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PrivateTagsTest {

    private final Redactor redactor = new Redactor();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            textBlock =
                    """
                    a <private>b</private> c|a [private] c
                    a <PRIVATE>b</Private> c|a [private] c
                    a < Private >b</ private > c|a [private] c
                    a <private reason="x">b</private> c|a [private] c
                    a <private reason="a<b">b</private> c|a [private] c
                    a <private>b<private>c</private>d</private> e|a [private] e
                    a <private>b|a [private]
                    a <private>b<private>c</private>d|a [private]
                    a <private b|a [private]
                    a <private|a [private]
                    a </private> b|a  b
                    a <private/> b|a [private] b
                    <private>a</private><private>b</private>|[private][private]
                    a &lt;private&gt;b&lt;/private&gt; c|a [private] c
                    a &LT;Private&GT;b&lt;/private&gt; c|a [private] c
                    a &#60;private&#62;b&#x3C;/private&#x3E; c|a [private] c
                    a \\u003cprivate\\u003eb\\u003c/private\\u003e c|a [private] c
                    a \\\\u003cPrivate\\\\u003Eb\\\\u003c\\/private\\\\u003e c|a [private] c
                    a %3Cprivate%3Eb%3C/private%3E c|a [private] c
                    a &lt;private&gt;b</private> c|a [private] c
                    a <privateKey>b</privateKey> c|a <privateKey>b</privateKey> c
                    private a; <p>b</p>|private a; <p>b</p>
                    """)
    void hidesWhatIsBetweenTheTags(String text, String expected) {
        String shown = redactor.redact(text);
        assertThat(shown).isEqualTo(expected);
        assertThat(redactor.redact(shown)).isEqualTo(shown);
    }
}
