package dev.mneme.redaction;

import dev.mneme.redaction.SecretRule.Check;

import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.regex.Pattern;

/// The table of everything that counts as a secret, and its index by anchor.
final class SecretRules {

    /// No letter or digit before: the token begins here.
    private static final String BEGIN = "(?<![A-Za-z0-9])";

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

    private static final List<SecretRule> TABLE =
            List.of(
                    new SecretRule(
                            "private-key",
                            Check.PEM,
                            "-----BEGIN (?:[A-Z0-9]{1,16} ){0,4}PRIVATE KEY(?: BLOCK)?-----",
                            List.of("-----begin")),
                    new SecretRule(
                            "anthropic-key",
                            Check.NO_PLACEHOLDER,
                            BEGIN + "sk-ant-[A-Za-z0-9_-]{8,}+",
                            List.of("sk-ant-")),
                    new SecretRule(
                            "openai-key",
                            Check.NO_PLACEHOLDER,
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
                            "(?<![A-Za-z0-9_-])sk-[A-Za-z0-9]{20,}+(?![-_]?[A-Za-z])",
                            List.of("sk-")),
                    new SecretRule(
                            "stripe-key",
                            Check.NO_PLACEHOLDER,
                            BEGIN + "[sr]k_(?:live|test)_[A-Za-z0-9]{10,}+",
                            List.of("sk_live_", "sk_test_", "rk_live_", "rk_test_")),
                    new SecretRule(
                            "stripe-webhook-secret",
                            Check.NO_PLACEHOLDER,
                            BEGIN + "whsec_[A-Za-z0-9+/=]{12,}+",
                            List.of("whsec_")),
                    new SecretRule(
                            "aws-access-key-id",
                            Check.NONE,
                            BEGIN + "(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])",
                            List.of("akia", "asia")),
                    new SecretRule(
                            "aws-secret-key",
                            Check.NONE,
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
                            Check.NO_PLACEHOLDER,
                            BEGIN + "gh[pousr]_[A-Za-z0-9_]{20,}+",
                            List.of("ghp_", "gho_", "ghu_", "ghs_", "ghr_")),
                    new SecretRule(
                            "github-token",
                            Check.NO_PLACEHOLDER,
                            BEGIN + "github_pat_[A-Za-z0-9_]{20,}+",
                            List.of("github_pat_")),
                    new SecretRule(
                            "slack-token",
                            Check.NO_PLACEHOLDER,
                            BEGIN + "(?:xox[abeoprs]|xapp)[.-][A-Za-z0-9.-]{10,}+",
                            List.of(
                                    "xoxa", "xoxb", "xoxe", "xoxo", "xoxp", "xoxr", "xoxs",
                                    "xapp-")),
                    new SecretRule(
                            "slack-webhook",
                            Check.NONE,
                            "hooks\\.slack\\.com/(?:services|workflows)/([A-Za-z0-9/_-]{20,}+)",
                            List.of("hooks.slack.com/")),
                    new SecretRule(
                            "google-api-key",
                            Check.NO_PLACEHOLDER,
                            BEGIN + "AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])",
                            List.of("aiza")),
                    new SecretRule(
                            "jwt",
                            Check.NONE,
                            BEGIN_OF_RUN
                                    + "eyJ[A-Za-z0-9_-]{10,}+\\.[A-Za-z0-9_-]{4,}+"
                                    + "(?:\\.[A-Za-z0-9_-]*+){1,3}",
                            List.of("eyj")),
                    new SecretRule(
                            "url-password",
                            Check.NO_PLACEHOLDER,
                            "://[^\\s/:@\"'<>`\\\\]*+:(?![0-9]{1,5}[?#])"
                                    + "([^\\s/\"'<>`\\\\@]++(?:@[^\\s/\"'<>`\\\\@]++(?=@))*+)@",
                            List.of("://")),
                    new SecretRule(
                            "authorization",
                            Check.NO_PLACEHOLDER,
                            "(?i)authorization\\\\{0,7}[\"'`]?\\]?[ \\t]{0,8}(?:=>|[:=,])[ \\t]{0,8}"
                                    + "\\\\{0,7}[\"'`]?(?:bearer|basic|token|digest|apikey|api-key|bot)"
                                    + "(?:[ \\t]|%20|\\+){1,4}([^\\s\"'`,;<>\\\\]{4,}+)",
                            List.of("authorization")),
                    new SecretRule(
                            "authorization",
                            Check.RANDOM,
                            "(?i)authorization\\\\{0,7}[\"'`]?\\]?[ \\t]{0,8}(?:=>|[:=,])[ \\t]{0,8}"
                                    + "\\\\{0,7}[\"'`]?([A-Za-z0-9._~+/=-]{16,}+)",
                            List.of("authorization")),
                    new SecretRule(
                            "bearer-token",
                            Check.RANDOM,
                            "(?i)"
                                    + BEGIN
                                    + "bearer(?:[ \\t]|%20|\\+){1,4}([A-Za-z0-9._~+/=-]{12,}+)",
                            List.of("bearer")),
                    new SecretRule(
                            "basic-credentials",
                            Check.NONE,
                            BEGIN + "[Bb]asic ([A-Za-z0-9+/]{12,}+={1,2})(?![A-Za-z0-9=])",
                            List.of("basic ")),
                    new SecretRule(
                            "password",
                            Check.NO_PLACEHOLDER,
                            "(?i)<[\\w.:-]{0,32}(?:password|passwd|passphrase|secret|apikey|token)>"
                                    + "([^<>\\s]{3,256})</",
                            List.of("<")),
                    new SecretRule(
                            "password",
                            Check.ASSIGNMENT,
                            "(?i)(?:passw(?:or)?d|passphrase|passcode|passwort|(?<=[_-])pass|pwd)"
                                    + NAME_TAIL
                                    + ASSIGN,
                            List.of("pass", "pwd")),
                    new SecretRule(
                            "api-key",
                            Check.ASSIGNMENT,
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
                            "(?i)secret" + NAME_TAIL + ASSIGN,
                            List.of("secret")),
                    new SecretRule(
                            "token",
                            Check.WEAK_ASSIGNMENT,
                            "(?i)(?:token|credentials?)" + NAME_TAIL + ASSIGN,
                            List.of("token", "credential")));

