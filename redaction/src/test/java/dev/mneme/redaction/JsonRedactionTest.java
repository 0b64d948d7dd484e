package dev.mneme.redaction;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;

final class JsonRedactionTest {

    private static final String KEY = "AKIA" + "IOSFODNN7EXAMPLE";

    private final Redactor redactor = new Redactor();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "\"a\"",
                "1",
                "true",
                " { \"a\" : [ 1.50 , -0 , 1e+09 , null ] ,\n\"b\":\"\\u00e9\\/\\ud83d\" } ",
                "{\"a\":\"\\u0000\\ud800 x \\udc00\",\"ä\":\"漢字🙂\"}",
                "\uFEFF{\"a\":1}",
            })
    void leavesJsonWithoutSecretsByteForByte(String json) {
        assertThat(redactor.redactJson(json)).isSameAs(json);
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        assertThat(redactor.redactJson(bytes)).isSameAs(bytes);
    }

    @Test
    void changesOnlyTheStringsThatHoldSecrets() {
        assertThat(
                        redactor.redactJson(
                                "{\"n\":1.50, \"a\":\"x " + KEY + "\\n\",\"b\":\"\\u00e9\"}"))
                .isEqualTo(
                        "{\"n\":1.50, \"a\":\"x [redacted:aws-access-key-id]\\n\",\"b\":\"\\u00e9\"}");
    }

    @Test
    void looksBehindEscapes() {
        assertThat(redactor.redactJson("[\"\\u0041K\\u0049A" + KEY.substring(4) + "\"]"))
                .isEqualTo("[\"[redacted:aws-access-key-id]\"]");
        assertThat(redactor.redactJson("[\"a \\u003cPRIVATE\\u003e b\", \"c\"]"))
                .isEqualTo("[\"a [private]\", \"c\"]");
    }

    @Test
    void keepsNulAndLoneSurrogatesOfAStringItChanges() {
        assertThat(redactor.redactJson("[\"\\u0000\\ud800 " + KEY + " \\ud83d\\ude42 \\\"q\\\\\"]"))
                .isEqualTo("[\"\\u0000\\ud800 [redacted:aws-access-key-id] 🙂 \\\"q\\\\\"]");
    }

    @Test
    void redactsKeysToo() {
        assertThat(redactor.redactJson("{\"" + KEY + "\":1}"))
                .isEqualTo("{\"[redacted:aws-access-key-id]\":1}");
    }

    @Test
    void redactsValuesByTheNameOfTheirKey() {
        assertThat(
                        redactor.redactJson(
                                "{\"password\":\"a\",\"db_password\":\"two words\",\"apiKey\":\"b1\","
                                        + "\"client-secret\":\"c\",\"access_token\":\"ab cd\","
                                        + "\"token\":\"0123456789ab\",\"passwords\":[\"d\",{\"x\":\"d\"}]}"))
                .isEqualTo(
                        "{\"password\":\"[redacted:password]\",\"db_password\":\"[redacted:password]\","
                                + "\"apiKey\":\"[redacted:api-key]\",\"client-secret\":\"[redacted:secret]\","
                                + "\"access_token\":\"[redacted:access-token]\","
                                + "\"token\":\"[redacted:token]\","
                                + "\"passwords\":[\"[redacted:password]\",{\"x\":\"d\"}]}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"password\":\"\"}",
                "{\"password\":\"${PASSWORD}\"}",
                "{\"password\":\"<your-key>\"}",
                "{\"password\":\"string\"}",
                "{\"password\":{\"type\":\"string\"}}",
                "{\"password\":17}",
                "{\"token\":\"identifier\"}",
                "{\"tokens\":\"0123456789ab\"}",
                "{\"password\":\"[redacted:password]\"}",
                "{\"pwd\":\"/home/dev/shop\"}",
            })
    void keepsValuesThatAreNoSecretsWhateverTheirKey(String json) {
        assertThat(redactor.redactJson(json)).isSameAs(json);
    }

    @Test
    void redactsJsonInsideAString() {
        assertThat(
                        redactor.redactJson(
                                "{\"stdout\":\"{\\\"password\\\":\\\"hunter2\\\",\\\"n\\\":1}\"}"))
                .isEqualTo(
                        "{\"stdout\":\"{\\\"password\\\":\\\"[redacted:password]\\\",\\\"n\\\":1}\"}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":\"x SECRET",
                "{\"a\":\"x SECRET\"",
                "x SECRET",
                "{\"a\":x SECRET}",
                "{\"a\":1}{\"b\":\"SECRET\"}",
                "[\"\\x SECRET\"]",
                "[\"SECRET\",]",
                "{\"a\":01,\"b\":\"SECRET\"}",
                "{\"a\":\"x \\u0041KIAIOSFODNN7EXAMPLE",
                "{\"password\":\"SECRET",
            })
    void redactsWhatIsNotJsonAsText(String text) {
        String planted = text.replace("SECRET", KEY);
        assertThat(redactor.redactJson(planted))
                .doesNotContain(KEY)
                .doesNotContain(KEY.substring(4))
                .contains("[redacted:");
        assertThat(
                        new String(
                                redactor.redactJson(planted.getBytes(StandardCharsets.UTF_8)),
                                StandardCharsets.UTF_8))
                .isEqualTo(redactor.redactJson(planted));
    }

    @Test
    void redactsAPrivatePassageOfACutOffPayloadToItsEnd() {
        assertThat(redactor.redactJson("{\"a\":\"x <private>y\",\"b\":\"z"))
                .isEqualTo("{\"a\":\"x [private]");
        assertThat(redactor.redactJson("{\"a\":\"x \\u003cprivate>y\",\"b\":\"z"))
                .doesNotContain("y")
                .doesNotContain("z");
    }

    @Test
    void redactsAroundBytesThatAreNotUtf8() {
        byte[] payload = ("{\"a\":\"?\",\"b\":\"" + KEY + "\"}").getBytes(StandardCharsets.UTF_8);
        payload[6] = (byte) 0xFF;
        assertThat(new String(redactor.redactJson(payload), StandardCharsets.UTF_8))
                .isEqualTo("{\"a\":\"\uFFFD\",\"b\":\"[redacted:aws-access-key-id]\"}");
        byte[] broken = {'{', (byte) 0xC3, 'a'};
        assertThat(redactor.redactJson(broken))
                .isEqualTo("{\uFFFDa".getBytes(StandardCharsets.UTF_8));
    }
}
