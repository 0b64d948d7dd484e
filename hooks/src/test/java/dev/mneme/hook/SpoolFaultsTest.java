package dev.mneme.hook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.redaction.ProjectSecretsCache;
import dev.mneme.redaction.RedactionKey;
import dev.mneme.redaction.Redactor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

final class SpoolFaultsTest {

    private static final String ID = "acf6d7ea-e1d1-468f-a151-c3934bfb1aa1";
    private static final String STARTED_AT = "2026-11-20T14:38:05.211Z";
    private static final HookCall CALL =
            new HookCall("post-tool-use", null, 1_795_185_485_211L, 0L);
    private static final Payload PAYLOAD =
            new Payload("{\"a\":\"漢\"}".getBytes(StandardCharsets.UTF_8));

    /// Fails the n-th operation; a write fails after half of its bytes, as on a full disk.
    private static final class FailingOperations extends FileOperations {
        private final int failing;
        private int count;

        FailingOperations(int failing) {
            this.failing = failing;
        }

        private boolean fails() {
            count++;
            return count == failing;
        }

        private void step() throws IOException {
            if (fails()) {
                throw new IOException("operation " + failing + " fails");
            }
        }

        @Override
        void createDirectory(Path directory) throws IOException {
            step();
            super.createDirectory(directory);
        }

        @Override
        FileChannel create(Path file) throws IOException {
            step();
            return super.create(file);
        }

        @Override
        void write(FileChannel channel, byte[] bytes) throws IOException {
            if (fails()) {
                super.write(channel, java.util.Arrays.copyOf(bytes, bytes.length / 2));
                throw new IOException("operation " + failing + " fails");
            }
            super.write(channel, bytes);
        }

        @Override
        void sync(FileChannel channel) throws IOException {
            step();
            super.sync(channel);
        }

        @Override
        void close(FileChannel channel) throws IOException {
            super.close(channel);
            step();
        }

        @Override
        void move(Path from, Path to) throws IOException {
            step();
            super.move(from, to);
        }

        @Override
        void syncDirectory(Path directory) throws IOException {
            step();
            super.syncDirectory(directory);
        }

        @Override
        void delete(Path file) throws IOException {
            step();
            super.delete(file);
        }
    }

    @Test
    void leavesNoPartOfAFileWhicheverOperationFails(@TempDir Path folder) throws IOException {
        int failing = 1;
        while (true) {
            Path root = Files.createDirectory(folder.resolve("home-" + failing));
            HookHome home = new HookHome(root.toFile());
            FailingOperations files = new FailingOperations(failing);
            boolean saved = new Spool(home, files).save(CALL, STARTED_AT, ID, PAYLOAD);
            for (SpooledEvents.Event event : SpooledEvents.of(root)) {
                assertThat(event.payload()).isEqualTo("{\"a\":\"漢\"}");
            }
            assertThat(new Spool(home, new FileOperations()).save(CALL, STARTED_AT, ID, PAYLOAD))
                    .as("a retry after operation %d failed", failing)
                    .isTrue();
            assertThat(SpooledEvents.of(root))
                    .containsExactly(
                            new SpooledEvents.Event(
                                    "post-tool-use", STARTED_AT, ID, "{\"a\":\"漢\"}"));
            if (saved && files.count < failing) {
                break;
            }
            assertThat(saved).as("operation %d failed and was not noticed", failing).isFalse();
            failing++;
        }
        assertThat(failing).as("operations of one save").isGreaterThan(6);
    }

    @Test
    void keepsNoMoreThanItsBoundAndNotesThatOnce(@TempDir Path root) throws IOException {
        Path spool = Files.createDirectory(root.resolve("spool"));
        try (var large =
                new java.io.RandomAccessFile(
                        spool.resolve("1000000000000-" + ID + ".event").toFile(), "rw")) {
            large.setLength(Spool.SPOOL_BYTES_MAX);
        }
        HookHome home = new HookHome(root.toFile());
        for (int i = 0; i < 3; i++) {
            assertThat(new Spool(home, new FileOperations()).save(CALL, STARTED_AT, ID, PAYLOAD))
                    .isFalse();
        }
        try (Stream<Path> files = Files.list(spool)) {
            assertThat(files.toList()).hasSize(1);
        }
        List<String> log = Files.readAllLines(root.resolve("log/hook.log"));
        assertThat(log).hasSize(1);
        assertThat(log.getFirst()).endsWith("spool is full, events are dropped");
    }

