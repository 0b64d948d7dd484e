package dev.mneme.bench;

import static dev.mneme.bench.Dice.ALNUM;
import static dev.mneme.bench.Dice.BASE32;
import static dev.mneme.bench.Dice.BASE64;
import static dev.mneme.bench.Dice.DIGITS;
import static dev.mneme.bench.Dice.LOWER;
import static dev.mneme.bench.Dice.LOWER_ALNUM;
import static dev.mneme.bench.Dice.UPPER;
import static dev.mneme.bench.Dice.UPPER_ALNUM;
import static dev.mneme.bench.Dice.URL_SAFE;

import dev.mneme.bench.SecretFormat.Planting;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.zip.CRC32;

/// Every kind of secret the corpus plants, made from what its issuer says about it.
///
/// Knows nothing of the redaction rules, so that a rule's mistake cannot hide in the corpus. The
/// page named beside an entry is where its issuer describes the format; only those of GitHub, npm,
/// Cloudflare, Vercel, Bitbucket, Atlassian and Grafana were looked up, the others are named from
/// memory. Where an issuer shows examples and states no length, the entry says "as shown".
final class SecretFormats {

    private static final int CHECKSUM_CHARS = 6;

    private SecretFormats() {}

    static List<SecretFormat> all() {
        var formats = new ArrayList<SecretFormat>();
        clouds(formats);
        codeHosts(formats);
        models(formats);
        payments(formats);
        messages(formats);
        packages(formats);
        platforms(formats);
        observers(formats);
        offices(formats);
        vaults(formats);
        general(formats);
        return formats;
    }

    private static void clouds(List<SecretFormat> formats) {
        // AWS, IAM user guide, "Understanding unique ID prefixes": AKIA long-term, ASIA temporary;
        // STS API reference, AccessKeyId: 16 to 128 characters, in practice 20, base32.
        formats.add(
                SecretFormat.marked(
                        "aws-access-key-id",
                        "AWS_ACCESS_KEY_ID,aws_access_key_id",
                        dice -> dice.pick("AKIA", "ASIA") + dice.of(BASE32, 16)));
        // AWS CLI user guide, configuration files: secret of 40 base64 characters, as shown.
        formats.add(
                SecretFormat.named(
                        "aws-secret-key",
                        "AWS_SECRET_ACCESS_KEY,aws_secret_access_key,SecretAccessKey",
                        dice -> dice.of(BASE64, 40)));
        // AWS STS API reference, SessionToken: base64 without a fixed length.
        formats.add(
                SecretFormat.named(
                        "aws-session-token",
                        "AWS_SESSION_TOKEN,aws_session_token,SessionToken",
                        dice ->
                                dice.pick("IQoJb3JpZ2luX2Vj", "FwoGZXIvYXdzE")
                                        + dice.of(BASE64, dice.between(250, 600))
                                        + "=="));
        // Google Cloud, "Manage API keys": AIza and 35 URL-safe characters, as shown.
        formats.add(
                SecretFormat.marked(
                        "google-api-key",
                        "GOOGLE_API_KEY,GEMINI_API_KEY,GOOGLE_MAPS_KEY",
                        dice -> "AIza" + dice.of(URL_SAFE, 35)));
        // Google, OAuth client of a web server application: secret GOCSPX- and 28, as shown.
        formats.add(
                SecretFormat.marked(
                        "google-oauth-secret",
                        "GOOGLE_CLIENT_SECRET,client_secret",
                        dice -> "GOCSPX-" + dice.of(URL_SAFE, 28)));
        // Google Cloud, "Token types": access tokens begin with ya29., opaque, up to 2048 bytes.
        formats.add(
                SecretFormat.marked(
                        "google-oauth-token",
                        "GOOGLE_OAUTH_ACCESS_TOKEN,access_token",
                        dice -> "ya29." + dice.of(URL_SAFE, dice.between(100, 220))));
        // Google, "Using OAuth 2.0": refresh tokens begin with 1//, as shown, up to 512 bytes.
        formats.add(
                SecretFormat.marked(
                        "google-refresh-token",
                        "GOOGLE_REFRESH_TOKEN,refresh_token",
                        dice -> "1//0" + dice.of(LOWER_ALNUM, 1) + dice.of(URL_SAFE, 98)));
        // Google Cloud, "Create and delete service account keys": JSON with a PEM in one string.
        formats.add(SecretFormat.standing("google-service-account", SecretFormats::serviceAccount));
        // Azure Storage, "Manage account access keys": 512 bit, base64: 86 characters and ==.
        formats.add(SecretFormat.standing("azure-storage-key", SecretFormats::azureStorage));
        // Azure, "Create a service SAS": sig is a base64 HMAC-SHA256, percent-encoded.
        formats.add(SecretFormat.standing("azure-sas", SecretFormats::azureSas));
        // Microsoft Purview, "Microsoft Entra client secret": 40 characters, Q~ at place 4 or 5.
        formats.add(
                SecretFormat.marked(
                        "azure-client-secret",
                        "AZURE_CLIENT_SECRET,ARM_CLIENT_SECRET,clientSecret",
                        dice ->
                                dice.of(ALNUM, 3)
                                        + dice.of(DIGITS, 1)
                                        + "Q~"
                                        + dice.of(ALNUM + "_.-~", 33)
                                        + dice.of(ALNUM, 1)));
        // DigitalOcean API reference: dop_v1_ (and doo_, dor_), then 64 hex digits.
        formats.add(
                SecretFormat.marked(
                        "digitalocean-token",
                        "DIGITALOCEAN_ACCESS_TOKEN,DO_TOKEN",
                        dice -> dice.pick("dop_v1_", "doo_v1_", "dor_v1_") + dice.hex(64)));
        // Alibaba Cloud, "Create an AccessKey pair": id LTAI and 20, secret 30 characters, as
        // shown.
        formats.add(
                SecretFormat.marked(
                        "alibaba-access-key-id",
                        "ALIBABA_CLOUD_ACCESS_KEY_ID",
                        dice -> "LTAI" + dice.of(ALNUM, 20)));
    }