    /// An anchor and the place of its rule in the table.
    record Anchor(String text, int rule) {}

    private static final int ASCII = 128;

    /// Whether two characters, lower or upper case, begin any anchor: the one question asked of
    /// every character of every text.
    private static final boolean[] PAIRS = new boolean[ASCII * ASCII];

    private static final Anchor[][] BY_FIRST = new Anchor[ASCII][];

    private static final AtomicReferenceArray<Pattern> PATTERNS =
            new AtomicReferenceArray<>(TABLE.size());

    static {
        for (int rule = 0; rule < TABLE.size(); rule++) {
            for (String anchor : TABLE.get(rule).anchors()) {
                index(new Anchor(anchor, rule));
            }
        }
    }

    private SecretRules() {}

    static List<SecretRule> table() {
        return TABLE;
    }

    static boolean mayBegin(char first, char second) {
        return first < ASCII && second < ASCII && PAIRS[first * ASCII + second];
    }

    /// The anchors that begin with a character, in the order of the table.
    static Anchor[] anchorsFrom(char first) {
        Anchor[] anchors = BY_FIRST[first];
        return anchors == null ? new Anchor[0] : anchors;
    }

    /// Compiled when first needed: most texts need few of them, and a hook program has no time.
    static Pattern pattern(int rule) {
        Pattern pattern = PATTERNS.get(rule);
        if (pattern == null) {
            pattern = Pattern.compile(TABLE.get(rule).pattern());
            PATTERNS.set(rule, pattern);
        }
        return pattern;
    }

    private static void index(Anchor anchor) {
        char first = anchor.text().charAt(0);
        char upperFirst = Character.toUpperCase(first);
        add(first, anchor);
        if (upperFirst != first) {
            add(upperFirst, anchor);
        }
        if (anchor.text().length() == 1) {
            for (char second = 0; second < ASCII; second++) {
                PAIRS[first * ASCII + second] = true;
            }
            return;
        }
        char second = anchor.text().charAt(1);
        char upperSecond = Character.toUpperCase(second);
        PAIRS[first * ASCII + second] = true;
        PAIRS[first * ASCII + upperSecond] = true;
        PAIRS[upperFirst * ASCII + second] = true;
        PAIRS[upperFirst * ASCII + upperSecond] = true;
    }

    private static void add(char first, Anchor anchor) {
        Anchor[] before = BY_FIRST[first];
        int length = before == null ? 0 : before.length;
        Anchor[] after = new Anchor[length + 1];
        if (before != null) {
            System.arraycopy(before, 0, after, 0, length);
        }
        after[length] = anchor;
        BY_FIRST[first] = after;
    }
}
