package dev.mneme.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;

final class RemoteAddressTest {

    private static final Path ROOT = Path.of("/no/such/place/shop");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "git@git.example:team/shop.git",
                "git.example:team/shop",
                "me@Git.Example:/team/shop/",
                "ssh://git@git.example/team/shop.git",
                "ssh://git@git.example:22/team/shop.git",
                "https://git.example/team/shop.git",
                "https://GIT.EXAMPLE:443/team/shop",
                "https://user:s3cret@git.example/team/shop.git/",
                "http://git.example:80/team/shop?token=s3cret",
                "git://git.example/team/shop.git",
            })
    void formsOfOneAddressAreEqualAndHoldNoCredentials(String address) {
        assertThat(RemoteAddress.normal(address, ROOT)).contains("git.example/team/shop");
    }

    @ParameterizedTest
    @CsvSource({
        "https://git.example:8443/team/shop,git.example:8443/team/shop",
        "git@git.example:Team/shop,git.example/Team/shop",
        "git@other.example:team/shop,other.example/team/shop",
        "/srv/git/shop.git,file:/srv/git/shop",
        "file:///srv/git/shop.git,file:/srv/git/shop",
        "../shop.git,file:/no/such/place/shop",
    })
    void differentAddressesStayDifferent(String address, String normal) {
        assertThat(RemoteAddress.normal(address, ROOT)).contains(normal);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", "ext::sh -c run", "https://git.example/", "git@host:\nx"})
    void whatIsNoAddressIsNoEvidence(String address) {
        assertThat(RemoteAddress.normal(address, ROOT)).isEmpty();
    }

    @Test
    void anEndlessAddressIsNoEvidence() {
        assertThat(RemoteAddress.normal("https://git.example/" + "a/".repeat(2_000), ROOT))
                .isEmpty();
    }
}