    private static void codeHosts(List<SecretFormat> formats) {
        // GitHub blog, "Behind GitHub's new authentication token formats" (2021): prefix, 30 random
        // base62 characters, CRC32 of them in base62, six digits with leading zeros.
        formats.add(
                SecretFormat.marked(
                        "github-classic",
                        "GITHUB_TOKEN,GH_TOKEN",
                        dice -> withChecksum("ghp_", dice.of(ALNUM, 30))));
        formats.add(
                SecretFormat.marked(
                        "github-app",
                        "GITHUB_TOKEN,INSTALLATION_TOKEN",
                        dice ->
                                withChecksum(
                                        dice.pick("gho_", "ghu_", "ghs_", "ghr_"),
                                        dice.of(ALNUM, 30))));
        // GitHub docs, "Token prefixes": github_pat_, then 22, `_` and 59, as shown.
        formats.add(
                SecretFormat.marked(
                        "github-fine-grained",
                        "GITHUB_TOKEN,GH_PAT",
                        dice -> "github_pat_" + dice.of(ALNUM, 22) + "_" + dice.of(ALNUM, 59)));
        // GitLab docs, "Token overview", prefixes; 20 URL-safe characters; routable ones end in
        // `.` two digits `.` and a base36 length and checksum.
        formats.add(
                SecretFormat.marked(
                        "gitlab-token",
                        "GITLAB_TOKEN,CI_JOB_TOKEN,PRIVATE_TOKEN",
                        dice ->
                                dice.pick(
                                                "glpat-",
                                                "gldt-",
                                                "glrt-",
                                                "glptt-",
                                                "glft-",
                                                "glsoat-",
                                                "glagent-",
                                                "glimt-",
                                                "gloas-")
                                        + dice.of(URL_SAFE, 20)));
        formats.add(
                SecretFormat.marked(
                        "gitlab-routable",
                        "GITLAB_TOKEN",
                        dice ->
                                "glpat-"
                                        + dice.of(URL_SAFE, 27)
                                        + "."
                                        + dice.of(DIGITS, 2)
                                        + "."
                                        + dice.of(LOWER_ALNUM, 9)));
        // Atlassian, Bitbucket forum answer of 2025-08-25 by the issuer: app passwords ATBB, access
        // tokens ATCT, API tokens ATAT; lengths as shown, the tail = and 8 hex digits.
        formats.add(
                SecretFormat.marked(
                        "bitbucket-app-password",
                        "BITBUCKET_APP_PASSWORD",
                        dice -> "ATBB" + dice.of(ALNUM, 24) + dice.of(UPPER_ALNUM, 8)));
        formats.add(
                SecretFormat.marked(
                        "bitbucket-access-token",
                        "BITBUCKET_ACCESS_TOKEN",
                        dice ->
                                "ATCTT3xFfGN0"
                                        + dice.of(URL_SAFE, 160)
                                        + "="
                                        + dice.of("0123456789ABCDEF", 8)));
        formats.add(
                SecretFormat.marked(
                        "atlassian-api-token",
                        "JIRA_API_TOKEN,ATLASSIAN_TOKEN",
                        dice ->
                                "ATATT3xFfGF0"
                                        + dice.of(URL_SAFE, 172)
                                        + "="
                                        + dice.of("0123456789ABCDEF", 8)));
        // CircleCI docs, "Managing API tokens": personal tokens CCIPAT_, project tokens CCIPRJ_.
        formats.add(
                SecretFormat.marked(
                        "circleci-token",
                        "CIRCLE_TOKEN",
                        dice ->
                                dice.pick("CCIPAT_", "CCIPRJ_")
                                        + dice.of(ALNUM, 22)
                                        + "_"
                                        + dice.hex(40)));
        // Buildkite docs, "Security / token formats": bkua_ and 40 hex digits.
        formats.add(
                SecretFormat.marked(
                        "buildkite-token", "BUILDKITE_API_TOKEN", dice -> "bkua_" + dice.hex(40)));
        // Sourcegraph docs, "Access tokens": sgp_, instance id, `_`, 40 hex digits.
        formats.add(
                SecretFormat.marked(
                        "sourcegraph-token",
                        "SRC_ACCESS_TOKEN",
                        dice -> "sgp_" + dice.hex(16) + "_" + dice.hex(40)));
    }

