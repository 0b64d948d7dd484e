package dev.mneme.installer;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;

import dev.mneme.protocol.Json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/// `mneme models` as people use it, from a real server on this machine, without a daemon.
final class ModelsCommandIT {

    private static final String OWN =
            """
            {"models": [{"name": "tiny", "kind": "embedding", "licence": "MIT",
              "about": "for a test", "source": "",
              "files": [{"name": "model.onnx", "address": "https://hub.invalid/m.onnx",
                         "bytes": 11, "sha256": "CHECKSUM"},
                        {"name": "tokenizer.json", "address": "https://hub.invalid/t.json"}],
              "embedding": {"dimensions": 8, "pooling": "mean", "tokens_max": 16}}]}
            """;

    private static final String ROW =
            """
            {"name": "NAME", "kind": "embedding",
             "files": [{"name": "model.onnx", "address": "https://hub.invalid/m.onnx"},
                       {"name": "tokenizer.json", "address": "https://hub.invalid/t.json"}],
             "embedding": {"dimensions": 8, "pooling": "mean", "tokens_max": 16}}
            """;

    @TempDir Path directory;

    @Test
    void pullsChoosesVerifiesAndRemoves() throws Exception {
        byte[] weights = "the weights".getBytes(StandardCharsets.UTF_8);
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/",
                exchange -> {
                    byte[] body =
                            exchange.getRequestURI().getPath().equals("/m.onnx")
                                    ? weights
                                    : "{}".getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(200, body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        server.start();
        try (var sandbox = new Sandbox(directory, "models")) {
            String mirror = "http://127.0.0.1:" + server.getAddress().getPort();
            Path models = Files.createDirectories(sandbox.mnemeHome().resolve("models"));
            String sha256 =
                    HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(weights));
            Files.writeString(models.resolve("own.json"), OWN.replace("CHECKSUM", sha256));
            Files.writeString(
                    sandbox.mnemeHome().resolve(".env"), "MNEME_MODEL_MIRROR=" + mirror + "\n");

            assertThat(state(sandbox)).isEqualTo("absent false");
            refused(sandbox.mneme("models", "use", "tiny"), "get it with `mneme models pull tiny`");
            refused(sandbox.mneme("models", "pull", "nobody"), "no model named `nobody`");

            Children.Ended pulled = sandbox.mneme("models", "pull", "tiny");
            assertThat(pulled.exitCode()).as(pulled.err()).isZero();
            assertThat(pulled.out())
                    .contains("model.onnx  SHA-256 " + sha256 + ": as the registry knows it")
                    .contains("unknown to the registry, recorded from this download")
                    .contains("`tiny` is ready");
            assertThat(state(sandbox)).isEqualTo("ready false");

            Children.Ended used = sandbox.mneme("models", "use", "tiny");
            assertThat(used.exitCode()).as(used.err()).isZero();
            assertThat(used.out()).contains("`tiny` is chosen for embedding", "the next one");
            assertThat(state(sandbox)).isEqualTo("ready true");
            refused(sandbox.mneme("models", "remove", "tiny"), "choose another one first");

            Files.writeString(models.resolve("tiny/model.onnx"), "THE WEIGHTS");
            Children.Ended broken = sandbox.mneme("models", "verify");
            assertThat(broken.exitCode()).isEqualTo(1);
            assertThat(broken.out()).contains("model.onnx", "SHA-256", "mneme models pull tiny");
            assertThat(sandbox.mneme("models", "pull", "tiny").exitCode()).isZero();
            assertThat(sandbox.mneme("models", "verify", "tiny").exitCode()).isZero();

            assertThat(sandbox.mneme("models", "use", "mneme-words-v1").exitCode()).isZero();
            assertThat(sandbox.mneme("models", "remove", "tiny").exitCode()).isZero();
            assertThat(models.resolve("tiny")).doesNotExist();
            assertThat(sandbox.mneme("models", "use").exitCode()).isEqualTo(2);
            assertThat(sandbox.mneme(Map.of(), "models", "list").out())
                    .contains("* mneme-words-v1", "nomic-embed-text-v1.5", "* rules");
        } finally {
            server.stop(0);
        }
    }

    /// The daemon that runs decides, and says how far it is.
    @Test
    void asksTheDaemonThatRuns() throws Exception {
        try (var sandbox = new Sandbox(directory, "running")) {
            sandbox.startDaemon();
            Path models = Files.createDirectories(sandbox.mnemeHome().resolve("models"));
            var files = new StringBuilder();
            for (String name : List.of("tiny", "broken")) {
                Path folder = Files.createDirectories(models.resolve(name));
                Files.writeString(folder.resolve("model.onnx"), "the weights");
                Files.writeString(folder.resolve("tokenizer.json"), "{}");
                files.append(files.isEmpty() ? "" : ",").append(ROW.replace("NAME", name));
            }
            Files.writeString(models.resolve("own.json"), "{\"models\": [" + files + "]}");
            refused(sandbox.mneme("models", "use", "tiny"), "is not downloaded");
            assertThat(sandbox.mneme("models", "verify").exitCode()).isZero();

            Children.Ended used = sandbox.mneme("models", "use", "tiny");
            assertThat(used.exitCode()).as(used.err()).isZero();
            assertThat(used.out())
                    .isEqualTo(
                            """
                            `mneme-words-v1` serves search
                            `tiny` follows when its vectors are made: 1 of 3
                            """);
            refused(sandbox.mneme("models", "use", "broken"), "[MODEL_UNUSABLE]");
            assertThat(sandbox.mneme("models", "use", "--cancel").out())
                    .isEqualTo("`mneme-words-v1` serves search\n");
            assertThat(models.resolve("chosen.json")).as("the daemon writes it").doesNotExist();
        }
    }

    private static String state(Sandbox sandbox) throws Exception {
        Children.Ended listed = sandbox.mneme("models", "list", "--json");
        assertThat(listed.exitCode()).as(listed.err()).isZero();
        for (JsonNode model : Json.tree(listed.out()).at("/models")) {
            if (model.at("/name").asString().equals("tiny")) {
                return model.at("/state").asString() + " " + model.at("/chosen").asBoolean();
            }
        }
        throw new AssertionError(listed.out());
    }

    private static void refused(Children.Ended ended, String why) {
        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.err()).contains(why);
    }
}
