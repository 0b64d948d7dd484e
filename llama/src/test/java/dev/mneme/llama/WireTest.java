package dev.mneme.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

final class WireTest {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final DataOutputStream out = new DataOutputStream(bytes);

    private DataInputStream written() {
        return new DataInputStream(new ByteArrayInputStream(bytes.toByteArray()));
    }

    @Test
    void questionsAndRepliesArriveAsTheyWereSent() throws IOException {
        var question = new Question("be \u4e2d", "look \ud83d\ude00", "root ::= \"a\"", 9, 0.5f, 7);
        var answered =
                new Wire.Reply.Answered(new Answer("{\"a\":1}", 11, 22, Duration.ofMillis(33)));
        Wire.write(out, question);
        Wire.write(out, answered);
        Wire.write(out, new Wire.Reply.TooLong(5, 4));
        DataInputStream in = written();

        assertThat(Wire.readQuestion(in)).isEqualTo(question);
        assertThat(Wire.readReply(in)).isEqualTo(answered);
        assertThat(Wire.readReply(in)).isEqualTo(new Wire.Reply.TooLong(5, 4));
        assertThatThrownBy(() -> Wire.readReply(in)).isInstanceOf(EOFException.class);
    }

    @Test
    void whatALibraryPrintsBetweenFramesIsPassedOver() throws IOException {
        bytes.writeBytes("Extracted 'libjllama.so'\n\u001eMN".getBytes(StandardCharsets.UTF_8));
        Wire.write(out, new Wire.Reply.Ready());
        bytes.writeBytes("ggml: warning\n".getBytes(StandardCharsets.UTF_8));
        Wire.write(out, new Wire.Reply.Refused("no"));
        DataInputStream in = written();

        assertThat(Wire.readReply(in)).isEqualTo(new Wire.Reply.Ready());
        assertThat(Wire.readReply(in)).isEqualTo(new Wire.Reply.Refused("no"));
    }

    @Test
    void aTornFrameAndALyingLengthAreErrors() throws IOException {
        Wire.write(out, new Wire.Reply.Refused("because"));
        byte[] whole = bytes.toByteArray();
        for (int length = 0; length < whole.length; length++) {
            var torn = new DataInputStream(new ByteArrayInputStream(whole, 0, length));
            assertThatThrownBy(() -> Wire.readReply(torn)).isInstanceOf(EOFException.class);
        }
        whole[5] = 0x7f;
        assertThatThrownBy(
                        () -> Wire.readReply(new DataInputStream(new ByteArrayInputStream(whole))))
                .hasMessageContaining("a text of");
    }

    @Test
    void neitherSideShowsContentWhenItIsPrinted() {
        assertThat(new Question("secret", "secret", "secret", 1, 0, 0).toString())
                .doesNotContain("secret");
        assertThat(new Answer("secret", 1, 2, Duration.ZERO).toString()).doesNotContain("secret");
    }
}
