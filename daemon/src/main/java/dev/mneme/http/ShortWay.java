package dev.mneme.http;

import dev.mneme.protocol.Json;
import dev.mneme.protocol.Problem;

import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable;
import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;

/// The front of the server. Requests of the few operations that many callers send at once are read
/// and answered here, without a thread that waits for each and without the layers of a servlet; all
/// others get a thread of their own and go on to these.
///
/// Whatever is not as usual with a request (another `Host`, an `Origin`, not the token, a body
/// without a length or with too many bytes) goes on as well: the one place that refuses requests is
/// behind, and nothing comes in here that it would not let in.
final class ShortWay extends Handler.Wrapper {

    private static final HttpField NO_SNIFFING =
            new PreEncodedHttpField("X-Content-Type-Options", "nosniff");
    private static final HttpField JSON =
            new PreEncodedHttpField(HttpHeader.CONTENT_TYPE, "application/json");
    private static final byte[] NOTHING = {};

    private static final HttpField PROBLEM =
            new PreEncodedHttpField(HttpHeader.CONTENT_TYPE, "application/problem+json");

    /// A `POST` operation that does not wait.
    ///
    /// @param path without parameters
    record Route(String path, int bodyBytesMax, Operation operation) {}

    /// What a route does.
    @FunctionalInterface
    interface Operation {

        /// Answers now or later, on any thread, exactly once.
        void run(byte[] body, HttpFields headers, Answer answer);
    }

    private final Guard guard;
    private final Map<String, Route> routes;
    private final Executor waiting;

    /// @param waiting runs what may wait
    ShortWay(Guard guard, List<Route> routes, Executor waiting) {
        this.guard = guard;
        this.routes =
                routes.stream().collect(Collectors.toUnmodifiableMap(Route::path, one -> one));
        this.waiting = waiting;
    }

    /// Nothing here waits, so requests are read where they arrive.
    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        Route route = routeOrNull(request);
        if (route == null) {
            waiting.execute(() -> goOn(request, response, callback));
        } else {
            new Exchange(route, request, response, callback).read();
        }
        return true;
    }

    private @Nullable Route routeOrNull(Request request) {
        if (!HttpMethod.POST.is(request.getMethod())) {
            return null;
        }
        Route route = routes.get(request.getHttpURI().getPath());
        HttpFields headers = request.getHeaders();
        long length = request.getLength();
        return route != null
                        && length > 0
                        && length <= route.bodyBytesMax()
                        && !headers.contains(HttpHeader.EXPECT)
                        && guard.isOwner(
                                headers.get(HttpHeader.HOST),
                                headers.get(HttpHeader.ORIGIN),
                                headers.get(HttpHeader.AUTHORIZATION))
                ? route
                : null;
    }

    private void goOn(Request request, Response response, Callback callback) {
        try {
            if (!super.handle(request, response, callback)) {
                Response.writeError(request, response, callback, 404);
            }
        } catch (Exception failed) {
            Response.writeError(request, response, callback, failed);
        }
    }

    /// How an operation answers.
    interface Answer {

        void json(Object value);

        /// 200, and an empty body.
        void nothing();

        /// As [Failures] has it.
        void failed(Throwable failure);
    }

    /// One request on the short way.
    private static final class Exchange implements Answer, Runnable, Invocable {

        private final Route route;
        private final Request request;
        private final Response response;
        private final Callback callback;
        private final byte[] body;
        private int received;

        Exchange(Route route, Request request, Response response, Callback callback) {
            this.route = route;
            this.request = request;
            this.response = response;
            this.callback = callback;
            this.body = new byte[(int) request.getLength()];
        }

        /// More has come.
        @Override
        public void run() {
            read();
        }

        @Override
        public InvocationType getInvocationType() {
            return InvocationType.NON_BLOCKING;
        }

        /// What has come, and when it is whole, on to the operation.
        void read() {
            while (true) {
                Content.Chunk chunk = request.read();
                if (chunk == null) {
                    request.demand(this);
                    return;
                }
                if (Content.Chunk.isFailure(chunk)) {
                    callback.failed(chunk.getFailure());
                    return;
                }
                ByteBuffer part = chunk.getByteBuffer();
                int size = part.remaining();
                part.get(body, received, size);
                received += size;
                chunk.release();
                if (chunk.isLast()) {
                    route.operation().run(body, request.getHeaders(), this);
                    return;
                }
            }
        }

        @Override
        public void json(Object value) {
            write(200, JSON, value);
        }

        @Override
        public void nothing() {
            write(200, NOTHING);
        }

        @Override
        public void failed(Throwable failure) {
            Problem problem =
                    Failures.problem(
                            failure,
                            request.getMethod(),
                            route.path(),
                            UUID.randomUUID().toString());
            write(problem.status(), PROBLEM, problem);
        }

        private void write(int status, HttpField type, Object value) {
            response.getHeaders().add(type);
            write(status, Json.write(value).getBytes(StandardCharsets.UTF_8));
        }

        private void write(int status, byte[] content) {
            response.setStatus(status);
            response.getHeaders().add(NO_SNIFFING);
            response.getHeaders().put(HttpHeader.CONTENT_LENGTH, content.length);
            ServerThreads.goingOnHere(
                    () -> response.write(true, ByteBuffer.wrap(content), callback));
        }
    }
}
