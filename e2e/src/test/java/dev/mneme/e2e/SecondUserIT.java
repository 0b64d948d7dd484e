package dev.mneme.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mneme.protocol.Json;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// Two users of one machine, neither of them root: each has a port, a daemon and a database of
/// their own, and neither gets at anything of the other's.
@Tag("proof")
@Timeout(420)
final class SecondUserIT {

    /// Accounts that every Debian has; the programs of the tests run as root.
    private static final String ADA = "games";

    private static final String BOB = "news";
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    @Test
    void twoUsersHaveTheirOwnAndNothingOfEachOthers() throws Exception {
        Person ada = Person.withEmptyHome("ada");
        Person bob = Person.withEmptyHome("bob");
        try {
            if (!canChangeUser(ada)) {
                assertThat(System.getenv("MNEME_REQUIRE_PROOFS"))
                        .as("no right to become another user")
                        .isNotEqualTo("1");
                System.out.println("not run: two users (no right to become another user)");
                return;
            }
            ada.becomes(ADA);
            bob.becomes(BOB);
            for (Person person : List.of(ada, bob)) {
                Ended installed = person.mneme("install", "--yes");
                assertThat(installed.exitCode()).as(installed.toString()).isZero();
                assertThat(installed.out()).contains("healthy");
            }

            assertThat(ada.daemon().info().port()).isNotEqualTo(bob.daemon().info().port());
            assertThat(ada.daemons()).hasSize(1);
            assertThat(bob.daemons()).hasSize(1);
            assertThat(ada.databases()).hasSize(1);
            assertThat(bob.databases()).hasSize(1);
            assertThat(ada.daemons().getFirst().info().user()).contains(ADA);
            assertThat(bob.daemons().getFirst().info().user()).contains(BOB);
            for (Person person : List.of(ada, bob)) {
                Ended status = person.mneme("status", "--json");
                assertThat(Json.tree(status.out()).at("/status").asString())
                        .as(status.toString())
                        .isEqualTo("healthy");
            }
            getsNothing(ada, bob);
            getsNothing(bob, ada);
        } finally {
            try {
                bob.leave();
            } finally {
                ada.leave();
            }
        }
    }

    private static boolean canChangeUser(Person person) throws Exception {
        return person.run(
                        List.of(
                                "setpriv",
                                "--reuid",
                                ADA,
                                "--regid",
                                ADA,
                                "--clear-groups",
                                "true"),
                        Person.COMMAND_TIMEOUT)
                .ok();
    }

    private static void getsNothing(Person who, Person of) throws Exception {
        Path home = of.mneme().root();
        for (Path file : List.of(of.mneme().token(), of.mneme().settings(), home)) {
            Ended read = who.run(List.of("cat", file.toString()), Person.COMMAND_TIMEOUT);
            assertThat(read.exitCode()).as(read.toString()).isNotZero();
            assertThat(read.err()).contains("Permission denied");
        }
        Ended listed = who.run(List.of("ls", home.toString()), Person.COMMAND_TIMEOUT);
        assertThat(listed.exitCode()).as(listed.toString()).isNotZero();

        // Both speak on loopback: the token and the password keep them apart.
        String own = Files.readString(who.mneme().token()).strip();
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> answer =
                    client.send(
                            HttpRequest.newBuilder(
                                            URI.create(
                                                    "http://127.0.0.1:"
                                                            + of.daemon().info().port()
                                                            + "/api/projects"))
                                    .timeout(TIMEOUT)
                                    .header("Authorization", "Bearer " + own)
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(401);
        }
        String port = Files.readString(of.mneme().postgres().resolve("port")).strip();
        String password = Files.readString(who.mneme().postgres().resolve("password")).strip();
        assertThatThrownBy(
                        () ->
                                DriverManager.getConnection(
                                                "jdbc:postgresql://127.0.0.1:" + port + "/mneme",
                                                "mneme",
                                                password)
                                        .close())
                .isInstanceOfSatisfying(
                        SQLException.class,
                        refused -> assertThat(refused.getSQLState()).isEqualTo("28P01"));

        Ended hook =
                who.run(
                        of.registeredHook("SessionStart"),
                        Map.of(),
                        who.home(),
                        Payloads.sessionStart(who, "strange"),
                        Person.HOOK_TIMEOUT);
        assertThat(hook.out()).isEmpty();
    }
}
