package dev.mneme.mcp;

import dev.mneme.protocol.Json;

import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpServerSession;
import io.modelcontextprotocol.spec.McpServerTransport;
import io.modelcontextprotocol.spec.McpServerTransportProvider;
import io.modelcontextprotocol.spec.ProtocolVersions;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import reactor.core.publisher.Mono;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Reads JSON-RPC messages from one stream, one a line, and writes the answers to another.
///
/// The SDK brings a transport of its own; it is not used, because in 2.1.0 a blank line, broken
/// JSON or an array ends it without a word, a request that comes before `initialize` is parked for
/// ever and keeps the process alive past the end of input, an answer that is not ready when the
/// input ends is thrown away, and answers that finish in the same moment meet in a sink which may
/// fail and end the session. This one promises instead:
///
/// - every line is answered, ignored as a notification, or refused with an error of JSON-RPC;
///   none ends the loop;
/// - one lock around each frame: concurrent answers never mix, whoever sends them;
/// - when the input ends, `run` returns at once if nothing is under way, else when the last answer
///   is out, and in any case after `DRAIN_TIMEOUT`.
///
/// `run` belongs to one thread; `sendMessage` may be called from any.
final class StdioLoop implements McpServerTransportProvider {

    /// A message longer than this is refused. What tools accept is far smaller, and a message is
    /// held several times over while it is parsed in a heap of 64 MB.
    static final int MESSAGE_BYTES_MAX = 4 * 1024 * 1024;

    /// How long answers under way may still take once the client closed the input.
    static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(2);

    private static final Logger logger = LoggerFactory.getLogger(StdioLoop.class);

    private final McpJsonMapper mapper;
    private final LineReader lines;
    private final OutputStream out;
    private final Runnable onFirstAnswer;

    private final ReentrantLock writing = new ReentrantLock();
    private final ReentrantLock counting = new ReentrantLock();
    private final Condition answered = counting.newCondition();
    private int underWay;
    private boolean answeredOnce;

    private @Nullable McpServerSession session;
    private boolean initializeSeen;
    private boolean initializedSeen;

    /// `onFirstAnswer` runs once, after the first answer is out: the place for work that would
    /// slow it down.
    StdioLoop(McpJsonMapper mapper, InputStream in, OutputStream out, Runnable onFirstAnswer) {
        this.mapper = mapper;
        this.lines = new LineReader(in, MESSAGE_BYTES_MAX);
        this.out = out;
        this.onFirstAnswer = onFirstAnswer;
    }

    @Override
    public List<String> protocolVersions() {
        return List.of(
                ProtocolVersions.MCP_2024_11_05,
                ProtocolVersions.MCP_2025_03_26,
                ProtocolVersions.MCP_2025_06_18,
                ProtocolVersions.MCP_2025_11_25);
    }

    @Override
    public void setSessionFactory(McpServerSession.Factory factory) {
        session = factory.create(new Transport());
    }

    /// There is nothing to notify of: the list of tools never changes.
    @Override
    public Mono<Void> notifyClients(String method, Object params) {
        return Mono.empty();
    }

    @Override
    public Mono<Void> closeGracefully() {
        return Mono.empty();
    }

    /// Serves until the input ends or the output breaks.
    void run() throws InterruptedException {
        while (true) {
            LineReader.Line line;
            try {
                line = lines.next();
            } catch (IOException broken) {
                logger.warn("stopped reading reason={}", broken.getClass().getSimpleName());
                return;
            }
            // No `switch`: the JVM would make up its code at each start, 10 ms before the answer.
            if (line instanceof LineReader.Line.Text text) {
                take(text.text());
            } else if (line instanceof LineReader.Line.TooLong) {
                refuse(
                        null,
                        McpSchema.ErrorCodes.INVALID_REQUEST,
                        "Message is longer than " + MESSAGE_BYTES_MAX + " bytes");
            } else {
                drain();
                return;
            }
        }
    }

    private void take(String line) {
        if (line.isBlank()) {
            return;
        }
        JsonNode tree;
        try {
            tree = Json.tree(line);
        } catch (JacksonException broken) {
            refuse(null, McpSchema.ErrorCodes.PARSE_ERROR, "Parse error");
            return;
        }
        if (!tree.isObject()) {
            refuse(
                    null,
                    McpSchema.ErrorCodes.INVALID_REQUEST,
                    "A message is one JSON object a line; batches are not supported");
            return;
        }
        McpSchema.JSONRPCMessage message = messageOf(tree);
        if (message == null) {
            refuse(
                    idOf(tree),
                    McpSchema.ErrorCodes.INVALID_REQUEST,
                    "Not a JSON-RPC 2.0 request, notification or response");
            return;
        }
        // This server asks its client nothing, so a response belongs to no request.
        if (message instanceof McpSchema.JSONRPCRequest request) {
            takeRequest(request);
        } else if (message instanceof McpSchema.JSONRPCNotification notification) {
            takeNotification(notification);
        }
    }

    private static McpSchema.@Nullable JSONRPCMessage messageOf(JsonNode tree) {
        if (!McpSchema.JSONRPC_VERSION.equals(tree.path("jsonrpc").stringValue(""))) {
            return null; // the SDK would take any
        }
        try {
            return WireMessages.of(tree);
        } catch (RuntimeException notJsonRpc) {
            return null;
        }
    }

