package dev.mneme.redaction;

import java.util.Locale;
import java.util.Set;

/// Tells a secret from what stands in its place in code and documents.
///
/// A name such as `password` is followed by a secret, or by a type, a placeholder, a variable, a
/// sentence. Losing an ordinary word costs little, keeping a secret costs much: what is not clearly
/// one of the others is a secret.
final class SecretValues {

    /// How a value was written.
    enum Style {
        /// In quotes, or as a JSON string.
        QUOTED,

        /// `NAME=value` as in an environment or a settings file.
        SETTING,

        /// `name=value`: a query parameter, a settings file, a named argument.
        TIGHT,

        /// `name: value` or `name = value`, and nothing behind it on the line.
        LAST_ON_LINE,

        /// The same, and more words behind it.
        IN_SENTENCE
    }

    /// Above this length no value is doubted.
    static final int DOUBTFUL_CHARS_MAX = 128;

    /// Above this length no token is a placeholder.
    private static final int PLACEHOLDER_CHARS_MAX = 64;

    /// From this length on a token needs no digit to look random.
    private static final int RANDOM_CHARS_MIN = 32;

    /// A value in quotes is looked for this far, and within its line.
    private static final int QUOTED_CHARS_MAX = 4096;

    private static final int UNQUOTED_SECRET_CHARS_MIN = 4;
    private static final int WEAK_SECRET_CHARS_MIN = 8;
    private static final int WEAK_WORD_CHARS_MIN = 20;

    /// Backslashes before a quote: text in JSON in JSON in JSON.
    static final int BACKSLASHES_MAX = 7;

    /// How far before an anchor the rest of its name is looked for.
    static final int NAME_CHARS_MAX = 48;

    /// Types and words that follow a name in declarations, schemas and forms.
    private static final Set<String> WORDS =
            Set.of(
                    "string",
                    "str",
                    "text",
                    "number",
                    "boolean",
                    "bool",
                    "any",
                    "unknown",
                    "null",
                    "none",
                    "undefined",
                    "true",
                    "false",
                    "optional",
                    "required",
                    "object",
                    "int",
                    "integer",
                    "bytes",
                    "byte",
                    "char",
                    "varchar",
                    "nil",
                    "never",
                    "void",
                    "secretstr",
                    "secretstring",
                    "hidden",
                    "redacted",
                    "masked",
                    "omitted",
                    "missing",
                    "empty",
                    "invalid",
                    "valid",
                    "expired",
                    "yes",
                    "no",
                    "on",
                    "off",
                    "disabled",
                    "enabled",
                    "self",
                    "this",
                    "new",
                    "await",
                    "field",
                    "input",
                    "env",
                    "todo",
                    "tbd",
                    "n/a",
                    "changed",
                    "unset",
                    "set",
                    "ok",
                    "failed",
                    "bearer",
                    "basic",
                    "jwt",
                    "function",
                    "const",
                    "let",
                    "var",
                    "return",
                    "example",
                    "username",
                    "email",
                    "uuid",
                    "char[]",
                    "changeme",
                    "change-me",
                    "change_me",
                    "replaceme",
                    "replace-me",
                    "replace_me",
                    "&str",
                    "option<string>",
                    "string?",
                    "string|null",
                    "byte[]");

    private static final Set<String> REFERENCE_ROOTS =
            Set.of(
                    "process",
                    "os",
                    "env",
                    "environ",
                    "config",
                    "this",
                    "self",
                    "settings",
                    "req",
                    "request",
                    "ctx",
                    "context",
                    "args",
                    "opts",
                    "options",
                    "props",
                    "system",
                    "import",
                    "secrets",
                    "vars",
                    "var",
                    "local",
                    "module",
                    "data",
                    "params",
                    "event",
                    "state",
                    "user",
                    "body",
                    "form",
                    "values",
                    "app",
                    "vault",
                    "github",
                    "steps",
                    "inputs",
                    "credentials",
                    "response",
                    "res",
                    "session",
                    "object",
                    "model");

    private SecretValues() {}

    /// The end of a quoted value: its quote behind no more backslashes than the opening one had, or
    /// the end of the line.
    static int endOfQuoted(String text, int start, char delimiter, int backslashes) {
        int limit = Math.min(text.length(), start + QUOTED_CHARS_MAX);
        int slashes = 0;
        for (int i = start; i < limit; i++) {
            char c = text.charAt(i);
            if (c == '\\') {
                slashes++;
                continue;
            }
            if (c == delimiter && slashes <= backslashes) {
                return i - slashes;
            }
            if (c == '\n' || c == '\r') {
                return i;
            }
            slashes = 0;
        }
        return limit;
    }