    private static void models(List<SecretFormat> formats) {
        // Anthropic, API and administration pages: sk-ant-api03- and 93 characters and AA, admin
        // keys sk-ant-admin01-, OAuth tokens sk-ant-oat01-, as shown.
        formats.add(
                SecretFormat.marked(
                        "anthropic-key",
                        "ANTHROPIC_API_KEY,CLAUDE_CODE_OAUTH_TOKEN",
                        dice ->
                                dice.pick("sk-ant-api03-", "sk-ant-admin01-", "sk-ant-oat01-")
                                        + dice.of(URL_SAFE, 93)
                                        + "AA"));
        // OpenAI, API reference, project keys sk-proj-, service accounts sk-svcacct-, as shown.
        formats.add(
                SecretFormat.marked(
                        "openai-key",
                        "OPENAI_API_KEY",
                        dice ->
                                dice.pick("sk-proj-", "sk-svcacct-", "sk-admin-")
                                        + dice.of(URL_SAFE, 74)
                                        + "T3BlbkFJ"
                                        + dice.of(URL_SAFE, 74)));
        formats.add(
                SecretFormat.marked(
                        "openai-key-legacy",
                        "OPENAI_API_KEY",
                        dice -> "sk-" + dice.of(ALNUM, 20) + "T3BlbkFJ" + dice.of(ALNUM, 20)));
        // OpenRouter docs, "API authentication": sk-or-v1- and 64 hex digits, as shown.
        formats.add(
                SecretFormat.marked(
                        "openrouter-key",
                        "OPENROUTER_API_KEY",
                        dice -> "sk-or-v1-" + dice.hex(64)));
        // Hugging Face docs, "User access tokens": hf_ and 34 letters, as shown.
        formats.add(
                SecretFormat.marked(
                        "hugging-face-token",
                        "HF_TOKEN,HUGGING_FACE_HUB_TOKEN",
                        dice -> "hf_" + dice.of(LOWER + UPPER, 34)));
        // Groq console docs: gsk_ and 52, as shown. xAI docs: xai- and 80. Perplexity docs: pplx-
        // and 48. Replicate docs: r8_ and 37.
        formats.add(
                SecretFormat.marked(
                        "groq-key", "GROQ_API_KEY", dice -> "gsk_" + dice.of(ALNUM, 52)));
        formats.add(
                SecretFormat.marked("xai-key", "XAI_API_KEY", dice -> "xai-" + dice.of(ALNUM, 80)));
        formats.add(
                SecretFormat.marked(
                        "perplexity-key",
                        "PERPLEXITY_API_KEY",
                        dice -> "pplx-" + dice.of(ALNUM, 48)));
        formats.add(
                SecretFormat.marked(
                        "replicate-token",
                        "REPLICATE_API_TOKEN",
                        dice -> "r8_" + dice.of(ALNUM, 37)));
        // LangSmith docs, "Create an API key": lsv2_pt_ or lsv2_sk_, 32 hex, `_`, 10 hex.
        formats.add(
                SecretFormat.marked(
                        "langsmith-key",
                        "LANGSMITH_API_KEY",
                        dice ->
                                dice.pick("lsv2_pt_", "lsv2_sk_")
                                        + dice.hex(32)
                                        + "_"
                                        + dice.hex(10)));
    }

    private static void payments(List<SecretFormat> formats) {
        // Stripe docs, "API keys": sk_ or rk_, live or test, then base62; old keys 24, new 99.
        formats.add(
                SecretFormat.marked(
                        "stripe-key",
                        "STRIPE_SECRET_KEY,STRIPE_API_KEY",
                        dice ->
                                dice.pick("sk_live_", "sk_test_", "rk_live_", "rk_test_")
                                        + dice.of(ALNUM, dice.pick(List.of(24, 99)))));
        // Stripe docs, "Webhook signatures": whsec_ and 32 base62 characters, as shown.
        formats.add(
                SecretFormat.marked(
                        "stripe-webhook-secret",
                        "STRIPE_WEBHOOK_SECRET",
                        dice -> "whsec_" + dice.of(ALNUM, 32)));
        // Shopify docs, "API access tokens": shpat_, shpca_, shppa_, shpss_ and 32 hex digits.
        formats.add(
                SecretFormat.marked(
                        "shopify-token",
                        "SHOPIFY_ACCESS_TOKEN,SHOPIFY_API_SECRET",
                        dice -> dice.pick("shpat_", "shpca_", "shppa_", "shpss_") + dice.hex(32)));
        // Square docs, "Access tokens": EAAA and 60 URL-safe; sq0csp- and 43 for OAuth secrets.
        formats.add(
                SecretFormat.marked(
                        "square-token",
                        "SQUARE_ACCESS_TOKEN",
                        dice -> "EAAA" + dice.of(LOWER + UPPER, 1) + dice.of(URL_SAFE, 59)));
        formats.add(
                SecretFormat.marked(
                        "square-oauth-secret",
                        "SQUARE_APPLICATION_SECRET",
                        dice -> "sq0csp-" + dice.of(URL_SAFE, 43)));
        // PayPal Braintree docs, "Access tokens": access_token$production$16 characters$32 hex.
        formats.add(
                SecretFormat.marked(
                        "braintree-token",
                        "BRAINTREE_ACCESS_TOKEN",
                        dice ->
                                "access_token$"
                                        + dice.pick("production", "sandbox")
                                        + "$"
                                        + dice.of(LOWER_ALNUM, 16)
                                        + "$"
                                        + dice.hex(32)));
        // PayPal developer docs, "Get client ID and secret": E and 79 URL-safe, as shown.
        formats.add(
                SecretFormat.named(
                        "paypal-secret",
                        "PAYPAL_CLIENT_SECRET,PAYPAL_SECRET",
                        dice -> "E" + dice.of(URL_SAFE, 79)));
        // Flutterwave docs, "Authentication": FLWSECK-, 32 hex, -X; test keys FLWSECK_TEST-.
        formats.add(
                SecretFormat.marked(
                        "flutterwave-key",
                        "FLW_SECRET_KEY",
                        dice -> dice.pick("FLWSECK-", "FLWSECK_TEST-") + dice.hex(32) + "-X"));
    }

