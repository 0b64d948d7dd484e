package dev.mneme.bench;

import java.util.Base64;

/// Tool output without a single secret that looks full of them: hashes, ids, lock files, base64.
final class LookAlikes {

    private static final int KINDS = 34;

    private final Dice dice;

    LookAlikes(Dice dice) {
        this.dice = dice;
    }

    static int kinds() {
        return KINDS;
    }

    /// Several lines of one kind.
    String text(int kind) {
        var text = new StringBuilder();
        int lines = dice.between(5, 30);
        for (int i = 0; i < lines; i++) {
            text.append(line(kind)).append('\n');
        }
        return text.toString();
    }

    private String line(int kind) {
        return switch (kind) {
            case 0 -> "commit " + dice.hex(40);
            case 1 ->
                    dice.hex(7)
                            + " fix("
                            + dice.word()
                            + "): handle the token of the "
                            + dice.word();
            case 2 -> "      \"integrity\": \"sha512-" + base64(64) + "\",";
            case 3 ->
                    "  resolved \"https://packages.example.org/"
                            + dice.word()
                            + "/-/x-1.2.3.tgz#"
                            + dice.hex(40)
                            + "\"";
            case 4 -> "checksum = \"" + dice.hex(64) + "\"";
            case 5 -> "example.org/" + dice.word() + " v1.2.3 h1:" + base64(32);
            case 6 ->
                    "    {file = \"x-1.0-py3-none-any.whl\", hash = \"sha256:"
                            + dice.hex(64)
                            + "\"},";
            case 7 -> "<img src=\"data:image/png;base64,iVBORw0KGgo" + base64(300) + "\">";
            case 8 -> hexDump();
            case 9 -> minified();
            case 10 -> "{\"id\":\"" + dice.uuid() + "\",\"requestId\":\"" + dice.uuid() + "\"}";
            case 11 -> stripeIds();
            case 12 ->
                    "arn:aws:iam::"
                            + dice.of(Dice.DIGITS, 12)
                            + ":role/"
                            + dice.word()
                            + "-"
                            + dice.of(Dice.ALNUM, 12);
            case 13 ->
                    dice.word()
                            + "-"
                            + dice.of(Dice.LOWER_ALNUM, 10)
                            + "-"
                            + dice.of(Dice.LOWER_ALNUM, 5)
                            + "   1/1   Running   0   3d";
            case 14 -> "x-request-id: " + dice.uuid() + "  etag: W/\"" + dice.hex(32) + "\"";
            case 15 ->
                    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI"
                            + dice.of(Dice.BASE64, 43)
                            + " dev@shop";
            case 16 -> "2048 SHA256:" + dice.of(Dice.BASE64, 43) + " dev@shop (RSA)";
            case 17 -> source();
            case 18 -> placeholder();
            case 19 ->
                    "  chunk-" + dice.of(Dice.UPPER_ALNUM, 8) + ".js   " + dice.below(900) + " kB";
            case 20 ->
                    "{\"version\":3,\"mappings\":\"AAAA," + dice.of(Dice.ALNUM + ",;", 200) + "\"}";
            case 21 -> "usage: {\"input_tokens\":" + dice.below(99999) + ",\"max_tokens\":4096}";
            case 22 -> "/nix/store/" + dice.of(Dice.LOWER_ALNUM, 32) + "-" + dice.word() + "-1.2";
            case 23 -> "0x" + dice.hex(40) + " -> 0x" + dice.hex(64);
            case 24 -> "SM" + dice.hex(32) + "  AC" + dice.hex(32) + "  delivered";
            case 25 -> "age1" + dice.of(Dice.LOWER_ALNUM, 58);
            case 26 -> prose();
            case 27 -> schema();
            case 28 ->
                    "traceparent: 00-"
                            + dice.hex(32)
                            + "-"
                            + dice.hex(16)
                            + "-01 span="
                            + dice.hex(16);
            case 29 ->
                    "docker.io/library/postgres@sha256:"
                            + dice.hex(64)
                            + " "
                            + dice.hex(12)
                            + " 438MB";
            case 30 ->
                    "01H"
                            + dice.of(Dice.UPPER_ALNUM, 23)
                            + " "
                            + dice.of(Dice.DIGITS, 19)
                            + " active";
            case 31 -> testRun();
            case 32 -> identifiers();
            default -> certificateLine();
        };
    }

    private String base64(int bytes) {
        return Base64.getEncoder().encodeToString(dice.bytes(bytes));
    }

    private String hexDump() {
        var line = new StringBuilder("0000").append(dice.hex(4)).append(":");
        for (int i = 0; i < 8; i++) {
            line.append(' ').append(dice.hex(4));
        }
        return line.append("  ").append(dice.of(Dice.ALNUM + "...", 16)).toString();
    }

    private String minified() {
        return "!function(e,t){var n=t("
                + dice.below(9999)
                + "),r=n.key,o=e.token||r.token;e.exports={key:r.key,auth:o,p"
                + dice.of(Dice.ALNUM, 6)
                + ":function(a){return a.password===o.password}}}(this,"
                + dice.word()
                + ");";
    }

    private String stripeIds() {
        return dice.pick("cus_", "pi_", "ch_", "price_", "evt_", "sub_")
                + dice.of(Dice.ALNUM, 24)
                + " "
                + dice.pick("succeeded", "paid", "active")
                + " pk_live_"
                + dice.of(Dice.ALNUM, 24);
    }