    /// The end of a value without quotes, or `limit`. In a setting only blanks and quotes end it.
    static int endOfUnquoted(String text, int start, int limit, boolean setting) {
        int i = start;
        int length = Math.min(text.length(), limit);
        while (i < length) {
            char c = text.charAt(i);
            if (c <= ' ' || c == '"' || c == '\'' || c == '`') {
                break;
            }
            if (c == '\\' && i + 1 < length && "nrt\"'\\".indexOf(text.charAt(i + 1)) >= 0) {
                break;
            }
            if (!setting && ",;)}&<>".indexOf(c) >= 0 && i > start) {
                break;
            }
            i++;
        }
        return i;
    }

    static Style unquotedStyle(String text, int end, boolean tight) {
        if (tight) {
            return Style.TIGHT;
        }
        int i = end;
        while (i < text.length() && (text.charAt(i) == ' ' || text.charAt(i) == '\t')) {
            i++;
        }
        boolean lineEnds = i >= text.length() || "\r\n\\,;)}\"'`".indexOf(text.charAt(i)) >= 0;
        return lineEnds ? Style.LAST_ON_LINE : Style.IN_SENTENCE;
    }

    /// Whether a value behind a name that promises a secret is one.
    static boolean isSecret(String value, boolean weak, Style style) {
        if (isPlaceholder(value, 0, value.length())) {
            return false;
        }
        String lower = value.toLowerCase(Locale.ROOT);
        if (WORDS.contains(lower) || isPath(value)) {
            return false;
        }
        boolean quoted = style == Style.QUOTED;
        boolean code = !quoted && style != Style.SETTING;
        if (code && isReference(lower)) {
            return false;
        }
        if (weak) {
            return isWeakSecret(value, style);
        }
        if (quoted) {
            return !isLabel(lower) && !isRestOfCode(value);
        }
        if (value.length() < UNQUOTED_SECRET_CHARS_MIN) {
            return false;
        }
        return style != Style.IN_SENTENCE || !isWord(value);
    }

    private static boolean isWeakSecret(String value, Style style) {
        int length = value.length();
        if (style == Style.SETTING) {
            return length >= UNQUOTED_SECRET_CHARS_MIN && !isNumber(value);
        }
        if (length < WEAK_SECRET_CHARS_MIN || value.indexOf(' ') >= 0 || isNumber(value)) {
            return false;
        }
        return hasDigit(value, 0, length) || (length >= WEAK_WORD_CHARS_MIN && !isWord(value));
    }

    /// What stands where a secret will be put, or already was: variables, marks, runs of `x`.
    static boolean isPlaceholder(String text, int start, int end) {
        int length = end - start;
        if (length == 0) {
            return true;
        }
        if (length > PLACEHOLDER_CHARS_MAX) {
            return false;
        }
        String value = text.substring(start, end).toLowerCase(Locale.ROOT);
        char first = value.charAt(0);
        if (first == '<' || first == '…' || value.startsWith("{{") || value.startsWith("...")) {
            return true;
        }
        if (first == '$') {
            return length > 1
                    && (isNameStart(value.charAt(1))
                            || value.charAt(1) == '{'
                            || value.charAt(1) == '(');
        }
        if (first == '%') {
            return length == 2 || (length > 2 && value.endsWith("%")) || value.startsWith("%(");
        }
        if (first == '{' && (value.endsWith("}") || isName(value, 1))) {
            return true;
        }
        if (value.startsWith("[your") || (first == '(' && isName(value, 1))) {
            return true;
        }
        if (value.startsWith("(sensitive") || value.startsWith("(known after")) {
            return true;
        }
        if (value.startsWith(Redactor.PRIVATE_MARK)
                || value.startsWith("[redacted")
                || value.startsWith("[hidden")
                || value.startsWith("[masked")) {
            return true;
        }
        if (value.startsWith("process.env.")
                || value.startsWith("import.meta.env")
                || value.startsWith("os.environ")
                || value.startsWith("os.getenv")
                || value.startsWith("system.getenv")
                || value.startsWith("env.")) {
            return true;
        }
        return holdsYour(value) || isMask(value);
    }

    /// `your-key`, `sk-ant-your-key-here`, `my_placeholder`.
    private static boolean holdsYour(String value) {
        int i = value.indexOf("your");
        if (i >= 0) {
            boolean begins = i == 0 || "-_ <".indexOf(value.charAt(i - 1)) >= 0;
            int after = i + 4;
            boolean ends = after >= value.length() || "-_ ".indexOf(value.charAt(after)) >= 0;
            if (begins && ends) {
                return true;
            }
        }
        return value.contains("placeholder") || value.contains("xxxx");
    }

