package dev.mneme.http;

import dev.mneme.console.ConsoleFiles;
import dev.mneme.console.ConsoleKeys;
import dev.mneme.protocol.ErrorCode;
import dev.mneme.protocol.Json;
import dev.mneme.protocol.Problem;

import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.json.JsonMapper;

import org.jspecify.annotations.Nullable;

import java.lang.reflect.Type;
import java.util.List;
import java.util.UUID;

/// The REST surface on loopback: routes, the guard before them, and one shape for every error.
public final class HttpApi implements AutoCloseable {

    private static final String LOOPBACK = "127.0.0.1";
    static final String HEALTH = "/api/health";

    /// The description of all others.
    private static final String DOCUMENT = "/api/openapi.json";

    private static final String CALLER = "mneme.caller";
    private static final String REQUEST_ID = "mneme.request-id";

    private final Javalin server;
    private int port;

    /// @param shortWays ways in for what many callers send at once, beside their endpoints
    HttpApi(
            String token,
            String version,
            ConsoleKeys keys,
            List<Endpoint> endpoints,
            List<ShortWay.Route> shortWays) {
        var guard = new Guard(token, keys, () -> port);
        var console = new ConsoleFiles();
        server =
                Javalin.create(
                        config -> {
                            config.startup.showJavalinBanner = false;
                            config.startup.showOldJavalinVersionWarning = false;
                            config.startup.startupWatcherEnabled = false;
                            config.concurrency.useVirtualThreads = true;
                            config.jetty.threadPool = new ServerThreads();
                            config.jetty.modifyServer(
                                    jetty ->
                                            jetty.setHandler(
                                                    new ShortWay(
                                                            guard,
                                                            shortWays,
                                                            Thread::startVirtualThread)));
                            config.http.prefer405over404 = true;
                            config.jsonMapper(new WireMapper());
                            config.jetty.modifyHttpConfiguration(
                                    http -> http.setSendServerVersion(false));
                            guardRoutes(config, guard, console);
                            for (ConsoleFiles.File file : console.all()) {
                                config.routes.get(
                                        file.path(), context -> ConsoleRoutes.serve(context, file));
                            }
                            config.routes.get(
                                    DOCUMENT,
                                    context ->
                                            context.contentType("application/json")
                                                    .result(
                                                            Json.write(
                                                                    OpenApi.document(
                                                                            version, endpoints))));
                            for (Endpoint endpoint : endpoints) {
                                config.routes.addHttpHandler(
                                        endpoint.method(), endpoint.path(), guarded(endpoint));
                            }
                            mapErrors(config);
                        });
    }

    /// Listens on a loopback port.
    public void start(int wantedPort) {
        port = wantedPort;
        server.start(LOOPBACK, wantedPort);
        port = server.port();
    }

    public int port() {
        return port;
    }

    @Override
    public void close() {
        server.stop();
    }

    /// A key of the console opens what the console shows, and nothing else: what cannot be taken
    /// back asks for the token.
    private static Handler guarded(Endpoint endpoint) {
        return endpoint.console()
                ? endpoint.handler()
                : context -> {
                    if (context.attribute(CALLER) == Guard.Caller.CONSOLE) {
                        throw new ApiException(
                                ErrorCode.NOT_FOR_CONSOLE,
                                "the console may not do this",
                                "use the command line, or the content of `$MNEME_HOME/token`");
                    }
                    endpoint.handler().handle(context);
                };
    }

    private static void guardRoutes(JavalinConfig config, Guard guard, ConsoleFiles console) {
        config.routes.before(
                context -> {
                    context.attribute(REQUEST_ID, UUID.randomUUID().toString());
                    guard.checkHost(context.header("Host"));
                    guard.checkOrigin(context.header("Origin"));
                    context.header("X-Content-Type-Options", "nosniff");
                    if (!isOpen(context, console)) {
                        context.attribute(
                                CALLER, guard.checkToken(context.header("Authorization")));
                    }
                });
    }

    /// What is said to whoever asks: that the daemon lives, the console's own files, and a key to
    /// whoever has a code.
    private static boolean isOpen(Context context, ConsoleFiles console) {
        return switch (context.method().name()) {
            case "GET", "HEAD" -> context.path().equals(HEALTH) || console.has(context.path());
            case "POST" -> context.path().equals(ConsoleRoutes.KEY);
            default -> false;
        };
    }

    private static void mapErrors(JavalinConfig config) {
        config.routes.exception(
                Exception.class,
                (failure, context) ->
                        answer(
                                context,
                                Failures.problem(
                                        failure,
                                        context.method().name(),
                                        context.endpoint().path,
                                        requestId(context))));
        config.routes.error(
                404,
                context -> {
                    if (context.resultInputStream() == null || notOurs(context)) {
                        answer(
                                context,
                                ErrorCode.NOT_FOUND,
                                "there is no such endpoint",
                                "GET " + DOCUMENT + " lists the endpoints",
                                null);
                    }
                });
        config.routes.error(
                405,
                context ->
                        answer(
                                context,
                                ErrorCode.METHOD_NOT_ALLOWED,
                                "this endpoint knows other methods",
                                "see the `Allow` header",
                                null));
    }

    private static boolean notOurs(Context context) {
        return context.attribute(ANSWERED) == null;
    }

    private static final String ANSWERED = "mneme.answered";

    private static void answer(
            Context context,
            ErrorCode code,
            String detail,
            @Nullable String hint,
            @Nullable String path) {
        answer(context, Problem.of(code, detail, hint, path, requestId(context)));
    }

    private static void answer(Context context, Problem problem) {
        context.attribute(ANSWERED, true);
        context.status(problem.status());
        context.result(Json.write(problem));
        context.contentType("application/problem+json");
    }

    private static @Nullable String requestId(Context context) {
        return context.attribute(REQUEST_ID);
    }

    /// Javalin's own JSON would be another library; ours is the one in `protocol`.
    private static final class WireMapper implements JsonMapper {

        @Override
        public String toJsonString(Object value, Type type) {
            return Json.write(value);
        }
    }
}