    private static void messages(List<SecretFormat> formats) {
        // Slack docs, "Token types": xoxb- bot, xoxp- user, xapp- app level; parts as shown.
        formats.add(
                SecretFormat.marked(
                        "slack-bot-token",
                        "SLACK_BOT_TOKEN",
                        dice ->
                                "xoxb-"
                                        + dice.of(DIGITS, 12)
                                        + "-"
                                        + dice.of(DIGITS, 13)
                                        + "-"
                                        + dice.of(ALNUM, 24)));
        formats.add(
                SecretFormat.marked(
                        "slack-user-token",
                        "SLACK_USER_TOKEN",
                        dice ->
                                "xoxp-"
                                        + dice.of(DIGITS, 12)
                                        + "-"
                                        + dice.of(DIGITS, 12)
                                        + "-"
                                        + dice.of(DIGITS, 13)
                                        + "-"
                                        + dice.hex(32)));
        formats.add(
                SecretFormat.marked(
                        "slack-app-token",
                        "SLACK_APP_TOKEN",
                        dice ->
                                "xapp-1-A0"
                                        + dice.of(UPPER_ALNUM, 9)
                                        + "-"
                                        + dice.of(DIGITS, 13)
                                        + "-"
                                        + dice.hex(64)));
        // Slack docs, "Sending messages using incoming webhooks": T…/B…/24 characters.
        formats.add(
                SecretFormat.standing(
                        "slack-webhook",
                        dice -> {
                            String secret =
                                    "T0"
                                            + dice.of(UPPER_ALNUM, 9)
                                            + "/B0"
                                            + dice.of(UPPER_ALNUM, 9)
                                            + "/"
                                            + dice.of(ALNUM, 24);
                            return new Planting(
                                    "https://hooks.slack.com/services/" + secret, secret);
                        }));
        // Discord docs, "Reference, Authentication": base64 of the user id, a timestamp, an HMAC.
        formats.add(
                SecretFormat.marked("discord-bot-token", "DISCORD_TOKEN", SecretFormats::discord));
        // Discord docs, "Webhook resource": /api/webhooks/<snowflake>/<68 characters>.
        formats.add(
                SecretFormat.standing(
                        "discord-webhook",
                        dice -> {
                            String secret = dice.of(URL_SAFE, 68);
                            return new Planting(
                                    "https://discord.com/api/webhooks/1"
                                            + dice.of(DIGITS, 18)
                                            + "/"
                                            + secret,
                                    secret);
                        }));
        // Telegram docs, "Bots, authorizing your bot": id, colon, AA and 33 URL-safe, as shown.
        formats.add(
                SecretFormat.marked(
                        "telegram-bot-token",
                        "TELEGRAM_BOT_TOKEN",
                        dice ->
                                dice.pick("1", "5", "7")
                                        + dice.of(DIGITS, 9)
                                        + ":AA"
                                        + dice.of(URL_SAFE, 33)));
        // Twilio docs, "API keys": SID SK and 32 hex; "Auth tokens": 32 hex digits.
        formats.add(
                SecretFormat.marked(
                        "twilio-key-sid", "TWILIO_API_KEY", dice -> "SK" + dice.hex(32)));
        formats.add(
                SecretFormat.named(
                        "twilio-auth-token",
                        "TWILIO_AUTH_TOKEN,twilio_auth_token,authToken",
                        dice -> dice.hex(32)));
        // Twilio SendGrid docs, "API keys": SG., 22, ., 43 URL-safe characters (69 in all).
        formats.add(
                SecretFormat.marked(
                        "sendgrid-key",
                        "SENDGRID_API_KEY",
                        dice -> "SG." + dice.of(URL_SAFE, 22) + "." + dice.of(URL_SAFE, 43)));
        // Mailgun docs, "API keys": key- and 32 hex; newer: 32 hex - 8 hex - 8 hex.
        formats.add(
                SecretFormat.marked(
                        "mailgun-key", "MAILGUN_API_KEY", dice -> "key-" + dice.hex(32)));
        formats.add(
                SecretFormat.named(
                        "mailgun-key-new",
                        "MAILGUN_API_KEY,MAILGUN_SENDING_KEY",
                        dice -> dice.hex(32) + "-" + dice.hex(8) + "-" + dice.hex(8)));
        // Mailchimp docs, "Fundamentals": 32 hex, then - and the data centre such as us14.
        formats.add(
                SecretFormat.marked(
                        "mailchimp-key",
                        "MAILCHIMP_API_KEY",
                        dice -> dice.hex(32) + "-us" + dice.between(1, 21)));
        // Brevo docs, "API key": xkeysib-, 64 hex, -, 16 characters.
        formats.add(
                SecretFormat.marked(
                        "brevo-key",
                        "BREVO_API_KEY",
                        dice -> "xkeysib-" + dice.hex(64) + "-" + dice.of(ALNUM, 16)));
        // Resend docs, "API keys": re_, 8, _, 24, as shown.
        formats.add(
                SecretFormat.marked(
                        "resend-key",
                        "RESEND_API_KEY",
                        dice -> "re_" + dice.of(ALNUM, 8) + "_" + dice.of(ALNUM, 24)));
    }

    private static void packages(List<SecretFormat> formats) {
        // GitHub changelog 2021-09-23, "npm has a new access token format": npm_, 30, CRC32 (6).
        formats.add(
                SecretFormat.marked(
                        "npm-token",
                        "NPM_TOKEN,NODE_AUTH_TOKEN",
                        dice -> withChecksum("npm_", dice.of(ALNUM, 30))));
        // PyPI help, "API tokens": pypi- and a macaroon in base64, whose first bytes name the site.
        formats.add(
                SecretFormat.marked(
                        "pypi-token",
                        "TWINE_PASSWORD,PYPI_TOKEN",
                        dice ->
                                "pypi-AgEIcHlwaS5vcmc"
                                        + dice.of(URL_SAFE, dice.between(140, 160))));
        // RubyGems guides, "API key scopes": rubygems_ and 48 hex digits.
        formats.add(
                SecretFormat.marked(
                        "rubygems-key", "GEM_HOST_API_KEY", dice -> "rubygems_" + dice.hex(48)));
        // Docker docs, "Access tokens": dckr_pat_ and 27 URL-safe characters; dckr_oat_ for teams.
        formats.add(
                SecretFormat.marked(
                        "docker-hub-token",
                        "DOCKER_PASSWORD,DOCKERHUB_TOKEN",
                        dice -> dice.pick("dckr_pat_", "dckr_oat_") + dice.of(URL_SAFE, 27)));
        // crates.io, "API tokens": cio and 32 characters. Clojars wiki: CLOJARS_ and 60 hex.
        formats.add(
                SecretFormat.marked(
                        "crates-token",
                        "CARGO_REGISTRY_TOKEN",
                        dice -> "cio" + dice.of(ALNUM, 32)));
        formats.add(
                SecretFormat.marked(
                        "clojars-token", "CLOJARS_PASSWORD", dice -> "CLOJARS_" + dice.hex(60)));
        // NuGet docs, "Publish packages": oy2 and 43 lower case letters and digits, as shown.
        formats.add(
                SecretFormat.marked(
                        "nuget-key",
                        "NUGET_API_KEY",
                        dice -> "oy2" + dice.of(LOWER + "234567", 43)));
    }