    private String source() {
        String word = dice.word();
        return dice.pick(
                "const token = process.env." + word.toUpperCase(java.util.Locale.ROOT) + "_TOKEN;",
                "apiKey: config." + word + ".apiKey,",
                "password = getpass.getpass(\"Password: \")",
                "def login(user: str, password: str, token: Optional[str] = None) -> bool:",
                "  private readonly secret: string;",
                "if (!password || password.length < 8) throw new Error(\"password too short\");",
                "  token: " + word + "Token,",
                "var credentials = new Credentials(user, password);",
                "SELECT id, password_hash, api_key_id FROM users WHERE token_id = $1",
                "resp.Header.Set(\"Authorization\", \"Bearer \"+token)",
                "password: ${{ secrets.DOCKER_PASSWORD }}",
                "export GITHUB_TOKEN=$(gh auth token)",
                "secretKeyRef: { name: " + word + ", key: password }",
                "  api_key: <%= ENV['API_KEY'] %>",
                "session.cookie.name=session",
                "cookies().get('session')?.value",
                "res.cookie('theme', 'dark', { httpOnly: true })",
                "fn parse_token(token: &str) -> Result<Token, TokenError> {",
                "this.accessToken = response.accessToken;",
                "assert token_store.get(\"" + word + "\") is None",
                "key = \"" + word + "_" + dice.word() + "\"",
                "<input type=\"password\" name=\"password\" autocomplete=\"current-password\">",
                "+  const key = `${prefix}-" + word + "-${id}`",
                "  \"sk-estimator-doc-link fitted\"");
    }

    private String placeholder() {
        return dice.pick(
                "OPENAI_API_KEY=sk-...",
                "STRIPE_SECRET_KEY=sk_test_xxxxxxxxxxxxxxxxxxxxxxxx",
                "GITHUB_TOKEN=ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                "ANTHROPIC_API_KEY=your-api-key-here",
                "DB_PASSWORD=",
                "API_KEY=<your api key>",
                "SECRET_KEY=changeme",
                "NPM_TOKEN=${NPM_TOKEN}",
                "DATABASE_URL=postgres://user:${DB_PASSWORD}@localhost:5432/app",
                "AWS_PROFILE=default",
                "SLACK_BOT_TOKEN=xoxb-your-token",
                "SENDGRID_API_KEY=SG.xxxxxx.yyyyyy",
                "HF_TOKEN=hf_...",
                "export TOKEN=\"<paste the token here>\"",
                "      + password = (sensitive value)",
                "VAULT_TOKEN=********",
                "HEROKU_API_KEY=xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
    }

    private String prose() {
        return dice.pick(
                "The token: a short string that names the " + dice.word() + ".",
                "Password: required, at least 12 characters.",
                "Use a bearer token in the Authorization header to call the API.",
                "Enter password for user dev:",
                "error: authentication failed, secret was rejected",
                "Basic authentication is deprecated since version 2.",
                "warning: unused variable: `token`",
                "Your API key is stored in the keychain.",
                "Cookie: an HTTP cookie stores the session of a user.",
                "- [ ] rotate the signing key of " + dice.word() + " every 90 days",
                "It begins with `sk-ant-` or `ghp_` and has a checksum.",
                "key: value pairs, one a line",
                "npm_config_registry and npm_package_version are set by npm.");
    }

    private String schema() {
        return dice.pick(
                "\"password\": {\"type\": \"string\", \"minLength\": 8},",
                "  token: string | null;",
                "  api_key VARCHAR(64) NOT NULL,",
                "  optional string access_token = 3;",
                "  password: z.string().min(8),",
                "  secret: Secret!",
                "\"token_type\": \"bearer\", \"expires_in\": 3600,",
                "  refresh_token TEXT REFERENCES tokens(id),",
                "  \"tokenizer_class\": \"PreTrainedTokenizerFast\",",
                "\"secretName\": \"" + dice.word() + "-tls\"",
                "      key: tls.crt",
                "  pass: " + dice.below(900) + " tests");
    }

    private String testRun() {
        return dice.pick(
                "  ✓ rejects an expired token (" + dice.below(90) + " ms)",
                "ok 17 - password is hashed before it is stored",
                "PASS src/" + dice.word() + "/token.test.ts",
                "--- FAIL: TestTokenRefresh (0." + dice.below(9) + "0s)",
                "tests/test_auth.py::test_password_reset PASSED [ " + dice.between(10, 99) + "%]",
                "Tests run: " + dice.below(99) + ", Failures: 0 - in com.example.TokenStoreTest");
    }

    private String identifiers() {
        return dice.pick(
                "from huggingface_hub import hf_hub_download, hf_transfer_enabled_in_environment",
                "pip install sk_learn_pipeline_transformers_for_text_columns",
                "re_compile_all_patterns_of_the_module re_export_everything_from_here",
                "key-value-store-with-a-very-long-name-and-more",
                "dapi_client_generation_settings",
                "pat_matches_everything.in_this_module_of_ours",
                "class=\"sk-chasing-dot sk-spinner-pulse-animation-with-long-name\"",
                "glc_context_create_with_attributes_and_version",
                "SG.create_security_group_with_ingress_rules.in_the_default_network_of_the_account",
                "ops_per_second_measured_over_the_last_ten_minutes_of_the_run",
                "secret_santa_assignments_for_the_team_of_this_year_2026",
                "vcr_cassette_library_directory_for_recorded_requests",
                "s.replaceAllOccurrencesInTheText(a)",
                "https://example.com/hooks/services/" + dice.word() + "/" + dice.hex(8),
                "Skipping " + dice.hex(32) + " (already present)",
                "md5 " + dice.hex(32) + "-us-east-1",
                "key " + dice.hex(8) + "-" + dice.hex(8));
    }

    private String certificateLine() {
        return dice.below(6) == 0
                ? "-----BEGIN CERTIFICATE-----\nMII" + base64(45) + "\n-----END CERTIFICATE-----"
                : "  \"nodeHash\": \"" + base64(20) + "\", \"rev\": \"" + dice.hex(12) + "\"";
    }
}
