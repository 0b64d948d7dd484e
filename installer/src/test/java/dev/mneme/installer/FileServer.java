package dev.mneme.installer;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/// A real HTTP server over a raw socket that does what it is told, also what no server should: each
/// request takes the next behaviour, the last one stays.
final class FileServer implements AutoCloseable {

    /// Answers one request by hand.
    @FunctionalInterface
    interface Behaviour {
        void answer(Request request, OutputStream out) throws IOException, InterruptedException;
    }

    record Request(String path, Map<String, String> headers) {

        /// Where the wanted range starts; 0 without one.
        int from() {
            String range = headers.get("range");
            return range == null
                    ? 0
                    : Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
        }
    }

    private final ServerSocket socket;
    private final Deque<Behaviour> behaviours = new ArrayDeque<>();
    private final List<Request> requests = new ArrayList<>();

    FileServer() throws IOException {
        socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().name("file-server").start(this::accept);
    }

    URI address(String path) {
        return URI.create("http://127.0.0.1:" + socket.getLocalPort() + path);
    }

    synchronized void then(Behaviour behaviour) {
        behaviours.add(behaviour);
    }

    synchronized List<Request> requests() {
        return List.copyOf(requests);
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket connection = socket.accept();
                Thread.ofVirtual().start(() -> serve(connection));
            } catch (SocketException closed) {
                return;
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            var in =
                    new BufferedReader(
                            new InputStreamReader(
                                    connection.getInputStream(), StandardCharsets.ISO_8859_1));
            String first = in.readLine();
            if (first == null) {
                return;
            }
            var headers = new LinkedHashMap<String, String>();
            for (String line = in.readLine();
                    line != null && !line.isEmpty();
                    line = in.readLine()) {
                int colon = line.indexOf(':');
                headers.put(
                        line.substring(0, colon).toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).strip());
            }
            int start = first.indexOf(' ') + 1;
            var request = new Request(first.substring(start, first.indexOf(' ', start)), headers);
            next(request).answer(request, connection.getOutputStream());
        } catch (IOException gone) {
            // The client had enough.
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized Behaviour next(Request request) {
        requests.add(request);
        return behaviours.size() > 1
                ? behaviours.remove()
                : Objects.requireNonNull(behaviours.peek(), "nothing to answer with");
    }

    /// A server as it should be: whole or from the wanted byte on, with lengths and a tag.
    static Behaviour honest(byte[] content, String tag) {
        return (request, out) -> {
            boolean same = tag.equals(request.headers().getOrDefault("if-range", tag));
            int from = same ? request.from() : 0;
            if (from >= content.length && from > 0) {
                head(out, "416 Range Not Satisfiable", "Content-Range: bytes */" + content.length);
                return;
            }
            head(
                    out,
                    from > 0 ? "206 Partial Content" : "200 OK",
                    "ETag: " + tag,
                    "Content-Length: " + (content.length - from),
                    from > 0
                            ? "Content-Range: bytes "
                                    + from
                                    + "-"
                                    + (content.length - 1)
                                    + "/"
                                    + content.length
                            : "Accept-Ranges: bytes");
            out.write(content, from, content.length - from);
            out.flush();
        };
    }

    static void head(OutputStream out, String status, String... headers) throws IOException {
        var text = new StringBuilder("HTTP/1.1 ").append(status).append("\r\n");
        for (String header : headers) {
            text.append(header).append("\r\n");
        }
        text.append("Connection: close\r\n\r\n");
        out.write(text.toString().getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
