package dev.mneme.redaction;

import dev.mneme.redaction.SecretRule.Check;

import java.util.List;

/// The table of everything that counts as a secret: keys and tokens as their issuers make them,
/// then what is known only by its surroundings. The first row that matches at a place wins.
final class SecretTable {

    /// No letter or digit before: the token begins here.
    private static final String BEGIN = "(?<![A-Za-z0-9])";

    /// No letter or digit behind: the token ends here.
    private static final String END = "(?![A-Za-z0-9])";

    /// For short prefixes: not in the middle of base64 or of a longer name.
    private static final String ALONE = "(?<![A-Za-z0-9+/_-])";

    /// As above where the token's own characters include `-` and `_`, so that one run of characters
    /// is read once only.
    private static final String BEGIN_OF_RUN = "(?<![A-Za-z0-9_-])";

    /// What may follow a secret's name in a longer name: `SECRET_KEY_BASE`, `api_key_2`.
    private static final String NAME_TAIL =
            "(?:[_-]?(?:key|base|value|secret|token|prod|production|staging|dev|test|live|[0-9]{1,2}))"
                    + "{0,3}";

    /// From a name to its value: closing quote or bracket of the name, then `=`, `:`, `:=`, `=>`,
    /// or a type and `=`, or (for command line options) a blank.
    private static final String ASSIGN =
            "\\\\{0,7}[\"'`]?\\]?[ \\t]{0,8}"
                    + "(?::[ \\t]{0,2}[A-Za-z][\\w<>\\[\\].?|]{0,31}[ \\t]{1,2}=(?![=>])[ \\t]{0,8}"
                    + "|(?:=>|:=|=(?!=)|:(?!:))[ \\t]{0,8}"
                    + "|(?<=[ \\t])(?=[^\\s:=]))";

