package dev.mneme.installer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mneme.protocol.Json;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.models.KnownModel;
import dev.mneme.protocol.models.Mirror;
import dev.mneme.protocol.models.ModelPull;
import dev.mneme.protocol.models.ModelRegistry;
import dev.mneme.protocol.models.ModelShelf;
import dev.mneme.protocol.models.PullFailure;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Downloads from a real server that behaves, and from one that does not.
@Timeout(60)
final class ModelPullIT {

    private static final Duration SILENCE_MAX = Duration.ofMillis(400);
    private static final Duration PAUSE = Duration.ofMillis(5);
    private static final String TAG = "\"one\"";
    private static final int BYTES = 600_000;
    private static final int HALF = BYTES / 2;

    @TempDir private Path folder;
    private final byte[] content = new byte[BYTES];
    private final List<String> done = new ArrayList<>();
    private MnemeHome home;
    private FileServer server;
    private String sha256;

    @BeforeEach
    void serve() throws IOException {
        new Random(5).nextBytes(content);
        Path original = Files.write(folder.resolve("original"), content);
        sha256 = ModelShelf.sha256(original);
        home = new MnemeHome(folder.resolve("home"));
        server = new FileServer();
    }

    @AfterEach
    void close() throws IOException {
        server.close();
    }

    @Test
    void aFileArrivesWholeAndForItsOwnerAlone() throws Exception {
        server.then(FileServer.honest(content, TAG));

        pull(BYTES, sha256);

        assertThat(state()).isInstanceOf(ModelShelf.State.Ready.class);
        assertThat(target()).hasBinaryContent(content);
        assertThat(done).containsExactly(sha256 + " false");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target())))
                .isEqualTo("rw-------");
        assertThat(
                        PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(target().getParent())))
                .isEqualTo("rwx------");
        try (var files = Files.list(target().getParent())) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("model.gguf", "verified.json", ".lock");
        }
        int before = server.requests().size();
        pull(BYTES, sha256);
        assertThat(server.requests()).as("what is there is not asked for").hasSize(before);
    }

    @Test
    void aConnectionThatBreaksIsContinuedWhereItBroke() throws Exception {
        server.then(cutOffAfter(HALF));
        server.then(FileServer.honest(content, TAG));

        pull(BYTES, sha256);

        assertThat(target()).hasBinaryContent(content);
        assertThat(server.requests().getLast().from()).isEqualTo(HALF);
    }

    @Test
    void anInterruptedDownloadGoesOnInTheNextRun() throws Exception {
        server.then(cutOffAfter(HALF));
        server.then((request, out) -> FileServer.head(out, "503 Busy", "Content-Length: 0"));
        assertThatThrownBy(() -> pull(BYTES, sha256))
                .isInstanceOf(PullFailure.class)
                .hasMessageContaining("`model.gguf` of `tiny`")
                .hasMessageContaining("503");
        assertThat(state()).isInstanceOf(ModelShelf.State.Absent.class);
        assertThat(part()).hasSize(HALF);

        try (var other = new FileServer()) {
            other.then(FileServer.honest(content, TAG));
            pull(other.address("/model").toString(), BYTES, sha256);
            assertThat(other.requests()).hasSize(1);
            assertThat(other.requests().getFirst().from()).isEqualTo(HALF);
        }
        assertThat(target()).hasBinaryContent(content);
    }

    @Test
    void aServerThatFallsSilentIsAskedAnew() throws Exception {
        server.then(
                (request, out) -> {
                    FileServer.head(out, "200 OK", "Content-Length: " + BYTES, "ETag: " + TAG);
                    out.write(content, 0, HALF);
                    out.flush();
                    Thread.sleep(Duration.ofSeconds(30));
                });
        server.then(FileServer.honest(content, TAG));

        pull(BYTES, sha256);

        assertThat(target()).hasBinaryContent(content);
        assertThat(server.requests()).hasSize(2);
        assertThat(server.requests().getLast().from()).isEqualTo(HALF);
    }

    @Test
    void aServerThatNeverAnswersIsGivenUpByName() throws Exception {
        server.then((request, out) -> Thread.sleep(Duration.ofSeconds(30)));

        assertThatThrownBy(() -> pull(BYTES, sha256))
                .isInstanceOf(PullFailure.class)
                .hasMessageContaining("`model.gguf` of `tiny`")
                .hasMessageContaining("says nothing");
    }

    @Test
    void aServerThatSendsEverythingAnewIsFollowed() throws Exception {
        server.then(cutOffAfter(HALF));
        server.then(
                (request, out) -> {
                    FileServer.head(out, "200 OK", "Content-Length: " + BYTES);
                    out.write(content);
                    out.flush();
                });

        pull(BYTES, sha256);

        assertThat(target()).hasBinaryContent(content);
    }

    @Test
    void aServerThatSendsAnotherPartThanAskedForIsNotBelieved() throws Exception {
        server.then(cutOffAfter(HALF));
        server.then(
                (request, out) -> {
                    FileServer.head(
                            out,
                            "206 Partial Content",
                            "Content-Length: " + (BYTES - 10),
                            "Content-Range: bytes 10-" + (BYTES - 1) + "/" + BYTES);
                    out.write(content, 10, BYTES - 10);
                    out.flush();
                });
        server.then(FileServer.honest(content, TAG));

        pull(BYTES, sha256);

        assertThat(target()).hasBinaryContent(content);
        assertThat(server.requests().getLast().from()).isZero();
    }

    @Test
    void aPartThatIsAlreadyWholeNeedsNoRequest() throws Exception {
        write(part(), content);
        server.then(FileServer.honest(content, TAG));

        pull(BYTES, sha256);

        assertThat(target()).hasBinaryContent(content);
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void aRangeThatTheServerDoesNotHaveIsWholeOrStartedOver() throws Exception {
        // Of unknown size: only the server's 416 says that nothing is missing.
        write(part(), content);
        Files.writeString(part().resolveSibling("model.gguf.part.tag"), TAG);
        server.then(FileServer.honest(content, TAG));
        pull(null, sha256);
        assertThat(target()).hasBinaryContent(content);
        assertThat(server.requests()).hasSize(1);

        Files.delete(target());
        write(part(), Arrays.copyOf(content, BYTES + 7));
        pull(null, sha256);
        assertThat(target()).hasBinaryContent(content);
    }

    @Test
    void anotherLengthThanTheRegistryKnowsIsRefusedBeforeItIsRead() {
        server.then(FileServer.honest(Arrays.copyOf(content, HALF), TAG));

        assertThatThrownBy(() -> pull(BYTES, sha256))
                .isInstanceOf(PullFailure.class)
                .hasMessageContaining(HALF + " bytes")
                .hasMessageContaining("`model.gguf` of `tiny`");
        assertThat(part()).doesNotExist();
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void aServerThatSendsMoreThanItSaidIsStopped() {
        server.then(
                (request, out) -> {
                    // No length: only the registry knows when it is enough.
                    FileServer.head(out, "200 OK");
                    for (int i = 0; i < 50; i++) {
                        out.write(content);
                    }
                });

        assertThatThrownBy(() -> pull(BYTES, sha256))
                .isInstanceOf(PullFailure.class)
                .hasMessageContaining("sends more than it said");
        assertThat(target()).doesNotExist();
    }

    @Test
    void otherBytesOfTheSameLengthAreRefusedAndTheFormerFileStays() throws Exception {
        server.then(FileServer.honest(content, TAG));
        pull(BYTES, sha256);
        byte[] other = content.clone();
        other[17]++;
        try (var forged = new FileServer()) {
            forged.then(FileServer.honest(other, TAG));
            Files.setLastModifiedTime(target(), FileTime.fromMillis(1));

            assertThatThrownBy(() -> pull(forged.address("/m").toString(), BYTES, sha256))
                    .isInstanceOf(PullFailure.class)
                    .hasMessageContaining("`model.gguf` of `tiny`")
                    .hasMessageContaining(sha256);
        }
        assertThat(target()).hasBinaryContent(content);
        assertThat(part()).doesNotExist();
    }

    @Test
    void anUnknownChecksumIsRecordedAtTheFirstDownloadAndHoldsForTheNext() throws Exception {
        server.then(FileServer.honest(content, TAG));
        pull(null, null);
        assertThat(done).containsExactly(sha256 + " true");
        assertThat(state()).isInstanceOf(ModelShelf.State.Ready.class);

        Files.delete(target());
        byte[] other = content.clone();
        other[17]++;
        try (var changed = new FileServer()) {
            changed.then(FileServer.honest(other, "\"two\""));
            assertThatThrownBy(() -> pull(changed.address("/m").toString(), null, null))
                    .isInstanceOf(PullFailure.class)
                    .hasMessageContaining(sha256);
        }
    }

    @Test
    void halvesOfTwoVersionsAreNeverPutTogether() throws Exception {
        server.then(cutOffAfter(HALF));
        byte[] other = new byte[BYTES];
        new Random(6).nextBytes(other);
        server.then(FileServer.honest(other, "\"two\""));

        pull(null, null);

        assertThat(target()).hasBinaryContent(other);
    }

    @Test
    void redirectsAreFollowedButNotInCirclesNorToFiles() throws Exception {
        server.then(redirect("/elsewhere"));
        server.then(redirect(server.address("/there").toString()));
        server.then(FileServer.honest(content, TAG));
        pull(BYTES, sha256);
        assertThat(target()).hasBinaryContent(content);
        assertThat(server.requests().getLast().path()).isEqualTo("/there");

        Files.delete(target());
        try (var circle = new FileServer()) {
            circle.then(redirect("/again"));
            assertThatThrownBy(() -> pull(circle.address("/m").toString(), BYTES, sha256))
                    .isInstanceOf(PullFailure.class)
                    .hasMessageContaining("redirects");
        }
        try (var local = new FileServer()) {
            local.then(redirect("file:///etc/passwd"));
            assertThatThrownBy(() -> pull(local.address("/m").toString(), BYTES, sha256))
                    .isInstanceOf(PullFailure.class)
                    .hasMessageContaining("not followed");
        }
    }

    @Test
    void whatIsNotThereIsNotTriedAgain() {
        server.then((request, out) -> FileServer.head(out, "404 Not Found", "Content-Length: 0"));

        assertThatThrownBy(() -> pull(BYTES, sha256))
                .isInstanceOf(PullFailure.class)
                .hasMessageContaining("404");
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void aFileThatTheDiskHasNoRoomForIsRefusedBeforeItIsRead() {
        long huge = 1L << 60;
        server.then((request, out) -> FileServer.head(out, "200 OK", "Content-Length: " + huge));

        assertThatThrownBy(() -> pull(huge, sha256))
                .isInstanceOf(PullFailure.class)
                .hasMessageContaining("of space");
        assertThat(part()).doesNotExist();
    }

    @Test
    void aMirrorTakesThePlaceOfTheHub() throws Exception {
        server.then(FileServer.honest(content, TAG));
        var mirror =
                Mirror.of(home, Map.of("MNEME_MODEL_MIRROR", server.address("/hub/").toString()));

        pull("https://huggingface.co/a/b/resolve/c/model.gguf?x=1", BYTES, sha256, mirror);

        assertThat(target()).hasBinaryContent(content);
        assertThat(server.requests().getFirst().path())
                .isEqualTo("/hub/a/b/resolve/c/model.gguf?x=1");
        assertThatThrownBy(() -> Mirror.of(home, Map.of("MNEME_MODEL_MIRROR", "ftp://x")))
                .isInstanceOf(PullFailure.class);
        Files.writeString(home.settings(), "PORT=1\nMNEME_MODEL_MIRROR=\"http://m.example\"\n");
        assertThat(Mirror.of(home, Map.of()).addressOf("https://h/x"))
                .hasToString("http://m.example/x");
    }

    @Test
    void twoDownloadsOfOneModelDoNotMeet() throws Exception {
        Files.createDirectories(part().getParent());
        try (var channel =
                        FileChannel.open(
                                part().resolveSibling(".lock"),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE);
                var held = channel.lock()) {
            assertThat(held.isValid()).isTrue();
            assertThatThrownBy(() -> pull(BYTES, sha256))
                    .isInstanceOf(PullFailure.class)
                    .hasMessageContaining("another");
        }
    }

    private FileServer.Behaviour cutOffAfter(int bytes) {
        return (request, out) -> {
            FileServer.head(out, "200 OK", "Content-Length: " + BYTES, "ETag: " + TAG);
            out.write(content, 0, bytes);
            out.flush();
        };
    }

    private static FileServer.Behaviour redirect(String location) {
        return (FileServer.Request request, OutputStream out) ->
                FileServer.head(out, "302 Found", "Location: " + location, "Content-Length: 0");
    }

    private void pull(@Nullable Number bytes, @Nullable String checksum) throws Exception {
        pull(server.address("/model").toString(), bytes, checksum);
    }

    private void pull(String address, @Nullable Number bytes, @Nullable String checksum)
            throws Exception {
        pull(address, bytes, checksum, Mirror.of(home, Map.of()));
    }

    private void pull(
            String address, @Nullable Number bytes, @Nullable String checksum, Mirror mirror)
            throws Exception {
        var file = new HashMap<String, Object>(Map.of("name", "model.gguf", "address", address));
        if (bytes != null) {
            file.put("bytes", bytes.longValue());
        }
        if (checksum != null) {
            file.put("sha256", checksum);
        }
        Files.createDirectories(home.models());
        Files.writeString(
                home.models().resolve("own.json"),
                Json.write(
                        Map.of(
                                "models",
                                List.of(
                                        Map.of(
                                                "name",
                                                "tiny",
                                                "kind",
                                                "extraction",
                                                "files",
                                                List.of(file))))));
        new ModelPull(home, shelf(), mirror, SILENCE_MAX, PAUSE)
                .run(
                        model(),
                        new ModelPull.Listener() {
                            @Override
                            public void progress(
                                    KnownModel.File any, long arrived, @Nullable Long total) {
                                assertThat(arrived).isBetween(0L, 1L << 40);
                            }

                            @Override
                            public void done(KnownModel.File any, String found, boolean recorded) {
                                done.add(found + " " + recorded);
                            }
                        });
    }

    private ModelShelf shelf() throws IOException {
        return new ModelShelf(home, ModelRegistry.of(home));
    }

    private KnownModel model() throws IOException {
        return ModelRegistry.of(home).find("tiny").orElseThrow();
    }

    private ModelShelf.State state() throws IOException {
        return shelf().state(model());
    }

    private Path target() {
        return home.models().resolve("tiny").resolve("model.gguf");
    }

    private Path part() {
        return home.models().resolve("tiny").resolve("model.gguf.part");
    }

    private static void write(Path file, byte[] bytes) throws IOException {
        Files.createDirectories(file.getParent());
        Files.write(file, bytes);
    }
}