    private static void platforms(List<SecretFormat> formats) {
        // Heroku changelog, "API tokens now have a prefix": HRKU- ; before, and in many files, a
        // UUID (Dev Center, "Platform API").
        formats.add(
                SecretFormat.marked(
                        "heroku-token",
                        "HEROKU_API_KEY",
                        dice -> "HRKU-AA" + dice.of(URL_SAFE, 58)));
        formats.add(SecretFormat.named("heroku-key", "HEROKU_API_KEY", Dice::uuid));
        // Cloudflare docs, "Token formats" (2026): cfk_, cfut_, cfat_, 40 characters, checksum;
        // before: 40 characters for tokens, 37 hex digits for the global key.
        formats.add(
                SecretFormat.marked(
                        "cloudflare-token",
                        "CLOUDFLARE_API_TOKEN,CF_API_TOKEN",
                        dice ->
                                dice.pick("cfk_", "cfut_", "cfat_")
                                        + dice.of(ALNUM, 40)
                                        + dice.hex(8)));
        formats.add(
                SecretFormat.named(
                        "cloudflare-token-old",
                        "CLOUDFLARE_API_TOKEN,CF_API_TOKEN",
                        dice -> dice.of(URL_SAFE, 40)));
        formats.add(
                SecretFormat.named(
                        "cloudflare-global-key",
                        "CLOUDFLARE_API_KEY,CF_API_KEY",
                        dice -> dice.hex(37)));
        // Cloudflare docs, "Origin CA keys": v1.0-, 24 hex, -, 146 hex digits.
        formats.add(
                SecretFormat.marked(
                        "cloudflare-origin-ca-key",
                        "CLOUDFLARE_API_USER_SERVICE_KEY",
                        dice -> "v1.0-" + dice.hex(24) + "-" + dice.hex(146)));
        // Fastly docs, "Using API tokens": 32 URL-safe characters, as shown.
        formats.add(
                SecretFormat.named(
                        "fastly-token",
                        "FASTLY_API_TOKEN,FASTLY_API_KEY",
                        dice -> dice.of(URL_SAFE, 32)));
        // Vercel changelog, "New token formats and secret scanning": vcp_, vci_, vca_, vcr_, vck_;
        // before: 24 base62 characters.
        formats.add(
                SecretFormat.marked(
                        "vercel-token",
                        "VERCEL_TOKEN",
                        dice ->
                                dice.pick("vcp_", "vci_", "vca_", "vcr_", "vck_")
                                        + dice.of(ALNUM, 56)));
        formats.add(
                SecretFormat.named("vercel-token-old", "VERCEL_TOKEN", dice -> dice.of(ALNUM, 24)));
        // Netlify docs, "Get started with the API": nfp_ and 36 characters, as shown.
        formats.add(
                SecretFormat.marked(
                        "netlify-token",
                        "NETLIFY_AUTH_TOKEN",
                        dice -> "nfp_" + dice.of(ALNUM, 36)));
        // Fly.io docs, "Access tokens": FlyV1 fm2_ and base64.
        formats.add(
                SecretFormat.marked(
                        "fly-token",
                        "FLY_API_TOKEN",
                        dice -> "fm2_" + dice.of(BASE64, dice.between(160, 300)) + "="));
        // Databricks docs, "Personal access tokens": dapi and 32 hex, some with -2 behind.
        formats.add(
                SecretFormat.marked(
                        "databricks-token",
                        "DATABRICKS_TOKEN",
                        dice -> "dapi" + dice.hex(32) + dice.pick("", "-2")));
        // Supabase docs, "API keys": sb_secret_ ; CLI reference: access tokens sbp_ and 40 hex.
        formats.add(
                SecretFormat.marked(
                        "supabase-token", "SUPABASE_ACCESS_TOKEN", dice -> "sbp_" + dice.hex(40)));
        formats.add(
                SecretFormat.marked(
                        "supabase-secret-key",
                        "SUPABASE_SECRET_KEY",
                        dice -> "sb_secret_" + dice.of(URL_SAFE, 22) + "_" + dice.of(ALNUM, 8)));
        // PlanetScale docs, "Password and token formats": pscale_pw_, pscale_tkn_, pscale_oauth_,
        // then 43 URL-safe characters.
        formats.add(
                SecretFormat.marked(
                        "planetscale-secret",
                        "DATABASE_PASSWORD,PLANETSCALE_TOKEN",
                        dice ->
                                dice.pick("pscale_pw_", "pscale_tkn_", "pscale_oauth_")
                                        + dice.of(URL_SAFE, 43)));
        // Tailscale docs, "Key prefixes": tskey-auth-, an id, -, the secret.
        formats.add(
                SecretFormat.marked(
                        "tailscale-key",
                        "TS_AUTHKEY",
                        dice ->
                                dice.pick("tskey-auth-", "tskey-api-", "tskey-client-")
                                        + "k"
                                        + dice.of(ALNUM, 11)
                                        + "CNTRL-"
                                        + dice.of(ALNUM, 32)));
        // Kubernetes docs, "Service account tokens": a JWT, mounted or in a Secret.
        formats.add(
                SecretFormat.marked(
                        "kubernetes-token",
                        "KUBE_TOKEN,K8S_TOKEN",
                        dice ->
                                jwt(
                                        dice,
                                        "{\"iss\":\"kubernetes/serviceaccount\",\"sub\":"
                                                + "\"system:serviceaccount:default:"
                                                + dice.word()
                                                + "\"}")));
    }

