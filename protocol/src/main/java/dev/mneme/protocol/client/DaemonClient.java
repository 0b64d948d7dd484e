package dev.mneme.protocol.client;

import dev.mneme.protocol.DaemonInfo;
import dev.mneme.protocol.Json;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.Wire;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.Optional;

/// Calls the daemon that `run/daemon.json` names, with the token of the same home.
///
/// Address and token are read anew for each call, since a daemon may have been restarted on another
/// port in between. `HttpURLConnection` because `java.net.http` costs a thin program 100 ms more at
/// its first call.
public final class DaemonClient {

    /// Longest answer that is read; a batch of full records stays far below.
    private static final int ANSWER_BYTES_MAX = 64 * 1024 * 1024;

    /// The endpoint that wants no token: whoever answers there may be anybody.
    private static final String HEALTH = "/api/health";

    private final MnemeHome home;

    public DaemonClient(MnemeHome home) {
        this.home = home;
    }

    /// An answer of any status, body as text.
    public record Answer(int status, String body) {

        public boolean ok() {
            return status / 100 == 2;
        }
    }

    /// Who the daemon says it is; empty when no daemon wrote its address.
    public Optional<DaemonInfo> info() {
        try {
            return Optional.of(Json.read(Files.readString(home.daemonInfo()), DaemonInfo.class));
        } catch (IOException | JacksonException absent) {
            return Optional.empty();
        }
    }

    /// The daemon's health, if it answers within `timeout`.
    public Optional<Wire.Health> health(Duration timeout) {
        try {
            Answer answer = call("GET", HEALTH, null, timeout);
            return answer.ok()
                    ? Optional.of(Json.read(answer.body(), Wire.Health.class))
                    : Optional.empty();
        } catch (DaemonUnavailable | JacksonException down) {
            return Optional.empty();
        }
    }

    public Answer get(String path, Duration timeout) throws DaemonUnavailable {
        return call("GET", path, null, timeout);
    }

    public Answer post(String path, Object body, Duration timeout) throws DaemonUnavailable {
        return call("POST", path, Json.write(body), timeout);
    }

    public Answer delete(String path, Duration timeout) throws DaemonUnavailable {
        return call("DELETE", path, null, timeout);
    }

    private Answer call(String method, String path, @Nullable String body, Duration timeout)
            throws DaemonUnavailable {
        DaemonInfo info =
                info().orElseThrow(
                                () ->
                                        new DaemonUnavailable(
                                                "no daemon is running for `" + home.root() + "`",
                                                "start it with `mneme start`"));
        try {
            var connection =
                    (HttpURLConnection)
                            URI.create("http://127.0.0.1:" + info.port() + path)
                                    .toURL()
                                    .openConnection();
            connection.setConnectTimeout((int) timeout.toMillis());
            connection.setReadTimeout((int) timeout.toMillis());
            connection.setRequestMethod(method);
            if (!path.equals(HEALTH)) {
                connection.setRequestProperty("Authorization", "Bearer " + token());
            }
            connection.setRequestProperty("Accept", "application/json");
            if (body != null) {
                byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
                connection.setDoOutput(true);
                connection.setFixedLengthStreamingMode(bytes.length);
                connection.setRequestProperty("Content-Type", "application/json");
                try (OutputStream out = connection.getOutputStream()) {
                    out.write(bytes);
                }
            }
            int status = connection.getResponseCode();
            try (InputStream in =
                    status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
                byte[] answer = in == null ? new byte[0] : in.readNBytes(ANSWER_BYTES_MAX);
                return new Answer(status, new String(answer, StandardCharsets.UTF_8));
            }
        } catch (IOException unreachable) {
            throw new DaemonUnavailable(
                    "cannot reach the daemon at 127.0.0.1:"
                            + info.port()
                            + " ("
                            + unreachable.getMessage()
                            + ")",
                    "start it with `mneme start`, or see what is wrong with `mneme doctor`",
                    unreachable);
        }
    }

    private String token() throws IOException {
        try {
            return Files.readString(home.token()).strip();
        } catch (NoSuchFileException absent) {
            return "";
        }
    }
}
