package dev.mneme.llama;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/// The frames between a model's process and its owner, over its stdin and stdout.
///
/// Native libraries print to stdout as they like. A frame therefore begins with a mark, and what
/// stands before the next mark is passed over.
final class Wire {

    private static final int MARK = 0x1E4D4E45;

    /// What a library may print before the next frame.
    private static final int NOISE_BYTES_MAX = 1 << 20;

    /// A text: a prompt, a grammar or an answer.
    private static final int TEXT_BYTES_MAX = 8 << 20;

    private static final byte READY = 1;
    private static final byte REFUSED = 2;
    private static final byte ANSWERED = 3;
    private static final byte TOO_LONG = 4;
    private static final byte FAILED = 5;
    private static final byte QUESTION = 6;

    private Wire() {}

    /// What the process says.
    sealed interface Reply {

        /// The model is loaded.
        record Ready() implements Reply {}

        /// The model cannot be loaded.
        record Refused(String reason) implements Reply {}

        record Answered(Answer answer) implements Reply {}

        /// The prompt has so many tokens, but may only have so many.
        record TooLong(int promptTokens, int promptTokensMax) implements Reply {}

        /// The library refused the question.
        record Failed(String reason) implements Reply {}
    }

    static void write(DataOutputStream out, Reply reply) throws IOException {
        out.writeInt(MARK);
        switch (reply) {
            case Reply.Ready() -> out.writeByte(READY);
            case Reply.Refused(String reason) -> {
                out.writeByte(REFUSED);
                writeText(out, reason);
            }
            case Reply.Answered(Answer answer) -> {
                out.writeByte(ANSWERED);
                writeText(out, answer.text());
                out.writeInt(answer.promptTokens());
                out.writeInt(answer.answerTokens());
                out.writeLong(answer.cpu().toNanos());
            }
            case Reply.TooLong(int tokens, int tokensMax) -> {
                out.writeByte(TOO_LONG);
                out.writeInt(tokens);
                out.writeInt(tokensMax);
            }
            case Reply.Failed(String reason) -> {
                out.writeByte(FAILED);
                writeText(out, reason);
            }
        }
        out.flush();
    }

    static Reply readReply(DataInputStream in) throws IOException {
        skipToMark(in);
        byte kind = in.readByte();
        return switch (kind) {
            case READY -> new Reply.Ready();
            case REFUSED -> new Reply.Refused(readText(in));
            case ANSWERED ->
                    new Reply.Answered(
                            new Answer(
                                    readText(in),
                                    in.readInt(),
                                    in.readInt(),
                                    Duration.ofNanos(in.readLong())));
            case TOO_LONG -> new Reply.TooLong(in.readInt(), in.readInt());
            case FAILED -> new Reply.Failed(readText(in));
            default -> throw new IOException("a frame of kind " + kind);
        };
    }

    static void write(DataOutputStream out, Question question) throws IOException {
        out.writeInt(MARK);
        out.writeByte(QUESTION);
        writeText(out, question.system());
        writeText(out, question.user());
        writeText(out, question.grammar());
        out.writeInt(question.answerTokensMax());
        out.writeFloat(question.temperature());
        out.writeInt(question.seed());
        out.flush();
    }

    static Question readQuestion(DataInputStream in) throws IOException {
        skipToMark(in);
        byte kind = in.readByte();
        if (kind != QUESTION) {
            throw new IOException("a frame of kind " + kind);
        }
        return new Question(
                readText(in),
                readText(in),
                readText(in),
                in.readInt(),
                in.readFloat(),
                in.readInt());
    }

    private static void skipToMark(DataInputStream in) throws IOException {
        int last = 0;
        for (int count = 0; count < NOISE_BYTES_MAX; count++) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException();
            }
            last = last << Byte.SIZE | next;
            if (last == MARK && count >= Integer.BYTES - 1) {
                return;
            }
        }
        throw new IOException("no frame within " + NOISE_BYTES_MAX + " bytes");
    }

    private static void writeText(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > TEXT_BYTES_MAX) {
            throw new IOException("a text of " + bytes.length + " bytes");
        }
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static String readText(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > TEXT_BYTES_MAX) {
            throw new IOException("a text of " + length + " bytes");
        }
        byte[] bytes = new byte[length];
        in.readFully(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