    private static void observers(List<SecretFormat> formats) {
        // Datadog docs, "API and application keys": 32 and 40 hex digits.
        formats.add(
                SecretFormat.named(
                        "datadog-api-key", "DD_API_KEY,DATADOG_API_KEY", dice -> dice.hex(32)));
        formats.add(
                SecretFormat.named(
                        "datadog-app-key", "DD_APP_KEY,DATADOG_APP_KEY", dice -> dice.hex(40)));
        // New Relic docs, "API keys": user key NRAK- and 27; licence key 36 hex and NRAL.
        formats.add(
                SecretFormat.marked(
                        "new-relic-user-key",
                        "NEW_RELIC_API_KEY",
                        dice -> "NRAK-" + dice.of(UPPER_ALNUM, 27)));
        formats.add(
                SecretFormat.marked(
                        "new-relic-licence-key",
                        "NEW_RELIC_LICENSE_KEY",
                        dice -> dice.hex(36) + "NRAL"));
        // Sentry docs, "Auth tokens": sntryu_ and 64 hex; organisation tokens sntrys_, base64 of a
        // JSON object, `_`, base64.
        formats.add(
                SecretFormat.marked(
                        "sentry-user-token",
                        "SENTRY_AUTH_TOKEN",
                        dice -> "sntryu_" + dice.hex(64)));
        formats.add(
                SecretFormat.marked(
                        "sentry-org-token",
                        "SENTRY_AUTH_TOKEN",
                        dice ->
                                "sntrys_"
                                        + base64(
                                                "{\"iat\":1700000000.1,\"url\":\"https://sentry.io\"}")
                                        + "_"
                                        + dice.of(BASE64, 43)));
        // Grafana docs, "Service account tokens": glsa_, 32, _, 8 hex; Cloud policies: glc_ base64.
        formats.add(
                SecretFormat.marked(
                        "grafana-token",
                        "GRAFANA_TOKEN",
                        dice -> "glsa_" + dice.of(ALNUM, 32) + "_" + dice.hex(8)));
        formats.add(
                SecretFormat.marked(
                        "grafana-cloud-token",
                        "GRAFANA_CLOUD_API_KEY",
                        dice ->
                                "glc_"
                                        + base64(
                                                "{\"o\":\"1\",\"n\":\"x\",\"k\":\""
                                                        + dice.of(ALNUM, 24)
                                                        + "\"}")));
        // PagerDuty docs, "API access keys": 20 characters, as shown.
        formats.add(
                SecretFormat.named(
                        "pagerduty-key",
                        "PAGERDUTY_API_KEY,PAGERDUTY_TOKEN",
                        dice -> "u+" + dice.of(URL_SAFE, 18)));
        // Dynatrace docs, "Token format": dt0c01., 24 base32, ., 64 base32.
        formats.add(
                SecretFormat.marked(
                        "dynatrace-token",
                        "DT_API_TOKEN",
                        dice -> "dt0c01." + dice.of(BASE32, 24) + "." + dice.of(BASE32, 64)));
        // PostHog docs, "Personal API keys": phx_ and 43 characters, as shown.
        formats.add(
                SecretFormat.marked(
                        "posthog-key", "POSTHOG_API_KEY", dice -> "phx_" + dice.of(ALNUM, 43)));
    }

    private static void offices(List<SecretFormat> formats) {
        // Linear docs, "Personal API keys": lin_api_ and 40 base62 characters.
        formats.add(
                SecretFormat.marked(
                        "linear-key", "LINEAR_API_KEY", dice -> "lin_api_" + dice.of(ALNUM, 40)));
        // Notion changelog 2024-09-25: new tokens ntn_, before secret_; 46 and 43 characters.
        formats.add(
                SecretFormat.marked(
                        "notion-token", "NOTION_TOKEN", dice -> "ntn_" + dice.of(ALNUM, 46)));
        formats.add(
                SecretFormat.marked(
                        "notion-token-old", "NOTION_KEY", dice -> "secret_" + dice.of(ALNUM, 43)));
        // Airtable docs, "Personal access tokens": pat and 14, ., 64 hex digits.
        formats.add(
                SecretFormat.marked(
                        "airtable-token",
                        "AIRTABLE_TOKEN",
                        dice -> "pat" + dice.of(ALNUM, 14) + "." + dice.hex(64)));
        // Figma docs, "Personal access tokens": figd_ and 40 URL-safe characters.
        formats.add(
                SecretFormat.marked(
                        "figma-token", "FIGMA_TOKEN", dice -> "figd_" + dice.of(URL_SAFE, 40)));
        // Postman docs, "API key": PMAK-, 24 hex, -, 34 hex.
        formats.add(
                SecretFormat.marked(
                        "postman-key",
                        "POSTMAN_API_KEY",
                        dice -> "PMAK-" + dice.hex(24) + "-" + dice.hex(34)));
        // Contentful docs, "Personal access tokens": CFPAT- and 43 URL-safe characters.
        formats.add(
                SecretFormat.marked(
                        "contentful-token",
                        "CONTENTFUL_MANAGEMENT_TOKEN",
                        dice -> "CFPAT-" + dice.of(URL_SAFE, 43)));
    }

