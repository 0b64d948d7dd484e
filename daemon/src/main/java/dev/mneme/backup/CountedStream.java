package dev.mneme.backup;

import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// Passes bytes on and keeps their number and SHA-256. Closing it leaves what is behind it open.
final class CountedStream extends OutputStream {

    private final OutputStream next;
    private final MessageDigest digest = sha256();
    private long bytes;

    CountedStream(OutputStream next) {
        this.next = next;
    }

    @Override
    public void write(int one) throws IOException {
        write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] buffer, int offset, int length) throws IOException {
        next.write(buffer, offset, length);
        digest.update(buffer, offset, length);
        bytes += length;
    }

    @Override
    public void close() {
        // The file goes on with the next table.
    }

    long bytes() {
        return bytes;
    }

    /// Once, at the end.
    String hash() {
        return HexFormat.of().formatHex(digest.digest());
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException everyJavaHasIt) {
            throw new IllegalStateException(everyJavaHasIt);
        }
    }
}
