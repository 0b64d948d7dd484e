package dev.mneme.http;

import dev.mneme.console.ConsoleFiles;
import dev.mneme.console.ConsoleKeys;
import dev.mneme.protocol.ErrorCode;
import dev.mneme.protocol.Wire;

import io.javalin.http.Context;

/// `/api/console`: how a browser is let in.
final class ConsoleRoutes {

    /// The only one of these that is called without a token: the code is what lets in.
    static final String KEY = "/api/console/key";

    private final ConsoleKeys keys;

    ConsoleRoutes(ConsoleKeys keys) {
        this.keys = keys;
    }

    /// For `mneme open`, with the token.
    void code(Context context) {
        context.json(new Wire.ConsoleCode(keys.newCode(), ConsoleKeys.CODE_LIFE.toSeconds()));
    }

    /// For the page. The code comes as a bearer: a page of another origin cannot send that unasked,
    /// and no body is there to be redacted.
    void key(Context context) {
        String code = Guard.bearer(context.header("Authorization"));
        context.header("Cache-Control", "no-store");
        context.json(
                new Wire.ConsoleKey(
                        keys.redeem(code)
                                .orElseThrow(
                                        () ->
                                                new ApiException(
                                                        ErrorCode.CODE_SPENT,
                                                        "the link was used already, or is older"
                                                                + " than a minute",
                                                        "run `mneme open` again"))));
    }

    /// One of the console's own files. They hold nothing, so they are given to whoever asks.
    static void serve(Context context, ConsoleFiles.File file) {
        context.header("Content-Security-Policy", ConsoleFiles.CONTENT_SECURITY_POLICY);
        context.header("Referrer-Policy", "no-referrer");
        context.header("Cross-Origin-Opener-Policy", "same-origin");
        context.header("Cross-Origin-Resource-Policy", "same-origin");
        // After an update the page and its parts must be of one version.
        context.header("Cache-Control", "no-cache");
        context.contentType(file.contentType()).result(file.content());
    }
}