    private static void vaults(List<SecretFormat> formats) {
        // HashiCorp Vault docs, "Token prefixes": hvs. service, hvb. batch, hvr. recovery; s. and
        // 24
        // base62 characters before 1.10.
        formats.add(
                SecretFormat.marked(
                        "vault-token",
                        "VAULT_TOKEN",
                        dice ->
                                dice.pick("hvs.", "hvb.")
                                        + dice.of(URL_SAFE, dice.pick(List.of(24, 95)))));
        formats.add(
                SecretFormat.named(
                        "vault-token-old", "VAULT_TOKEN", dice -> "s." + dice.of(ALNUM, 24)));
        // HashiCorp, "HCP Terraform API tokens": 14 characters, .atlasv1., 67 characters.
        formats.add(
                SecretFormat.marked(
                        "terraform-cloud-token",
                        "TFE_TOKEN,TF_TOKEN_app_terraform_io",
                        dice -> dice.of(ALNUM, 14) + ".atlasv1." + dice.of(ALNUM, 67)));
        // Doppler docs, "Auth token formats": dp.pt. personal, dp.st.<config>. service, dp.ct. CLI,
        // then 40 to 44 base62 characters.
        formats.add(
                SecretFormat.marked(
                        "doppler-token",
                        "DOPPLER_TOKEN",
                        dice ->
                                dice.pick("dp.pt.", "dp.st.", "dp.st.prd.", "dp.ct.", "dp.sa.")
                                        + dice.of(ALNUM, dice.between(40, 44))));
        // 1Password docs, "Service account tokens": ops_ and a JSON object in base64.
        formats.add(
                SecretFormat.marked(
                        "1password-token",
                        "OP_SERVICE_ACCOUNT_TOKEN",
                        dice ->
                                "ops_"
                                        + base64(
                                                "{\"signInAddress\":\"x.1password.com\",\"userAuth\":\""
                                                        + dice.of(ALNUM, 190)
                                                        + "\"}")));
        // age, "The age file format": AGE-SECRET-KEY-1 and 58 bech32 characters in upper case.
        formats.add(
                SecretFormat.marked(
                        "age-key",
                        "SOPS_AGE_KEY",
                        dice ->
                                "AGE-SECRET-KEY-1"
                                        + dice.of("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58)));
        // Pulumi docs, "Access tokens": pul- and 40 hex digits.
        formats.add(
                SecretFormat.marked(
                        "pulumi-token", "PULUMI_ACCESS_TOKEN", dice -> "pul-" + dice.hex(40)));
        // RFC 7468 and PKCS#8, OpenSSH's PROTOCOL.key, RFC 9580 (PGP armour).
        formats.add(
                SecretFormat.standing(
                        "private-key-pem",
                        dice -> pem(dice, dice.pick("PRIVATE", "RSA PRIVATE", "EC PRIVATE"), 64)));
        formats.add(
                SecretFormat.standing("private-key-ssh", dice -> pem(dice, "OPENSSH PRIVATE", 70)));
        formats.add(SecretFormat.standing("private-key-pgp", SecretFormats::pgp));
    }

    private static void general(List<SecretFormat> formats) {
        // RFC 7519: three base64url parts, the first two JSON objects.
        formats.add(
                SecretFormat.marked(
                        "jwt",
                        "ID_TOKEN,SERVICE_ROLE_KEY",
                        dice ->
                                jwt(
                                        dice,
                                        "{\"sub\":\""
                                                + dice.of(DIGITS, 10)
                                                + "\",\"iat\":1516239022}")));
        // RFC 3986, userinfo, as used by PostgreSQL (libpq), MongoDB, Redis and AMQP.
        formats.add(SecretFormat.standing("url-password", SecretFormats::url));
        // RFC 7617: Basic and base64 of name:password.
        formats.add(
                SecretFormat.standing(
                        "basic-auth",
                        dice -> {
                            String secret =
                                    base64(dice.word() + ":" + dice.of(ALNUM, dice.between(8, 20)));
                            return new Planting("Authorization: Basic " + secret, secret);
                        }));
        // RFC 6750: Bearer and a token of letters, digits and -._~+/ with trailing =.
        formats.add(
                SecretFormat.standing(
                        "bearer-token",
                        dice -> {
                            String secret = dice.of(ALNUM + "-._~+/", dice.between(24, 60)) + "a1";
                            return new Planting("Authorization: Bearer " + secret, secret);
                        }));
        // RFC 6265: name=value pairs; session names of PHP, Java, Express, Django, Rails, Laravel.
        formats.add(
                SecretFormat.standing(
                        "session-cookie",
                        dice -> {
                            String name =
                                    dice.pick(
                                            "PHPSESSID",
                                            "JSESSIONID",
                                            "connect.sid",
                                            "sessionid",
                                            "_shop_session",
                                            "laravel_session",
                                            "__Secure-next-auth.session-token",
                                            "session");
                            String secret = dice.of(ALNUM, dice.between(26, 64));
                            return new Planting(
                                    dice.pick(
                                            "Cookie: theme=dark; " + name + "=" + secret,
                                            "Set-Cookie: "
                                                    + name
                                                    + "="
                                                    + secret
                                                    + "; Path=/; HttpOnly",
                                            "Cookie: " + name + "=" + secret + "; lang=en"),
                                    secret);
                        }));
        // Headers as APIs document them: X-Api-Key (AWS API Gateway), X-Auth-Token (OpenStack),
        // PRIVATE-TOKEN (GitLab), X-Vault-Token (Vault).
        formats.add(
                SecretFormat.standing(
                        "key-header",
                        dice -> {
                            String secret = dice.of(ALNUM, dice.between(20, 40));
                            return new Planting(
                                    dice.pick(
                                                    "X-Api-Key",
                                                    "X-Auth-Token",
                                                    "PRIVATE-TOKEN",
                                                    "X-Vault-Token",
                                                    "x-access-token")
                                            + ": "
                                            + secret,
                                    secret);
                        }));
        // What people set themselves: no issuer, no format.
        formats.add(
                SecretFormat.named(
                        "password",
                        "DB_PASSWORD,POSTGRES_PASSWORD,REDIS_PASSWORD,SMTP_PASS,password,adminPassword",
                        dice ->
                                dice.pick("Tr0ub4dor", "correct-horse", "winter", "S3cure", "qX")
                                        + dice.pick("!", "-", "_", "#", "")
                                        + dice.of(ALNUM, dice.between(4, 14))
                                        + dice.between(1, 99)));
        formats.add(
                SecretFormat.named(
                        "generic-key",
                        "APP_SECRET,SECRET_KEY_BASE,JWT_SECRET,ENCRYPTION_KEY,SESSION_SECRET,SIGNING_KEY",
                        dice ->
                                dice.below(2) == 0
                                        ? dice.hex(dice.pick(List.of(32, 64, 128)))
                                        : Base64.getEncoder()
                                                .encodeToString(
                                                        dice.bytes(
                                                                dice.pick(List.of(24, 32, 48))))));
        formats.add(
                SecretFormat.named(
                        "generic-token",
                        "DEPLOY_TOKEN,API_TOKEN,ACCESS_TOKEN,refresh_token,authToken,WEBHOOK_TOKEN",
                        dice -> dice.of(ALNUM, dice.between(20, 48)) + dice.of(DIGITS, 1)));
    }

    /// Prefix, entropy, and the CRC32 of the entropy in six base62 digits.
    static String withChecksum(String prefix, String entropy) {
        var crc = new CRC32();
        crc.update(entropy.getBytes(StandardCharsets.US_ASCII));
        long rest = crc.getValue();
        var digits = new StringBuilder();
        for (int i = 0; i < CHECKSUM_CHARS; i++) {
            digits.insert(0, ALNUM.charAt((int) (rest % ALNUM.length())));
            rest /= ALNUM.length();
        }
        return prefix + entropy + digits;
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String base64Url(String text) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String jwt(Dice dice, String claims) {
        String head = "{\"alg\":\"" + dice.pick("RS256", "HS256", "ES256") + "\",\"typ\":\"JWT\"}";
        return base64Url(head) + "." + base64Url(claims) + "." + dice.of(URL_SAFE, 43);
    }

    private static String discord(Dice dice) {
        String id = base64Url(dice.pick("1", "7", "9") + dice.of(DIGITS, dice.between(17, 18)));
        return id
                + "."
                + dice.of(URL_SAFE, 6)
                + "."
                + dice.of(URL_SAFE, dice.pick(List.of(27, 38)));
    }

    private static Planting serviceAccount(Dice dice) {
        Planting key = pem(dice, "PRIVATE", 64);
        String text =
                "{\n  \"type\": \"service_account\",\n  \"project_id\": \""
                        + dice.word()
                        + "-"
                        + dice.of(DIGITS, 6)
                        + "\",\n  \"private_key\": \""
                        + key.text().replace("\n", "\\n")
                        + "\\n\",\n  \"client_email\": \"ci@"
                        + dice.word()
                        + ".iam.gserviceaccount.com\"\n}";
        return new Planting(text, key.secret());
    }

    private static Planting azureStorage(Dice dice) {
        String secret = dice.of(BASE64, 86) + "==";
        return new Planting(
                "DefaultEndpointsProtocol=https;AccountName="
                        + dice.word()
                        + dice.of(DIGITS, 4)
                        + ";AccountKey="
                        + secret
                        + ";EndpointSuffix=core.windows.net",
                secret);
    }

    private static Planting azureSas(Dice dice) {
        String secret = Base64.getEncoder().encodeToString(dice.bytes(32));
        String encoded = secret.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D");
        return new Planting(
                "https://"
                        + dice.word()
                        + dice.of(DIGITS, 3)
                        + ".blob.core.windows.net/backup?sv=2024-11-04&ss=b&srt=sco&sp=rl"
                        + "&se=2026-12-31T23:59:59Z&spr=https&sig="
                        + encoded,
                encoded);
    }

    private static Planting url(Dice dice) {
        String secret = dice.of(ALNUM, dice.between(8, 24)) + dice.pick("", "!", "%40x", "$1");
        String host = dice.word() + ".internal";
        return new Planting(
                dice.pick(
                        "postgres://app:" + secret + "@" + host + ":5432/shop?sslmode=require",
                        "postgresql+psycopg://app:" + secret + "@" + host + "/shop",
                        "mongodb+srv://root:" + secret + "@cluster0." + host + "/?w=majority",
                        "redis://:" + secret + "@" + host + ":6379/0",
                        "rediss://default:" + secret + "@" + host + ":6380",
                        "amqp://guest:" + secret + "@" + host + ":5672/vhost",
                        "mysql://root:" + secret + "@" + host + "/shop",
                        "https://deploy:" + secret + "@git." + host + "/group/repo.git"),
                secret);
    }

    private static Planting pem(Dice dice, String label, int width) {
        var body = new StringBuilder();
        int lines = dice.between(4, 26);
        for (int i = 0; i < lines; i++) {
            body.append(dice.of(BASE64, width)).append('\n');
        }
        body.append(dice.of(BASE64, width / 2)).append("==");
        return new Planting(
                "-----BEGIN " + label + " KEY-----\n" + body + "\n-----END " + label + " KEY-----",
                body.toString());
    }

    private static Planting pgp(Dice dice) {
        var body = new StringBuilder();
        int lines = dice.between(6, 30);
        for (int i = 0; i < lines; i++) {
            body.append(dice.of(BASE64, 64)).append('\n');
        }
        body.append('=').append(dice.of(BASE64, 4));
        String label = "PGP PRIVATE KEY BLOCK";
        return new Planting(
                "-----BEGIN "
                        + label
                        + "-----\nVersion: GnuPG v2\n\n"
                        + body
                        + "\n-----END "
                        + label
                        + "-----",
                body.toString());
    }
}
