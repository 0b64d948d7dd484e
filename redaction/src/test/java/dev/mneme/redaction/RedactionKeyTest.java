package dev.mneme.redaction;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

final class RedactionKeyTest {

    private static final String SECRET = "swordfish-17";
    private static final int AT_ONCE = 16;

    @TempDir private Path home;

    /// RFC 4231, test case 2.
    @Test
    void computesTheHmacOfTheStandard() {
        RedactionKey key = new RedactionKey("Jefe".getBytes(StandardCharsets.US_ASCII));
        byte[] message = "what do ya want for nothing?".getBytes(StandardCharsets.US_ASCII);
        assertThat(HexFormat.of().formatHex(key.hmac(message)))
                .isEqualTo("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    @Test
    void givesEqualSecretsEqualFingerprintsAndNoOthers() {
        Redactor redactor = new Redactor(RedactionKey.ofHomeOrNull(home));
        String text = redactor.redact("password=" + SECRET + "\nDB_PASSWORD='" + SECRET + "'");
        assertThat(text)
                .matches("password=\\[redacted:password:([a-z2-7]{6})]\\n.*'\\[redacted:.*:\\1]'");
        assertThat(redactor.redact("password=" + SECRET + "x"))
                .isNotEqualTo(text.lines().toList().getFirst());
    }

    @Test
    void changesNothingMoreWhenRedactingAgainWithOrWithoutTheKey() {
        Redactor redactor = new Redactor(RedactionKey.ofHomeOrNull(home));
        String json =
                "{\"password\":\"a b\",\"token\":\"x\",\"out\":\"AKIA"
                        + "IOSFODNN7EXAMPLE token="
                        + SECRET
                        + " https://u:"
                        + SECRET
                        + "@h/ <private>x</private>\"}";
        String once = redactor.redactJson(json);
        assertThat(once).doesNotContain(SECRET).contains("[redacted:aws-access-key-id:");
        assertThat(redactor.redactJson(once)).isSameAs(once);
        assertThat(new Redactor().redactJson(once)).isSameAs(once);
    }

    @Test
    void keepsTheKeyInAPrivateFile() throws Exception {
        assertThat(RedactionKey.ofHomeOrNull(home)).isNotNull();
        Path file = home.resolve(RedactionKey.FILE);
        assertThat(Files.size(file)).isEqualTo(32);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        try (var files = Files.list(home)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void agreesOnOneKeyWhenManyMakeItAtOnce() throws Exception {
        List<Callable<String>> makers = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
            makers.add(
                    () ->
                            Objects.requireNonNull(RedactionKey.ofHomeOrNull(home))
                                    .fingerprint(SECRET));
        }
        Set<String> fingerprints = new HashSet<>();
        try (ExecutorService executor = Executors.newFixedThreadPool(AT_ONCE)) {
            for (Future<String> made : executor.invokeAll(makers)) {
                fingerprints.add(made.get());
            }
        }
        assertThat(fingerprints).hasSize(1);
    }

    @Test
    void redactsWithoutFingerprintsWhereThereCanBeNoKey() {
        Path nowhere = home.resolve("missing");
        assertThat(RedactionKey.ofHomeOrNull(nowhere)).isNull();
        assertThat(new Redactor(null).redact("password=" + SECRET))
                .isEqualTo("password=[redacted:password]");
    }
}
