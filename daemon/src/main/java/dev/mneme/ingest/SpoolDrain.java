package dev.mneme.ingest;

import dev.mneme.domain.HookEvent;
import dev.mneme.domain.IncomingEvent;
import dev.mneme.protocol.ErrorCode;
import dev.mneme.protocol.Limits;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.store.StoreException;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/// Brings in the events that hooks could not deliver, the oldest first.
///
/// A file is deleted only after its event was committed; the event id makes a second reading of the
/// same file harmless. What can never be stored is moved aside with its reason, not thrown away.
public final class SpoolDrain {

    private static final Logger LOG = LoggerFactory.getLogger(SpoolDrain.class);

    /// Files taken in one round; the rest follows at once.
    private static final int FILES_PER_ROUND_MAX = 200;

    /// Redaction can lengthen a payload a little, so this is more than a hook may send.
    private static final int FILE_BYTES_MAX = 2 * Limits.HOOK_BODY_BYTES_MAX;

    private static final String SUFFIX = ".event";
    private static final String MAGIC = "mneme-spool";
    private static final String VERSION = "1";
    private static final int HEADER_FIELDS = 5;

    private final MnemeHome home;
    private final Ingest ingest;
    private final SpoolFiles files;

    public SpoolDrain(MnemeHome home, Ingest ingest) {
        this(home, ingest, new SpoolFiles());
    }

    SpoolDrain(MnemeHome home, Ingest ingest, SpoolFiles files) {
        this.home = home;
        this.ingest = ingest;
        this.files = files;
    }

    /// Returns true when there may be more. One round at a time: somebody who forgets may ask for
    /// one while the loop is at it.
    ///
    /// A file that the system refuses to give, delete or move does not hold up those behind it; it
    /// is tried again with the next round, after the pause that follows an exception.
    public synchronized boolean runOnce() throws IOException {
        List<Path> waiting = waiting(home.spool(), files);
        IOException failure = null;
        for (Path file : waiting.subList(0, Math.min(FILES_PER_ROUND_MAX, waiting.size()))) {
            try {
                take(file);
            } catch (IOException failed) {
                LOG.warn(
                        "cannot take a spooled event yet: file={} error={}",
                        file.getFileName(),
                        failed.getClass().getSimpleName());
                failure = failed;
            }
        }
        if (failure != null) {
            throw failure;
        }
        return waiting.size() > FILES_PER_ROUND_MAX;
    }

    public static long countWaiting(MnemeHome home) {
        return countEvents(home.spool());
    }

    public static long countRefused(MnemeHome home) {
        return countEvents(home.refused());
    }

    private static long countEvents(Path folder) {
        try {
            return waiting(folder, new SpoolFiles()).size();
        } catch (IOException unreadable) {
            return 0;
        }
    }

    private static List<Path> waiting(Path folder, SpoolFiles files) throws IOException {
        List<Path> found = files.list(folder, "*" + SUFFIX);
        found.removeIf(file -> !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS));
        // Names start with the time in milliseconds, zero-padded: name order is event order.
        found.sort(null);
        return found;
    }

    private void take(Path file) throws IOException {
        byte[] content;
        try {
            content = files.read(file, FILE_BYTES_MAX + 1);
        } catch (NoSuchFileException takenByAnother) {
            return;
        }
        try {
            ingest.offer(parse(content));
        } catch (Refused refused) {
            setAside(file, refused.code(), String.valueOf(refused.getMessage()));
            return;
        } catch (StoreException failed) {
            if (failed.transientFailure()) {
                throw failed;
            }
            setAside(file, ErrorCode.INTERNAL, String.valueOf(failed.getMessage()));
            return;
        } catch (RuntimeException unforeseen) {
            // One event that trips over a bug must not hold up those behind it.
            setAside(file, ErrorCode.INTERNAL, unforeseen.getClass().getName());
            return;
        }
        files.delete(file);
    }

    private static IncomingEvent parse(byte[] content) {
        if (content.length > FILE_BYTES_MAX) {
            throw new Refused(
                    ErrorCode.BODY_TOO_LARGE,
                    "the spooled event has more than " + FILE_BYTES_MAX + " bytes",
                    null);
        }
        int lineEnd = 0;
        while (lineEnd < content.length && content[lineEnd] != '\n') {
            lineEnd++;
        }
        String[] header =
                new String(content, 0, lineEnd, StandardCharsets.UTF_8).strip().split(" ", -1);
        if (header.length != HEADER_FIELDS
                || !header[0].equals(MAGIC)
                || !header[1].equals(VERSION)) {
            throw new Refused(ErrorCode.VALUE_INVALID, "the spool header is unreadable", null);
        }
        HookEvent kind =
                HookEvent.ofPath(header[2])
                        .orElseThrow(
                                () ->
                                        new Refused(
                                                ErrorCode.VALUE_INVALID,
                                                "the spooled event's kind is unknown",
                                                null));
        try {
            byte[] payload =
                    Arrays.copyOfRange(
                            content, Math.min(lineEnd + 1, content.length), content.length);
            return new IncomingEvent(
                    kind,
                    payload,
                    Instant.parse(header[3]),
                    header[4],
                    IncomingEvent.CLAUDE_CODE,
                    true,
                    false);
        } catch (DateTimeException unreadable) {
            throw new Refused(ErrorCode.VALUE_INVALID, "the spooled time is unreadable", null);
        }
    }

    private void setAside(Path file, ErrorCode code, String reason) throws IOException {
        files.createFolder(home.refused());
        String name = file.getFileName().toString();
        files.write(home.refused().resolve(name + ".why"), code + ": " + reason + "\n");
        files.move(file, home.refused().resolve(name));
        LOG.warn("refused a spooled event: file={} code={}", name, code);
    }
}
