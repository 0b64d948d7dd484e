package dev.mneme.hook;

import dev.mneme.redaction.ProjectSecrets;
import dev.mneme.redaction.RedactionKey;
import dev.mneme.redaction.Redactor;
import dev.mneme.redaction.ignore.IgnoreRules;
import dev.mneme.redaction.pause.CaptureSwitch;
import dev.mneme.redaction.pause.PauseFile;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;

/// Keeps an event on disk until the daemon takes it.
///
/// A file is either not there or complete: written under a temporary name, synced, renamed, the
/// directory synced. Nothing is written while capture is paused, nor before ignored paths, private
/// passages and secrets are out of it; where that itself fails (memory), a marker without content
/// takes the payload's place.
final class Spool {

    /// More than this is not kept: a daemon that is down for weeks must not fill the disk.
    static final long SPOOL_BYTES_MAX = 256L * 1024 * 1024;

    /// And no more files than this: each new event asks each of them for its size, which takes
    /// about 8 ms for a thousand.
    static final int SPOOL_FILES_MAX = 10_000;

    static final String SUFFIX = ".event";
    static final String TEMPORARY_PREFIX = ".tmp-";

    /// The host writes the ids of an event before all else.
    private static final int IDS_BYTES_MAX = 256 * 1024;

    private static final String FORMAT = "mneme-spool 1 ";
    private static final int EPOCH_MILLIS_DIGITS = 13;

    private final HookHome home;
    private final FileOperations files;
    private final HookLog log;

    Spool(HookHome home, FileOperations files) {
        this.home = home;
        this.files = files;
        this.log = new HookLog(home);
    }

    /// True where the event is safely on disk. Never throws: there is nobody to tell but the log.
    boolean save(HookCall call, String startedAt, String eventId, Payload payload) {
        try {
            if (isOff(call, payload)) {
                return false;
            }
            if (isFull()) {
                log.noteOnce("spool is full, events are dropped");
                return false;
            }
            write(call, eventId, content(call, startedAt, eventId, payload));
            return true;
        } catch (IOException | RuntimeException | LinkageError | OutOfMemoryError failed) {
            log.noteOnce("cannot spool events, they are lost: " + failed.getClass().getName());
            return false;
        }
    }

    /// A payload that does not fit into memory is looked at as far as its ids reach.
    private boolean isOff(HookCall call, Payload payload) {
        CaptureSwitch capture = new CaptureSwitch(new PauseFile(home.root()));
        return capture.isOff(
                payload.copy(IDS_BYTES_MAX),
                System.getenv("CLAUDE_PROJECT_DIR"),
                call.startedAtMillis());
    }

    /// Whether an event would go over one of the bounds, so that none is kept.
    boolean isFull() {
        String[] names = home.spool().list();
        if (names == null) {
            return false;
        }
        if (names.length >= SPOOL_FILES_MAX) {
            return true;
        }
        long bytes = 0;
        for (String name : names) {
            bytes += new File(home.spool(), name).length();
        }
        return bytes >= SPOOL_BYTES_MAX;
    }

    private byte[] content(HookCall call, String startedAt, String eventId, Payload payload)
            throws IOException {
        byte[] head =
                (FORMAT + call.event() + " " + startedAt + " " + eventId + "\n")
                        .getBytes(StandardCharsets.UTF_8);
        byte[] body = redacted(payload);
        ByteArrayOutputStream content = new ByteArrayOutputStream(head.length + body.length);
        content.write(head);
        content.write(body);
        return content.toByteArray();
    }

    private byte[] redacted(Payload payload) {
        Redactor redactor = new Redactor(RedactionKey.ofHomeOrNull(home.root().toPath()));
        try {
            byte[] bytes = payload.copy(Integer.MAX_VALUE);
            byte[] kept = new IgnoreRules(home.root(), System.getenv("HOME")).keep(bytes).payload();
            return redactor.redactJson(kept, ProjectSecrets.ofEvent(bytes));
        } catch (RuntimeException | OutOfMemoryError | StackOverflowError failed) {
            Payload marker = TruncatedEvent.marker(payload, payload.length());
            return redactor.redactJson(marker.copy(Integer.MAX_VALUE));
        }
    }

    private void write(HookCall call, String eventId, byte[] content) throws IOException {
        Path directory = home.spool().toPath();
        if (!home.spool().isDirectory()) {
            try {
                files.createDirectory(directory);
            } catch (FileAlreadyExistsException anotherHookWasFaster) {
                // Then it is there.
            }
        }
        StringBuilder name = new StringBuilder(64);
        Timestamp.pad(name, call.startedAtMillis(), EPOCH_MILLIS_DIGITS);
        name.append('-').append(eventId).append(SUFFIX);
        Path temporary = directory.resolve(TEMPORARY_PREFIX + eventId);
        boolean moved = false;
        try {
            FileChannel channel = files.create(temporary);
            try {
                files.write(channel, content);
                files.sync(channel);
            } finally {
                files.close(channel);
            }
            files.move(temporary, directory.resolve(name.toString()));
            moved = true;
        } finally {
            if (!moved) {
                files.delete(temporary);
            }
        }
        files.syncDirectory(directory);
    }

    /// Creates what is missing below a home that exists, with mode 0700.
    static void createDirectories(File directory) throws IOException {
        if (!directory.isDirectory()) {
            try {
                new FileOperations().createDirectory(directory.toPath());
            } catch (FileAlreadyExistsException anotherHookWasFaster) {
                // Then it is there.
            }
        }
    }
}