    /// Nothing but `x`, `*`, dots and dashes behind an optional prefix such as `sk_live_`.
    private static boolean isMask(String value) {
        int i = value.length();
        int marks = 0;
        while (i > 0) {
            char c = value.charAt(i - 1);
            if (c == 'x' || c == '*' || c == '.' || c == '•' || c == '…') {
                marks++;
            } else if (c != '-' && c != '_') {
                break;
            }
            i--;
        }
        if (marks < 3) {
            return false;
        }
        return i == 0 || (i <= 8 && isPrefix(value, i));
    }

    private static boolean isPrefix(String value, int end) {
        int separators = 0;
        for (int i = 0; i <= end && i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '-' || c == '_') {
                separators++;
            } else if (i < end && !isNameStart(c)) {
                return false;
            }
        }
        return separators > 0;
    }

    static boolean looksRandom(String text, int start, int end) {
        return end - start >= RANDOM_CHARS_MIN || hasDigit(text, start, end);
    }

    private static boolean hasDigit(String text, int start, int end) {
        for (int i = start; i < end; i++) {
            char c = text.charAt(i);
            if (c >= '0' && c <= '9') {
                return true;
            }
        }
        return false;
    }

    private static boolean isNumber(String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if ((c < '0' || c > '9') && c != '.' && c != ',' && c != '_') {
                return false;
            }
        }
        return true;
    }

    /// Letters only, perhaps with a full stop behind.
    private static boolean isWord(String value) {
        int end = value.length();
        if (end > 1 && ".!?:".indexOf(value.charAt(end - 1)) >= 0) {
            end--;
        }
        for (int i = 0; i < end; i++) {
            char c = value.charAt(i);
            if (!Character.isLetter(c) && c != '-' && c != '_' && c != '\'' && c != '/') {
                return false;
            }
        }
        return true;
    }

    /// A form's label or message: several words, one of them the name itself.
    private static boolean isLabel(String lower) {
        if (lower.indexOf(' ') < 0) {
            return lower.equals("password") || lower.equals("secret") || lower.equals("passwort");
        }
        return lower.contains("password") || lower.contains("secret") || lower.contains(" key");
    }

    /// The quote was a closing one: `log("password:", error)`.
    private static boolean isRestOfCode(String value) {
        char first = value.charAt(0);
        return first == ')'
                || first == ']'
                || first == ';'
                || (first == ',' && value.length() > 1 && value.charAt(1) == ' ')
                || (first == ' ' && value.length() > 1 && "+.%&|".indexOf(value.charAt(1)) >= 0);
    }

    private static boolean isPath(String value) {
        return (value.startsWith("/") && value.indexOf('/', 1) > 0 && !endsRandom(value))
                || value.startsWith("~/")
                || value.startsWith("./")
                || value.startsWith("../")
                || (value.length() > 2 && value.startsWith(":\\", 1));
    }

    /// Base64 may begin with a slash too; a path has no `+` and no `=`.
    private static boolean endsRandom(String value) {
        return value.indexOf('+') >= 0 || value.indexOf('=') >= 0;
    }

    /// A call, an index, a path of names from a known root, or a name that tells what it holds.
    private static boolean isReference(String lower) {
        if (lower.indexOf('(') > 0
                || lower.indexOf('[') > 0
                || lower.startsWith("&")
                || lower.startsWith("@")
                || lower.startsWith("*")) {
            return isNameStart(lower.charAt(0)) || !hasDigit(lower, 0, lower.length());
        }
        boolean digits = hasDigit(lower, 0, lower.length());
        int dot = lower.indexOf('.');
        for (int i = 0; i < lower.length(); i++) {
            char c = lower.charAt(i);
            if (!isNameStart(c) && (c < '0' || c > '9') && c != '.' && c != '?' && c != '!') {
                return false;
            }
        }
        if (dot > 0 && dot < lower.length() - 1) {
            return !digits || REFERENCE_ROOTS.contains(lower.substring(0, dot));
        }
        return !digits
                && (lower.contains("passw")
                        || lower.contains("secret")
                        || lower.contains("token")
                        || lower.contains("key")
                        || lower.contains("credential"));
    }

    /// Names and dots only, as in the first part of `{user.password}` or `(password or None)`.
    private static boolean isName(String value, int start) {
        for (int i = start; i < value.length(); i++) {
            if (!isNameStart(value.charAt(i)) && value.charAt(i) != '.') {
                return false;
            }
        }
        return value.length() > start;
    }

    private static boolean isNameStart(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    }
}