    static final List<SecretRule> ROWS =
            List.of(
                    new SecretRule(
                            "private-key",
                            Check.PEM,
                            0,
                            "-----BEGIN (?:[A-Z0-9]{1,16} ){0,4}PRIVATE KEY(?: BLOCK)?-----",
                            List.of("-----begin")),
                    new SecretRule(
                            "anthropic-key",
                            Check.NO_PLACEHOLDER,
                            0,
                            BEGIN + "sk-ant-[A-Za-z0-9_-]{8,}+",
                            List.of("sk-ant-")),
                    new SecretRule(
                            "openai-key",
                            Check.NO_PLACEHOLDER,
                            0,
                            BEGIN + "sk-(?:proj|svcacct|admin|None|or-v1)-[A-Za-z0-9_-]{12,}+",
                            List.of(
                                    "sk-proj-",
                                    "sk-svcacct-",
                                    "sk-admin-",
                                    "sk-none-",
                                    "sk-or-v1-")),
                    new SecretRule(
                            "openai-key",
                            Check.RANDOM,
                            0,
                            "(?<![A-Za-z0-9_-])sk-[A-Za-z0-9]{20,}+(?![-_]?[A-Za-z])",
                            List.of("sk-")),
                    new SecretRule(
                            "stripe-key",
                            Check.NO_PLACEHOLDER,
                            0,
                            BEGIN + "[sr]k_(?:live|test)_[A-Za-z0-9]{10,}+",
                            List.of("sk_live_", "sk_test_", "rk_live_", "rk_test_")),
                    new SecretRule(
                            "stripe-webhook-secret",
                            Check.NO_PLACEHOLDER,
                            0,
                            BEGIN + "whsec_[A-Za-z0-9+/=]{12,}+",
                            List.of("whsec_")),
                    new SecretRule(
                            "aws-access-key-id",
                            Check.NONE,
                            0,
                            BEGIN + "(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])",
                            List.of("akia", "asia")),
                    new SecretRule(
                            "aws-secret-key",
                            Check.NONE,
                            0,
                            "(?i)secret[_ -]?access[_ -]?key[^A-Za-z0-9\\n/+]{1,16}"
                                    + "(?:none\\][^A-Za-z0-9\\n/+]{1,8})?"
                                    + "([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+])",
                            List.of(
                                    "secret_access",
                                    "secret-access",
                                    "secretaccess",
                                    "secret access")),
                    new SecretRule(
                            "github-token",
                            Check.CHECKSUM,
                            0,
                            BEGIN + "gh[pousr]_[A-Za-z0-9_]{20,}+",
                            List.of("ghp_", "gho_", "ghu_", "ghs_", "ghr_")),
                    new SecretRule(
                            "github-token",
                            Check.NO_PLACEHOLDER,
                            0,
                            BEGIN + "github_pat_[A-Za-z0-9_]{20,}+",
                            List.of("github_pat_")),
                    new SecretRule(
                            "slack-token",
                            Check.NO_PLACEHOLDER,
                            0,
                            BEGIN + "(?:xox[abeoprs]|xapp)[.-][A-Za-z0-9.-]{10,}+",
                            List.of(
                                    "xoxa", "xoxb", "xoxe", "xoxo", "xoxp", "xoxr", "xoxs",
                                    "xapp-")),
                    new SecretRule(
                            "slack-webhook",
                            Check.NO_PLACEHOLDER,
                            0,
                            "hooks\\.slack\\.com/(?:services|workflows)/([A-Za-z0-9/_-]{20,}+)",
                            List.of("hooks.slack.com/")),
                    new SecretRule(
                            "google-api-key",
                            Check.NO_PLACEHOLDER,
                            0,
                            BEGIN + "AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])",
                            List.of("aiza")),
                    token(
                            "aws-session-token",
                            "(?:IQoJb3JpZ2lu|FwoGZXIvYXdz)[A-Za-z0-9/+=]{60,}+",
                            "iqojb3jpz2lu",
                            "fwogzxivyxdz"),
                    token("google-oauth-secret", "GOCSPX-[A-Za-z0-9_-]{20,}+", "gocspx-"),
                    token("google-oauth-token", "ya29\\.[A-Za-z0-9_.-]{20,}+", "ya29."),
                    token("google-oauth-token", "1//0[A-Za-z0-9_-]{30,}+", "1//0"),
                    token("azure-sas", "(?<=[?&;])sig=([A-Za-z0-9%+/=_-]{40,}+)", "sig="),
                    inside(
                            "azure-client-secret",
                            4,
                            "(?<![A-Za-z0-9_~.-])[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}(?![A-Za-z0-9_~-])",
                            "q~"),
                    token(
                            "digitalocean-token",
                            "do[opr]_v1_[a-f0-9]{32,}+",
                            "dop_v1_",
                            "doo_v1_",
                            "dor_v1_"),
                    token("alibaba-access-key-id", "LTAI[A-Za-z0-9]{12,24}" + END, "ltai"),
                    token(
                            "gitlab-token",
                            "gl(?:pat|dt|rt|rtr|ptt|ft|soat|agent|imt|oas|cbt|ffct|wt)-[A-Za-z0-9_-]{16,}+(?:\\.[a-z0-9]{2}\\.[a-z0-9]{6,12}+)?",
                            "glpat-",
                            "gldt-",
                            "glrt-",
                            "glrtr-",
                            "glptt-",
                            "glft-",
                            "glsoat-",
                            "glagent-",
                            "glimt-",
                            "gloas-",
                            "glcbt-",
                            "glffct-",
                            "glwt-"),
                    token(
                            "bitbucket-token",
                            "AT(?:BB[A-Za-z0-9]{24,}+|CTT3[A-Za-z0-9_=-]{40,}+)",
                            "atbb",
                            "atctt3"),
                    token("atlassian-token", "ATATT3[A-Za-z0-9_=-]{40,}+", "atatt3"),
                    token(
                            "circleci-token",
                            "CCI(?:PAT|PRJ)_[A-Za-z0-9_]{30,}+",
                            "ccipat_",
                            "cciprj_"),
                    token("buildkite-token", "bkua_[a-f0-9]{32,}+", "bkua_"),
                    token(
                            "sourcegraph-token",
                            "sgp_(?:[a-f0-9]{16}_|local_)?[a-f0-9]{40}" + END,
                            "sgp_"),
                    token(
                            "hugging-face-token",
                            "(?:hf|api_org)_[A-Za-z]{30,}+" + END,
                            "hf_",
                            "api_org_"),
                    token("groq-key", "gsk_[A-Za-z0-9]{40,}+", "gsk_"),
                    token("xai-key", "xai-[A-Za-z0-9]{60,}+", "xai-"),
                    token("perplexity-key", "pplx-[A-Za-z0-9]{40,}+", "pplx-"),
                    token("replicate-token", "r8_[A-Za-z0-9]{30,}+", "r8_"),
                    token(
                            "langsmith-key",
                            "lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}" + END,
                            "lsv2_"),
                    token(
                            "shopify-token",
                            "shp(?:at|ca|pa|ss|tka)_[a-fA-F0-9]{32}" + END,
                            "shpat_",
                            "shpca_",
                            "shppa_",
                            "shpss_",
                            "shptka_"),
                    token(
                            "square-token",
                            ALONE + "EAAA[A-Za-z0-9_-]{56,80}(?![A-Za-z0-9+/=_-])",
                            "eaaa"),
                    token(
                            "square-token",
                            "sq0(?:csp|atp)-[A-Za-z0-9_-]{22,}+",
                            "sq0csp-",
                            "sq0atp-"),
                    token(
                            "braintree-token",
                            "access_token\\$(?:production|sandbox)\\$[a-z0-9]{16}\\$[a-f0-9]{32}"
                                    + END,
                            "access_token$"),
                    token(
                            "flutterwave-key",
                            "FLWSECK(?:_TEST)?-[A-Za-z0-9]{12,}+(?:-X)?",
                            "flwseck"),
                    token(
                            "discord-webhook",
                            "discord(?:app)?\\.com/api/(?:v[0-9]{1,2}/)?webhooks/[0-9]{15,20}/([A-Za-z0-9_-]{40,}+)",
                            "discord.com/api/",
                            "discordapp.com/api/"),
                    token(
                            "discord-token",
                            ALONE
                                    + "[MNO][DTjz][A-Za-z0-9]{20,26}\\.[A-Za-z0-9_-]{6}\\.[A-Za-z0-9_-]{27,40}(?![A-Za-z0-9_-])",
                            "md",
                            "mt",
                            "mj",
                            "mz",
                            "nd",
                            "nt",
                            "nj",
                            "nz",
                            "od",
                            "ot",
                            "oj",
                            "oz"),
                    new SecretRule(
                            "telegram-token",
                            Check.ENTROPY,
                            0,
                            "(?<=(?<![0-9])[0-9]{8,10}):(AA[A-Za-z0-9_-]{33})(?![A-Za-z0-9_-])",
                            List.of(":aa")),
                    token("twilio-key", "SK[a-f0-9]{32}" + END, "sk"),
                    token(
                            "sendgrid-key",
                            "SG\\.[A-Za-z0-9_-]{16,32}\\.[A-Za-z0-9_-]{16,64}(?![A-Za-z0-9_-])",
                            "sg."),
                    token("mailgun-key", "key-[a-f0-9]{32}" + END, "key-"),
                    inside(
                            "mailchimp-key",
                            32,
                            BEGIN + "[a-f0-9]{32}-us[0-9]{1,2}(?![A-Za-z0-9-])",
                            "-us"),
                    token(
                            "brevo-key",
                            "x(?:key|smtp)sib-[a-f0-9]{64}-[A-Za-z0-9]{16}" + END,
                            "xkeysib-",
                            "xsmtpsib-"),
                    token("resend-key", "re_[A-Za-z0-9]{8}_[A-Za-z0-9]{20,}+", "re_"),
                    new SecretRule(
                            "npm-token",
                            Check.CHECKSUM,
                            0,
                            BEGIN + "npm_[A-Za-z0-9]{36}" + END,
                            List.of("npm_")),
                    token("pypi-token", "pypi-AgE[A-Za-z0-9_-]{50,}+", "pypi-age"),
                    token("rubygems-key", "rubygems_[a-f0-9]{40,}+", "rubygems_"),
                    token("docker-hub-token", "dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}+", "dckr_"),
                    token("crates-token", ALONE + "cio[A-Za-z0-9]{32}(?![A-Za-z0-9+/=_-])", "cio"),
                    token("clojars-token", "CLOJARS_[a-f0-9]{60}" + END, "clojars_"),
                    token("nuget-key", ALONE + "oy2[a-z0-9]{43}(?![A-Za-z0-9+/=_-])", "oy2"),
                    token("heroku-key", "HRKU-[A-Za-z0-9_-]{30,}+", "hrku-"),
                    token(
                            "cloudflare-token",
                            "cf(?:k|ut|at)_[A-Za-z0-9_-]{40,}+",
                            "cfk_",
                            "cfut_",
                            "cfat_"),
                    token("cloudflare-token", "v1\\.0-[a-f0-9]{24}-[a-f0-9]{100,}+", "v1.0-"),
                    token(
                            "vercel-token",
                            "vc[piark]_[A-Za-z0-9_-]{24,}+",
                            "vcp_",
                            "vci_",
                            "vca_",
                            "vcr_",
                            "vck_"),
                    token(
                            "netlify-token",
                            "nf[pcoub]_[A-Za-z0-9]{32,}+",
                            "nfp_",
                            "nfc_",
                            "nfo_",
                            "nfu_",
                            "nfb_"),
                    token("fly-token", "fm[12][ar]?_[A-Za-z0-9+/=]{60,}+", "fm1", "fm2"),
                    token("databricks-token", "dapi[a-f0-9]{32}(?:-[0-9]{1,2})?" + END, "dapi"),
                    token(
                            "supabase-key",
                            "sb(?:p_(?:v0_)?[a-f0-9]{40}|_secret_[A-Za-z0-9_-]{20,}+)" + END,
                            "sbp_",
                            "sb_secret_"),
                    token(
                            "planetscale-token",
                            "pscale_(?:pw|tkn|oauth)_[A-Za-z0-9_.=-]{30,}+",
                            "pscale_"),
                    token("tailscale-key", "tskey-[a-z]{2,12}-[A-Za-z0-9-]{20,}+", "tskey-"),
                    token(
                            "new-relic-key",
                            "NR(?:AK|II|RA)-[A-Za-z0-9_-]{27,}+",
                            "nrak-",
                            "nrii-",
                            "nrra-"),
                    inside("new-relic-key", 36, BEGIN + "[a-z0-9]{36}NRAL" + END, "nral"),
                    token("sentry-token", "sntry[us]_[A-Za-z0-9+/=_-]{40,}+", "sntryu_", "sntrys_"),
                    token("grafana-token", "glsa_[A-Za-z0-9]{32}_[a-fA-F0-9]{8}" + END, "glsa_"),
                    token("grafana-token", "glc_[A-Za-z0-9+/=]{32,}+", "glc_"),
                    token(
                            "dynatrace-token",
                            "dt0[a-z][0-9]{2}\\.[A-Z0-9]{24}\\.[A-Z0-9]{64}" + END,
                            "dt0"),
                    token("posthog-key", "phx_[A-Za-z0-9]{32,}+", "phx_"),
                    token(
                            "linear-key",
                            "lin_(?:api|oauth)_[A-Za-z0-9]{32,}+",
                            "lin_api_",
                            "lin_oauth_"),
                    token("notion-token", "ntn_[A-Za-z0-9]{40,}+", "ntn_"),
                    token("notion-token", "secret_[A-Za-z0-9]{43}" + END, "secret_"),
                    token("airtable-token", "pat[A-Za-z0-9]{14}\\.[a-f0-9]{64}" + END, "pat"),
                    token("figma-token", "fig[dor]_[A-Za-z0-9_-]{36,}+", "figd_", "figo_", "figr_"),
                    token("postman-key", "PMAK-[a-f0-9]{24}-[a-f0-9]{34}" + END, "pmak-"),
                    token("contentful-token", "CFPAT-[A-Za-z0-9_-]{40,}+", "cfpat-"),
                    token("vault-token", "hv[sbr]\\.[A-Za-z0-9_-]{20,}+", "hvs.", "hvb.", "hvr."),
                    inside(
                            "terraform-cloud-token",
                            14,
                            BEGIN + "[A-Za-z0-9]{14}\\.atlasv1\\.[A-Za-z0-9_=-]{50,}+",
                            ".atlasv1."),
                    token(
                            "doppler-token",
                            "dp\\.(?:pt|st|ct|sa|scim|audit)\\.(?:[a-z0-9_-]{2,35}\\.)?[A-Za-z0-9]{40,44}"
                                    + END,
                            "dp.pt.",
                            "dp.st.",
                            "dp.ct.",
                            "dp.sa.",
                            "dp.scim.",
                            "dp.audit."),
                    token("1password-token", "ops_eyJ[A-Za-z0-9+/=_-]{60,}+", "ops_eyj"),
                    token(
                            "age-key",
                            "AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}" + END,
                            "age-secret-key-1"),
                    token("pulumi-token", "pul-[a-f0-9]{40}" + END, "pul-"),
                    new SecretRule(
                            "session-cookie",
                            Check.ENTROPY,
                            0,
                            "(?i)(?:phpsessid|jsessionid|connect\\.sid|asp\\.net_sessionid|session(?:[_.-]?(?:id|token|key|data))?)=([A-Za-z0-9%._~+/:=-]{16,}+)",
                            List.of(
                                    "phpsessid=",
                                    "jsessionid=",
                                    "connect.sid=",
                                    "asp.net_sessionid=",
                                    "session")),
                    new SecretRule(
                            "jwt",
                            Check.NONE,
                            0,
                            BEGIN_OF_RUN
                                    + "eyJ[A-Za-z0-9_-]{10,}+\\.[A-Za-z0-9_-]{4,}+"
                                    + "(?:\\.[A-Za-z0-9_-]*+){1,3}",
                            List.of("eyj")),
                    new SecretRule(
                            "url-password",
                            Check.NO_PLACEHOLDER,
                            0,
                            "://[^\\s/:@\"'<>`\\\\]*+:(?![0-9]{1,5}[?#])"
                                    + "([^\\s/\"'<>`\\\\@]++(?:@[^\\s/\"'<>`\\\\@]++(?=@))*+)@",
                            List.of("://")),
                    new SecretRule(
                            "authorization",
                            Check.NO_PLACEHOLDER,
                            0,
                            "(?i)authorization\\\\{0,7}[\"'`]?\\]?[ \\t]{0,8}(?:=>|[:=,])[ \\t]{0,8}"
                                    + "\\\\{0,7}[\"'`]?(?:bearer|basic|token|digest|apikey|api-key|bot)"
                                    + "(?:[ \\t]|%20|\\+){1,4}([^\\s\"'`,;<>\\\\]{4,}+)",
                            List.of("authorization")),
                    new SecretRule(
                            "authorization",
                            Check.RANDOM,
                            0,
                            "(?i)authorization\\\\{0,7}[\"'`]?\\]?[ \\t]{0,8}(?:=>|[:=,])[ \\t]{0,8}"
                                    + "\\\\{0,7}[\"'`]?([A-Za-z0-9._~+/=-]{16,}+)",
                            List.of("authorization")),
                    new SecretRule(
                            "bearer-token",
                            Check.RANDOM,
                            0,
                            "(?i)"
                                    + BEGIN
                                    + "bearer(?:[ \\t]|%20|\\+){1,4}([A-Za-z0-9._~+/=-]{12,}+)",
                            List.of("bearer")),
                    new SecretRule(
                            "basic-credentials",
                            Check.NONE,
                            0,
                            BEGIN + "[Bb]asic ([A-Za-z0-9+/]{12,}+={1,2})(?![A-Za-z0-9=])",
                            List.of("basic ")),
                    new SecretRule(
                            "password",
                            Check.NO_PLACEHOLDER,
                            0,
                            "(?i)<[\\w.:-]{0,32}(?:password|passwd|passphrase|secret|apikey|token)>"
                                    + "([^<>\\s]{3,256})</",
                            List.of("<")),
                    new SecretRule(
                            "password",
                            Check.ASSIGNMENT,
                            0,
                            "(?i)(?:passw(?:or)?d|passphrase|passcode|passwort|(?<=[_-])pass|pwd)"
                                    + NAME_TAIL
                                    + ASSIGN,
                            List.of("pass", "pwd")),
                    new SecretRule(
                            "api-key",
                            Check.ASSIGNMENT,
                            0,
                            "(?i)(?:api|access|private|secret|signing|encryption|auth|account|master)"
                                    + "[_ -]?key"
                                    + NAME_TAIL
                                    + ASSIGN,
                            List.of(
                                    "api_key",
                                    "api-key",
                                    "apikey",
                                    "api key",
                                    "access_key",
                                    "access-key",
                                    "accesskey",
                                    "private_key",
                                    "private-key",
                                    "privatekey",
                                    "secret_key",
                                    "secret-key",
                                    "secretkey",
                                    "signing_key",
                                    "signingkey",
                                    "encryption_key",
                                    "encryptionkey",
                                    "auth_key",
                                    "authkey",
                                    "account_key",
                                    "accountkey",
                                    "master_key",
                                    "masterkey")),
                    new SecretRule(
                            "secret",
                            Check.ASSIGNMENT,
                            0,
                            "(?i)secret" + NAME_TAIL + ASSIGN,
                            List.of("secret")),
                    new SecretRule(
                            "token",
                            Check.WEAK_ASSIGNMENT,
                            0,
                            "(?i)(?:token|credentials?)" + NAME_TAIL + ASSIGN,
                            List.of("token", "credential")),
                    new SecretRule(
                            "key",
                            Check.RANDOM_ASSIGNMENT,
                            0,
                            "(?i)(?<!(?:public|cache|primary|foreign|partition|sort|idempotency|query|object|storage|row|group|dedupe)[_-])(?<=[A-Za-z0-9][_-])key"
                                    + NAME_TAIL
                                    + ASSIGN,
                            List.of("key")));

    private SecretTable() {}

    private static SecretRule token(String kind, String pattern, String... anchors) {
        return new SecretRule(kind, Check.ENTROPY, 0, BEGIN.concat(pattern), List.of(anchors));
    }

    /// A token whose only fixed characters stand `back` characters behind its beginning.
    private static SecretRule inside(String kind, int back, String pattern, String... anchors) {
        return new SecretRule(kind, Check.ENTROPY, back, pattern, List.of(anchors));
    }
}