    private void takeRequest(McpSchema.JSONRPCRequest request) {
        String method = request.method();
        boolean initialize = method.equals(McpSchema.METHOD_INITIALIZE);
        if (!initialize && !initializeSeen) {
            if (method.equals(McpSchema.METHOD_PING)) {
                write(response(request.id(), "result", Map.of()));
                return;
            }
            if (!method.equals("server/discover")) {
                refuse(
                        request.id(),
                        McpSchema.ErrorCodes.INVALID_REQUEST,
                        "Not initialized: send `initialize` first");
                return;
            }
        }
        if (initialize) {
            initializeSeen = true;
        } else if (initializeSeen && !initializedSeen) {
            // The session would park the request until a notification that some clients send late
            // or never; whoever asks for tools after `initialize` is initialized.
            initialized();
        }
        handle(request);
    }

    private void takeNotification(McpSchema.JSONRPCNotification notification) {
        boolean initialized =
                notification.method().equals(McpSchema.METHOD_NOTIFICATION_INITIALIZED);
        if (initialized && initializeSeen && !initializedSeen) {
            initialized();
        }
        // No other notification changes what this server does; the session would log each.
    }

    private void initialized() {
        initializedSeen = true;
        handle(
                new McpSchema.JSONRPCNotification(
                        McpSchema.JSONRPC_VERSION,
                        McpSchema.METHOD_NOTIFICATION_INITIALIZED,
                        null));
    }

    private void handle(McpSchema.JSONRPCMessage message) {
        McpServerSession receiver = session;
        if (receiver == null) {
            throw new IllegalStateException("no server was built on this loop");
        }
        begin();
        receiver.handle(message)
                .doFinally(signal -> end())
                .subscribe(
                        nothing -> {},
                        failed ->
                                logger.error(
                                        "failed message reason={}",
                                        failed.getClass().getSimpleName()));
    }

    private void begin() {
        counting.lock();
        try {
            underWay++;
        } finally {
            counting.unlock();
        }
    }

    private void end() {
        counting.lock();
        try {
            underWay--;
            answered.signalAll();
        } finally {
            counting.unlock();
        }
    }

    private void drain() throws InterruptedException {
        long leftNanos = DRAIN_TIMEOUT.toNanos();
        counting.lockInterruptibly();
        try {
            while (underWay > 0 && leftNanos > 0) {
                leftNanos = answered.awaitNanos(leftNanos);
            }
            if (underWay > 0) {
                logger.warn(
                        "left answers unsent count={} after_ms={}",
                        underWay,
                        TimeUnit.NANOSECONDS.toMillis(DRAIN_TIMEOUT.toNanos()));
            }
        } finally {
            counting.unlock();
        }
    }

    private static @Nullable Object idOf(JsonNode message) {
        JsonNode id = message.get("id");
        if (id == null) {
            return null;
        }
        if (id.isString()) {
            return id.stringValue();
        }
        return id.isIntegralNumber() ? id.numberValue() : null;
    }

    private void refuse(@Nullable Object id, int code, String text) {
        var error = new LinkedHashMap<String, Object>();
        error.put("code", code);
        error.put("message", text);
        write(response(id, "error", error));
    }

    private static Map<String, @Nullable Object> response(
            @Nullable Object id, String outcome, Object value) {
        var response = new LinkedHashMap<String, @Nullable Object>();
        response.put("jsonrpc", McpSchema.JSONRPC_VERSION);
        response.put("id", id);
        response.put(outcome, value);
        return response;
    }

    private void write(Object message) {
        boolean first;
        try {
            byte[] json = mapper.writeValueAsBytes(plain(message));
            byte[] frame = new byte[json.length + 1];
            System.arraycopy(json, 0, frame, 0, json.length);
            frame[json.length] = '\n';
            writing.lock();
            try {
                out.write(frame);
                out.flush();
                first = !answeredOnce;
                answeredOnce = true;
            } finally {
                writing.unlock();
            }
        } catch (IOException broken) {
            // The client closed its end; it will close the other one too, and that ends the loop.
            logger.warn("failed answer reason={}", broken.getClass().getSimpleName());
            return;
        }
        if (first) {
            onFirstAnswer.run();
        }
    }

    /// An answer without the SDK's records, where it is the first one.
    private static Object plain(Object message) {
        if (message instanceof McpSchema.JSONRPCResponse answer
                && answer.result() instanceof McpSchema.InitializeResult result) {
            Map<String, Object> greeting = WireMessages.greeting(result);
            if (greeting != null) {
                return response(answer.id(), "result", greeting);
            }
        }
        return message;
    }

    private final class Transport implements McpServerTransport {

        @Override
        public Mono<Void> sendMessage(McpSchema.JSONRPCMessage message) {
            return Mono.fromRunnable(() -> write(message));
        }

        @Override
        @SuppressWarnings("unchecked")
        public <T> T unmarshalFrom(Object data, TypeRef<T> type) {
            if (type.getType() == McpSchema.InitializeRequest.class) {
                McpSchema.InitializeRequest greeting = WireMessages.greeting(data);
                if (greeting != null) {
                    return (T) greeting;
                }
            }
            return mapper.convertValue(data, type);
        }

        @Override
        public Mono<Void> closeGracefully() {
            return Mono.empty();
        }

        @Override
        public List<String> protocolVersions() {
            return StdioLoop.this.protocolVersions();
        }
    }
}
