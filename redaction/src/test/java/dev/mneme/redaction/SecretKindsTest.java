package dev.mneme.redaction;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;
import java.util.stream.Stream;

/// Each kind of secret with real shapes of it, and what looks like one and is none.
///
/// The samples are put together from two halves so that no scanner takes this file for a leak.
final class SecretKindsTest {

    private static final String RANDOM_36 = "16C7e42F292c6912E7710c838347Ae178B4a";
    private static final String RANDOM_40 = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYzzzzzzzKEY";

    /// A text, the secret in it, the kind it becomes.
    record Secret(String kind, String text, String secret) {}

    private final Redactor redactor = new Redactor();

    static Stream<Secret> secrets() {
        return Stream.of(
                whole("stripe-key", "sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc"),
                whole("stripe-key", "rk_" + "live_51H8abcDEFghiJKLmnoPQRst"),
                whole("stripe-key", "sk_" + "test_4eC39HqLyjWDarjtT1zdp7dc"),
                whole("stripe-webhook-secret", "whsec" + "_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
                whole("aws-access-key-id", "AKIA" + "IOSFODNN7EXAMPLE"),
                whole("aws-access-key-id", "ASIA" + "Y34FZKBOKMUTVV7A"),
                part("aws-secret-key", "aws_secret_access_key = ", RANDOM_40),
                part("aws-secret-key", "export AWS_SECRET_ACCESS_KEY=\"", RANDOM_40),
                part("aws-secret-key", "{\"SecretAccessKey\": \"", RANDOM_40),
                part("aws-secret-key", "AWS Secret Access Key [None]: ", RANDOM_40),
                whole("github-token", "ghp" + "_" + RANDOM_36),
                whole("github-token", "gho" + "_" + RANDOM_36),
                whole("github-token", "ghu" + "_" + RANDOM_36),
                whole("github-token", "ghs" + "_" + RANDOM_36),
                whole("github-token", "ghr" + "_" + RANDOM_36),
                whole("github-token", "github" + "_pat_11ABCDEFG0abcdefghijkl_" + RANDOM_36),
                whole("anthropic-key", "sk-" + "ant-api03-" + RANDOM_36 + "-" + RANDOM_36 + "AA"),
                whole("anthropic-key", "sk-" + "ant-oat01-abc_DEF-123"),
                whole("openai-key", "sk-" + "abcdEFGH1234ijklMNOP5678qrstUVWX9012yzABcdEF"),
                whole("openai-key", "sk-" + "proj-abc_DEF-123ghiJKL456mnoPQR"),
                whole("openai-key", "sk-" + "svcacct-abc_DEF-123ghiJKL456mnoPQR"),
                whole("slack-token", "xoxb" + "-17653672481-19874698323-pdFZKVeTuE8sk7oOcHrzqqgy"),
                whole("slack-token", "xoxp" + "-17653672481-19874698323-abcdefabcdef"),
                part(
                        "slack-webhook",
                        "https://hooks.slack.com/services/",
                        "T0001/B0002/abcdEFGH1234ijkl"),
                whole("google-api-key", "AIza" + "SyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY"),
                whole(
                        "jwt",
                        "eyJhbGciOiJIUzI1NiJ9"
                                + ".eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"),
                whole("jwt", "eyJhbGciOiJub25lIn0xx" + ".eyJzdWIiOiIxMjM0NTY3ODkwIn0."),
                part("authorization", "Authorization: Bearer ", "abc.def"),
                part("authorization", "-H 'Authorization: Bearer ", "r4nd0mT0kenVALUE"),
                part("authorization", "Authorization: Basic ", "dXNlcjpwYXNz"),
                part("authorization", "\"authorization\": \"token ", "abcdef123456"),
                part("authorization", "Proxy-Authorization: Basic ", "dXNlcjpwYXNzd29yZA=="),
                part("bearer-token", "curl with bearer ", "mF_9.B5f-4.1JqM0secret"),
                part("url-password", "postgres://app:", "hunter2", "@db.internal:5432/shop"),
                part("url-password", "https://user:", "p%40ss!word", "@example.org/x"),
                part("url-password", "redis://:", "s3cr3t", "@127.0.0.1:6379/0"),
                part("url-password", "mysql://root:", "a@b#c", "@host/db"),
                part("url-password", "https://x-access-token:", "0123abcd", "@github.com/o/r.git"),
                part("password", "PASSWORD=", "swordfish"),
                part("password", "export DB_PASSWORD='", "correct horse battery", "'"),
                part("password", "MYSQL_PASS=", "pa,ss;word&x"),
                part("password", "password: ", "hunter2"),
                part("password", "\"password\": \"", "hunter2", "\""),
                part("password", "\\\"password\\\": \\\"", "hunter2", "\\\""),
                part("password", "spring.datasource.password=", "hunter2"),
                part("password", "mysql --password=", "hunter2", " shop"),
                part("password", "tool --db-password ", "hunter2", " --verbose"),
                part("password", "const password = '", "hunter2", "';"),
                part("password", "password: string = \"", "hunter2", "\""),
                part("password", "<password>", "hunter2", "</password>"),
                part("password", "Server=x;Pwd=", "hunter2", ";Encrypt=true"),
                part("password", "?user=a&password=", "hunter2", "&x=1"),
                part("api-key", "API_KEY=", "1234abcd5678efgh"),
                part("api-key", "\"apiKey\": \"", "1234abcd5678efgh", "\""),
                part("api-key", "SECRET_KEY_BASE=", "0f0f0f0f0f0f"),
                part("secret", "client_secret=", "GOCSPX-abcdefgh"),
                part("token", "NPM_TOKEN=", "0123456789abcdef"),
                part("token", "token: \"", "0123456789abcdef", "\""),
                part("key", "DD_APP_KEY=", "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"),
                part("session-cookie", "Cookie: lang=en; PHPSESSID=", "q7f0v2m1n8k3j5h6g4d9s1a2z3"),
                part(
                        "azure-sas",
                        "https://x.blob.core.windows.net/a?sv=1&sig=",
                        "aB3%2F" + RANDOM_36),
                part("telegram-token", "bot1234567890:", "AA" + RANDOM_36.substring(3), "/getMe"),
                whole("npm-token", "npm" + "_" + RANDOM_36),
                whole("gitlab-token", "glpat" + "-" + RANDOM_36.substring(16)),
                whole("mailchimp-key", "0a1b2c3d4e5f60718293a4b5c6d7e8f9" + "-us14"),
                whole(
                        "terraform-cloud-token",
                        "aB3dE6gH9jK2mN" + ".atlasv1." + RANDOM_36 + RANDOM_36),
                whole("private-key", pem("RSA ", "\n")),
                whole("private-key", pem("", "\n")),
                whole("private-key", pem("OPENSSH ", "\\n")),
                whole("private-key", pem("EC ", "\\n\" +\n  \"")));
    }

    private static String pem(String algorithm, String lineEnd) {
        return "-----BEGIN "
                + algorithm
                + "PRIVATE"
                + " KEY-----"
                + lineEnd
                + "MIIEpAIBAAKCAQEA0123456789abcdefghij"
                + lineEnd
                + "klmnopqrstuvwxyz+/=="
                + lineEnd
                + "-----END "
                + algorithm
                + "PRIVATE"
                + " KEY-----";
    }

    private static Secret whole(String kind, String secret) {
        return new Secret(kind, secret, secret);
    }

    private static Secret part(String kind, String before, String secret) {
        return new Secret(kind, before + secret, secret);
    }

    private static Secret part(String kind, String before, String secret, String after) {
        return new Secret(kind, before + secret + after, secret);
    }

    @ParameterizedTest
    @MethodSource("secrets")
    void replacesTheSecretAndNothingElse(Secret secret) {
        String mark = "[redacted:" + secret.kind() + "]";
        String expected = secret.text().replace(secret.secret(), mark);
        assertThat(redactor.redact(secret.text())).isEqualTo(expected);
        assertThat(redactor.redact("Look:\n" + secret.text() + "\nand on.\n"))
                .isEqualTo("Look:\n" + expected + "\nand on.\n");
        assertThat(redactor.redact(expected)).isEqualTo(expected);
    }

    /// Where a key is cut off nobody can tell its end: what can be key data is taken.
    @Test
    void replacesAPrivateKeyThatIsCutOff() {
        String cut = pem("RSA ", "\n").substring(0, 70);
        assertThat(redactor.redact("Look:\n" + cut)).isEqualTo("Look:\n[redacted:private-key]");
        assertThat(redactor.redact("{\"key\":\"" + cut + "\"} and on"))
                .contains("[redacted:private-key]")
                .doesNotContain("MII");
    }

    static List<String> lookAlikes() {
        return List.of(
                "commit 1370a8c703a1832bd0114e85a634c6ede44fd902",
                "61ed0c52-0f6b-4c79-b226-c48f5d5a7275",
                "sha256:6a1a2eb6d15622bf3c96857206351ba97e1af16c30d7a74ee38970e434e9407e",
                "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk",
                "class=\"sk-folding-cube sk-loading-indicator-with-long-name\"",
                "the risk-abcdefghijklmnopqrstuvwxyz and task-1234567890123456789012",
                "password: string",
                "password: string;",
                "interface Login { user: string; password: string }",
                "def login(user: str, password: str) -> bool:",
                "password=<your-key>",
                "API_KEY=<your-key>",
                "API_KEY=your-api-key-here",
                "ANTHROPIC_API_KEY=sk-ant-your-key-here",
                "ANTHROPIC_API_KEY=sk-ant-xxxxxxxxxxxxxxxx",
                "sk-ant-...",
                "API_KEY=xxx",
                "STRIPE=sk_live_xxxxxxxxxxxxxxxx",
                "PASSWORD=${DB_PASSWORD}",
                "PASSWORD=$DB_PASSWORD",
                "PASSWORD=$(cat /run/secrets/db)",
                "const token = process.env.GITHUB_TOKEN",
                "apiKey: process.env.API_KEY,",
                "api_key = os.environ[\"API_KEY\"]",
                "postgres://app:${DB_PASSWORD}@db/shop",
                "postgres://app:<password>@db/shop",
                "http://localhost:3000/a@b",
                "http://localhost:8080?mail=a@b.org",
                "ssh://git@github.com:22/o/r",
                "git@github.com:owner/repo.git",
                "Authorization: Bearer $TOKEN",
                "Authorization: Bearer <token>",
                "Authorization: Bearer ${TOKEN}",
                "bearer authentication is required",
                "Basic authentication needs a name",
                "max_tokens: 4096",
                "token_count = 500",
                "tokens: 1234567890",
                "token := lexer.nextToken()",
                "token = nextToken",
                "{\"token\": \"identifier\"}",
                "secretKeyRef:\n  name: db",
                "password = getPassword(user)",
                "this.password = password;",
                "connect(password=db_password)",
                "if (password == null) return",
                "password is required",
                "The secret: it was never there",
                "secret: true",
                "PASSWORD_FILE=/run/secrets/db",
                "password: /run/secrets/db",
                "PWD=/home/dev/shop",
                "grep -r \"-----BEGIN RSA PRIVATE KEY-----\" .",
                "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOC\n-----END PUBLIC KEY-----",
                "-----BEGIN CERTIFICATE-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOC\n-----END CERTIFICATE-----",
                "bypass: true, compass=north",
                "eyJ is how a token begins",
                "AKIA is a prefix",
                "PasswordEncoder encoder = new PasswordEncoder();",
                "session_id=61ed0c52-0f6b-4c79-b226-c48f5d5a7275",
                "cache_key=0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
                "password = (sensitive value)",
                "log(\"wrong password:\", error)",
                "from vcr import vcr_cassette_library_directory_for_recorded_requests",
                "[redacted:password] and [private]");
    }

    @ParameterizedTest
    @MethodSource("lookAlikes")
    void leavesLookAlikesAlone(String text) {
        assertThat(redactor.redact(text)).isSameAs(text);
    }

    @Test
    void findsSeveralSecretsInOneText() {
        String key = "AKIA" + "IOSFODNN7EXAMPLE";
        assertThat(redactor.redact(key + "," + key + " password=hunter22"))
                .isEqualTo(
                        "[redacted:aws-access-key-id],[redacted:aws-access-key-id]"
                                + " password=[redacted:password]");
    }

    @Test
    void namesTheTokenRatherThanTheNameItIsAssignedTo() {
        assertThat(redactor.redact("API_KEY=sk-" + "ant-api03-abcdefghij0123"))
                .isEqualTo("API_KEY=[redacted:anthropic-key]");
    }
}
