package dev.mneme.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.daemon.TestDaemon;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/// What of the console is served to whom, without a browser.
@Timeout(60)
final class ConsoleHttpIT {

    private static TestDaemon daemon;

    @BeforeAll
    static void start() {
        daemon = TestDaemon.start();
    }

    @AfterAll
    static void stop() {
        daemon.close();
    }

    @Test
    void theFilesAreOpenAndSayWhatABrowserMayDoWithThem() throws Exception {
        for (String path : new String[] {"/", "/console/app.js", "/console/console.css"}) {
            HttpResponse<String> answer =
                    HttpClient.newHttpClient()
                            .send(
                                    daemon.bare(path).GET().build(),
                                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(path).isEqualTo(200);
            assertThat(answer.headers().firstValue("Content-Security-Policy").orElse(""))
                    .startsWith("default-src 'none'; script-src 'self'; style-src 'self';")
                    .contains("connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'")
                    .contains("form-action 'none'")
                    .doesNotContain("unsafe");
            assertThat(answer.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
            assertThat(answer.headers().firstValue("Referrer-Policy")).contains("no-referrer");
            assertThat(answer.headers().firstValue("Set-Cookie")).isEmpty();
        }
        assertThat(status(daemon.bare("/console/nothing.js").GET())).isEqualTo(401);
        assertThat(status(daemon.bare("/api/projects").GET())).isEqualTo(401);
        assertThat(status(daemon.bare("/").DELETE())).isEqualTo(401);
    }

    @Test
    void aPageOfAnotherOriginGetsNeitherFilesNorKeys() {
        String code = daemon.post("/api/console/code", "").json().at("/code").asString();
        for (String origin : new String[] {"https://evil.example", "http://127.0.0.1:1", "null"}) {
            assertThat(status(daemon.bare("/").header("Origin", origin).GET())).isEqualTo(403);
            assertThat(status(redeem(code).header("Origin", origin))).isEqualTo(403);
        }
        assertThat(status(redeem(code))).as("the code was not spent by them").isEqualTo(200);
        TestDaemon.Answer again = daemon.send(redeem(code).build());
        assertThat(again.status()).isEqualTo(401);
        assertThat(again.json().at("/code").asString()).isEqualTo("CODE_SPENT");
    }

    @Test
    void aCodeAsksForTheToken() {
        assertThat(
                        status(
                                daemon.bare("/api/console/code")
                                        .POST(HttpRequest.BodyPublishers.noBody())))
                .isEqualTo(401);
    }

    private static HttpRequest.Builder redeem(String code) {
        return daemon.bare("/api/console/key")
                .header("Authorization", "Bearer " + code)
                .POST(HttpRequest.BodyPublishers.noBody());
    }

    private static int status(HttpRequest.Builder request) {
        return daemon.send(request.build()).status();
    }
}
