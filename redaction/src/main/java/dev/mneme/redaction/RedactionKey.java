package dev.mneme.redaction;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Set;

/// The key of one Mneme home, under which equal secrets get equal fingerprints.
///
/// A fingerprint says that two marks hide the same secret and nothing more: without the key nobody
/// can try guesses against it, and 30 bits fit too many texts to tell which one it was.
public final class RedactionKey {

    /// Its file in `$MNEME_HOME`, mode 0600.
    public static final String FILE = "redaction.key";

    private static final int KEY_BYTES = 32;
    private static final int BLOCK_BYTES = 64;
    private static final byte INNER_PAD = 0x36;
    private static final byte OUTER_PAD = 0x5c;

    private static final int FINGERPRINT_CHARS = 6;
    private static final int BITS_PER_CHAR = 5;
    private static final String BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

    private final byte[] inner = new byte[BLOCK_BYTES];
    private final byte[] outer = new byte[BLOCK_BYTES];

    RedactionKey(byte[] key) {
        for (int i = 0; i < BLOCK_BYTES; i++) {
            byte b = i < key.length ? key[i] : 0;
            inner[i] = (byte) (b ^ INNER_PAD);
            outer[i] = (byte) (b ^ OUTER_PAD);
        }
    }

    /// The key of a home, made now where there is none yet; null where it can be neither read nor
    /// made: marks then carry no fingerprint, which is better than no redaction.
    ///
    /// Of several processes that make it at once one wins, and all use the winner's.
    public static @Nullable RedactionKey ofHomeOrNull(Path home) {
        try {
            Path file = home.resolve(FILE);
            if (!Files.exists(file)) {
                create(home, file);
            }
            byte[] key = Files.readAllBytes(file);
            return key.length == KEY_BYTES ? new RedactionKey(key) : null;
        } catch (IOException | UnsupportedOperationException unreachable) {
            return null;
        }
    }

    /// Written and synced under another name, then linked: a link never replaces a file, so a key
    /// is complete from the moment it can be seen and never changes.
    private static void create(Path home, Path file) throws IOException {
        byte[] key = new byte[KEY_BYTES];
        SecureRandom random = new SecureRandom();
        random.nextBytes(key);
        Path temporary = home.resolve(".tmp-" + FILE + "-" + Long.toHexString(random.nextLong()));
        try {
            boolean posix =
                    FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
            FileAttribute<?>[] mode =
                    posix
                            ? new FileAttribute<?>[] {
                                PosixFilePermissions.asFileAttribute(
                                        PosixFilePermissions.fromString("rw-------"))
                            }
                            : new FileAttribute<?>[0];
            try (FileChannel channel =
                    FileChannel.open(
                            temporary,
                            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                            mode)) {
                ByteBuffer bytes = ByteBuffer.wrap(key);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            publish(temporary, file);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    private static void publish(Path temporary, Path file) throws IOException {
        try {
            Files.createLink(file, temporary);
        } catch (FileAlreadyExistsException another) {
            return;
        } catch (IOException | UnsupportedOperationException noLinksHere) {
            try {
                Files.move(temporary, file);
            } catch (FileAlreadyExistsException another) {
                return;
            }
        }
    }

    /// Six characters that stand for a secret under this key.
    String fingerprint(String secret) {
        byte[] code = hmac(secret.getBytes(StandardCharsets.UTF_8));
        long bits = 0;
        for (int i = 0; i < Integer.BYTES; i++) {
            bits = bits << Byte.SIZE | (code[i] & 0xff);
        }
        StringBuilder text = new StringBuilder(FINGERPRINT_CHARS);
        for (int i = 0; i < FINGERPRINT_CHARS; i++) {
            int shift = Integer.SIZE - BITS_PER_CHAR * (i + 1);
            text.append(BASE32.charAt((int) (bits >> shift) & (BASE32.length() - 1)));
        }
        return text.toString();
    }

    /// HMAC-SHA-256 (RFC 2104) by hand: the platform's own loads its whole provider machinery,
    /// which a hook program has no time for.
    byte[] hmac(byte[] message) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(inner);
            byte[] first = digest.digest(message);
            digest.update(outer);
            return digest.digest(first);
        } catch (NoSuchAlgorithmException everyJavaHasIt) {
            throw new IllegalStateException(everyJavaHasIt);
        }
    }
}
