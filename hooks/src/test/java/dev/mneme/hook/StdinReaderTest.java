package dev.mneme.hook;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;

final class StdinReaderTest {

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\n\n", "\t \r\n"})
    void findsNothingInBlanks(String input) throws Exception {
        assertThat(read(input)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "{}", "{\"a\":\"}\\\"}\"}", "[1]", "garbage", "{\"a\":", "1 {}"})
    void readsToTheEndWhatHasNoEndOfItsOwn(String input) throws Exception {
        assertThat(read(input)).isEqualTo(input);
    }

    @Test
    void stopsBehindTheObject() throws Exception {
        assertThat(read(" {\"a\":{\"b\":\"}\"}}\n{\"c\":1}")).isEqualTo(" {\"a\":{\"b\":\"}\"}}");
    }

    @Test
    void doesNotWaitForTheEndOfStdinOnceTheObjectIsComplete() throws Exception {
        try (PipedOutputStream writer = new PipedOutputStream();
                PipedInputStream stdin = new PipedInputStream(writer)) {
            writer.write("{\"a\":1}".getBytes(StandardCharsets.UTF_8));
            writer.flush();
            long start = System.nanoTime();
            assertThat(text(StdinReader.start(stdin).payload())).isEqualTo("{\"a\":1}");
            assertThat((System.nanoTime() - start) / 1_000_000).isLessThan(Deadlines.STDIN_MS);
        }
    }

    @Test
    void takesWhatCameWhenTheDeadlinePasses() throws Exception {
        try (PipedOutputStream writer = new PipedOutputStream();
                PipedInputStream stdin = new PipedInputStream(writer)) {
            writer.write("{\"a\":".getBytes(StandardCharsets.UTF_8));
            writer.flush();
            assertThat(text(StdinReader.start(stdin).payload())).isEqualTo("{\"a\":");
        }
    }

    @Test
    void keepsSixteenMebibytesAndReplacesMore() throws Exception {
        String head =
                "{\"session_id\":\"s\\u0031\",\"hook_event_name\":\"PostToolUse\",\"x\":{\"tool_name\":\"no\"},"
                        + "\"tool_name\":\"Bash\",\"tool_input\":\"";
        int room = StdinReader.PAYLOAD_BYTES_MAX - head.length() - 2;
        String fits = head + "x".repeat(room) + "\"}";
        assertThat(read(fits)).isEqualTo(fits);
        assertThat(read(head + "x".repeat(room + 1) + "\"}"))
                .isEqualTo(
                        "{\"session_id\":\"s\\u0031\",\"hook_event_name\":\"PostToolUse\","
                                + "\"tool_name\":\"Bash\",\"mneme_truncated\":true,\"mneme_bytes\":"
                                + (StdinReader.PAYLOAD_BYTES_MAX + 1)
                                + "}");
    }

    private static @Nullable String read(String input) throws Exception {
        InputStream stdin = new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8));
        return text(StdinReader.start(stdin).payload());
    }

    private static @Nullable String text(@Nullable Payload payload) {
        return payload == null
                ? null
                : new String(payload.copy(Integer.MAX_VALUE), StandardCharsets.UTF_8);
    }
}
