package dev.mneme.console;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Serves one file, slowly until it is told that it may hurry.
final class TrickleServer implements AutoCloseable {

    private static final int PIECE_BYTES = 1024;
    private static final int PAUSE_MS = 10;

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Semaphore hurry = new Semaphore(0);
    private volatile byte[] content;

    TrickleServer(byte[] content) throws IOException {
        this.content = content;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    String address() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/model.gguf";
    }

    /// From now on nothing waits.
    void hurry() {
        hurry.release(Integer.MAX_VALUE / 2);
    }

    void serve(byte[] other) {
        content = other;
    }

    private void answer(HttpExchange exchange) throws IOException {
        byte[] bytes = content;
        exchange.sendResponseHeaders(200, bytes.length);
        try (OutputStream out = exchange.getResponseBody()) {
            for (int at = 0; at < bytes.length; at += PIECE_BYTES) {
                out.write(bytes, at, Math.min(PIECE_BYTES, bytes.length - at));
                out.flush();
                hurry.tryAcquire(PAUSE_MS, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
