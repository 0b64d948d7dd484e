package dev.mneme.hook;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;

final class AnswerJsonTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                " { } \n",
                "{\"a\":1}",
                "{\"a\":[1,-0.5e+3,true,false,null,\"x\\u00e9\\n\"],\"b\":{}}",
                "{\"漢\":\"🙂\"}"
            })
    void acceptsOneObject(String json) {
        assertThat(isOneObject(json)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "[]",
                "1",
                "null",
                "\"a\"",
                "{",
                "{}{}",
                "{} x",
                "{a:1}",
                "{'a':1}",
                "{\"a\":1,}",
                "{,}",
                "{\"a\"}",
                "{\"a\":}",
                "{\"a\":01}",
                "{\"a\":.5}",
                "{\"a\":1.}",
                "{\"a\":1e}",
                "{\"a\":+1}",
                "{\"a\":NaN}",
                "{\"a\":tru}",
                "{\"a\":\"\\x\"}",
                "{\"a\":\"\\u12\"}",
                "{\"a\":\"\n\"}",
                "{\"a\":[1,]}",
                "{\"a\":[}",
                "<html>",
                "{\"a\":\"x",
                "{\"a\":1 \"b\":2}"
            })
    void refusesAllElse(String json) {
        assertThat(isOneObject(json)).isFalse();
    }

    @Test
    void refusesBytesThatAreNotUtf8() {
        byte[] json = "{\"a\":\"?\"}".getBytes(StandardCharsets.UTF_8);
        json[6] = (byte) 0xFF;
        assertThat(new AnswerJson(json).isOneObject()).isFalse();
    }

    @Test
    void refusesNestingThatWouldExhaustAStack() {
        assertThat(isOneObject("{\"a\":" + "[".repeat(60_000))).isFalse();
        assertThat(isOneObject("{\"a\":" + "[".repeat(1_000) + "]".repeat(1_000) + "}")).isFalse();
    }

    private static boolean isOneObject(String json) {
        return new AnswerJson(json.getBytes(StandardCharsets.UTF_8)).isOneObject();
    }
}
