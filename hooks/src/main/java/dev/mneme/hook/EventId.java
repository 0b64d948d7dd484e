package dev.mneme.hook;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.util.UUID;

/// A random UUID for one event.
///
/// `UUID.randomUUID` loads the security providers first, which costs more than the whole POST; the
/// system's random device costs one read.
final class EventId {

    private static final String HEX_DIGITS = "0123456789abcdef";
    private static final File RANDOM_DEVICE = new File("/dev/urandom");

    private EventId() {}

    static String next() {
        byte[] random = new byte[16];
        try (FileInputStream device = new FileInputStream(RANDOM_DEVICE)) {
            if (device.readNBytes(random, 0, random.length) == random.length) {
                return format(random);
            }
        } catch (IOException noSuchDevice) {
            // Windows: the slow way below.
        }
        return UUID.randomUUID().toString();
    }

    private static String format(byte[] random) {
        random[6] = (byte) ((random[6] & 0x0F) | 0x40);
        random[8] = (byte) ((random[8] & 0x3F) | 0x80);
        StringBuilder id = new StringBuilder(36);
        for (int i = 0; i < random.length; i++) {
            if (i == 4 || i == 6 || i == 8 || i == 10) {
                id.append('-');
            }
            id.append(HEX_DIGITS.charAt((random[i] >> 4) & 0xF));
            id.append(HEX_DIGITS.charAt(random[i] & 0xF));
        }
        return id.toString();
    }
}