    @Test
    void saysAtASessionsStartAndNotLaterThatTheSpoolIsFull(@TempDir Path root) throws IOException {
        Path spool = Files.createDirectory(root.resolve("spool"));
        try (var large =
                new java.io.RandomAccessFile(
                        spool.resolve("1000000000000-" + ID + ".event").toFile(), "rw")) {
            large.setLength(Spool.SPOOL_BYTES_MAX);
        }
        assertThat(printed(root, "session-start"))
                .startsWith("{\"systemMessage\":\"Mneme: the daemon does not run");
        assertThat(new AnswerJson(printed(root, "session-start").getBytes(StandardCharsets.UTF_8)))
                .extracting(AnswerJson::isOneObject)
                .isEqualTo(true);
        assertThat(printed(root, "post-tool-use")).isEmpty();
    }

    private static String printed(Path root, String event) {
        var stdout = new java.io.ByteArrayOutputStream();
        var call = new HookCall(event, null, CALL.startedAtMillis(), System.nanoTime());
        Watchdog watchdog = Watchdog.start(() -> {});
        new Hook(call, new HookHome(root.toFile()), watchdog)
                .run(
                        new java.io.ByteArrayInputStream(
                                "{\"session_id\":\"s\"}".getBytes(StandardCharsets.UTF_8)),
                        stdout);
        watchdog.end();
        return stdout.toString(StandardCharsets.UTF_8);
    }

    @Test
    void boundsItsLog(@TempDir Path root) throws IOException {
        HookLog log = new HookLog(new HookHome(root.toFile()));
        for (int i = 0; i < 2_000; i++) {
            log.note("cannot spool events, they are lost: java.io.IOException");
        }
        try (Stream<Path> files = Files.list(root.resolve("log"))) {
            long bytes = 0;
            for (Path file : files.toList()) {
                bytes += Files.size(file);
            }
            assertThat(bytes).isBetween(32_000L, 2L * HookLog.LOG_BYTES_MAX);
        }
    }

    @Test
    void redactsBeforeItWrites(@TempDir Path root) throws IOException {
        Payload payload =
                new Payload(
                        "{\"prompt\":\"x <private>marker</private>\",\"password\":\"marker\"}"
                                .getBytes(StandardCharsets.UTF_8));
        HookHome home = new HookHome(root.toFile());
        assertThat(new Spool(home, new FileOperations()).save(CALL, STARTED_AT, ID, payload))
                .isTrue();
        assertThat(SpooledEvents.of(root).getFirst().payload())
                .matches(
                        "\\{\"prompt\":\"x \\[private]\","
                                + "\"password\":\"\\[redacted:password:[a-z2-7]{6}]\"}");
    }

    /// What the daemon computes is computed here by the daemon's own means: the key of the home and
    /// the cache of the project's secrets.
    @Test
    void redactsAsTheDaemonDoes(@TempDir Path root, @TempDir Path project) throws IOException {
        Files.writeString(project.resolve(".env"), "SMTP_PASS=\"three blind mice\"\n");
        byte[] payload =
                ("{\"cwd\":\""
                                + project
                                + "\",\"prompt\":\"three blind mice, password=swordfish-17\"}")
                        .getBytes(StandardCharsets.UTF_8);
        HookHome home = new HookHome(root.toFile());
        assertThat(
                        new Spool(home, new FileOperations())
                                .save(CALL, STARTED_AT, ID, new Payload(payload)))
                .isTrue();
        byte[] byDaemon =
                new Redactor(RedactionKey.ofHomeOrNull(root))
                        .redactJson(payload, new ProjectSecretsCache().ofEvent(payload));
        assertThat(SpooledEvents.of(root).getFirst().payload())
                .isEqualTo(new String(byDaemon, StandardCharsets.UTF_8))
                .contains("[redacted:env-value:", "password=[redacted:password:")
                .doesNotContain("mice")
                .doesNotContain("swordfish");
    }
}
