package dev.mneme.redaction;

import dev.mneme.redaction.SecretRule.Check;

import org.jspecify.annotations.Nullable;

import java.util.regex.Matcher;

/// Redacts one text after the other; belongs to one call and one thread.
///
/// One pass looks at each pair of characters in a table, and only where an anchor of some rule
/// stands are the rules asked, in the order of their table. What a rule takes is consumed.
final class TextRedaction {

    private static final String MARK_BEGIN = "[redacted:";

    /// A PEM block is looked for this far; real ones end long before.
    private static final int PEM_CHARS_MAX = 64 * 1024;

    /// A run of base64 characters this long makes the text behind a PEM header a key.
    private static final int PEM_RUN_CHARS_MIN = 16;

    private static final String PEM_DASHES = "-----";

    private final @Nullable RedactionKey key;
    private final ProjectSecrets known;

    private final @Nullable Matcher[] matchers = new Matcher[SecretRules.table().size()];

    /// Counts texts; a matcher that has seen an older one is reset first.
    private final int[] matcherText = new int[matchers.length];

    /// A token that begins before its anchor must not begin in what was taken already.
    private int consumed;

    private int textNumber;
    private String text = "";

    /// What `matchAt` found.
    private int secretStart;

    private int secretEnd;
    private String secretKind = "";

    TextRedaction(@Nullable RedactionKey key, ProjectSecrets known) {
        this.key = key;
        this.known = known;
    }

    /// The text with everything hidden that must be, or null when there is nothing.
    @Nullable String changeOrNull(String original) {
        String uncovered = PrivateTags.cutOrNull(original);
        String remaining = uncovered == null ? original : uncovered;
        String unknown = known.isEmpty() ? null : hideKnownOrNull(remaining);
        if (unknown != null) {
            remaining = unknown;
        }
        String redacted = redactSecretsOrNull(remaining);
        if (redacted != null) {
            return redacted;
        }
        return unknown == null ? uncovered : unknown;
    }

    /// The mark for a value whose JSON key promises a secret, or null when the value is none.
    @Nullable String changeValueOfKeyOrNull(String kind, String value) {
        boolean weak = kind.equals(SecretKeys.WEAK_KIND);
        if (!SecretValues.isSecret(value, weak, SecretValues.Style.QUOTED)) {
            return null;
        }
        text = value;
        textNumber++;
        StringBuilder mark = new StringBuilder();
        appendMark(mark, tokenKindAt(0, kind), value);
        return mark.toString();
    }

    private void appendMark(StringBuilder out, String kind, String secret) {
        out.append(MARK_BEGIN).append(kind);
        if (key != null) {
            out.append(':').append(key.fingerprint(secret));
        }
        out.append(']');
    }

    /// Known values go first: a rule that takes a part of one must not leave the rest.
    private @Nullable String hideKnownOrNull(String original) {
        StringBuilder out = null;
        int copied = 0;
        int i = 0;
        while (i < original.length()) {
            if (original.startsWith(MARK_BEGIN, i)) {
                i = endOfMark(original, i);
                continue;
            }
            int end = known.endAt(original, i);
            if (end < 0) {
                i++;
                continue;
            }
            if (out == null) {
                out = new StringBuilder(original.length() + 64);
            }
            out.append(original, copied, i);
            appendMark(out, ProjectSecrets.KIND, original.substring(i, end));
            copied = end;
            i = end;
        }
        return out == null ? null : out.append(original, copied, original.length()).toString();
    }

    private @Nullable String redactSecretsOrNull(String original) {
        text = original;
        textNumber++;
        StringBuilder out = null;
        consumed = 0;
        int copied = 0;
        int last = original.length() - 1;
        int i = 0;
        while (i < last) {
            char first = original.charAt(i);
            if (first == '[' && original.startsWith(MARK_BEGIN, i)) {
                i = endOfMark(original, i);
                continue;
            }
            if (!SecretRules.mayBegin(first, original.charAt(i + 1)) || !matchAt(i)) {
                i++;
                continue;
            }
            if (out == null) {
                out = new StringBuilder(original.length() + 64);
            }
            out.append(original, copied, secretStart);
            appendMark(out, secretKind, original.substring(secretStart, secretEnd));
            copied = secretEnd;
            consumed = secretEnd;
            i = secretEnd;
        }
        if (out == null) {
            return null;
        }
        return out.append(original, copied, original.length()).toString();
    }

    /// A mark's kind is a name like `token` and must not be taken for one.
    private static int endOfMark(String text, int start) {
        int i = start + MARK_BEGIN.length();
        while (i < text.length() && (isNameChar(text.charAt(i)) || text.charAt(i) == ':')) {
            i++;
        }
        return i;
    }

    private boolean matchAt(int start) {
        int tried = -1;
        for (SecretRules.Anchor anchor :
                SecretRules.anchorsFrom(text.charAt(start), text.charAt(start + 1))) {
            String literal = anchor.text();
            if (anchor.rule() != tried
                    && text.regionMatches(true, start, literal, 0, literal.length())) {
                tried = anchor.rule();
                if (ruleMatches(tried, start)) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean ruleMatches(int index, int start) {
        SecretRule rule = SecretRules.table().get(index);
        if (rule.isAssignment() && !mayAssign(start)) {
            return false;
        }
        if (start - rule.back() < consumed) {
            return false;
        }
        Matcher matcher = matcher(index);
        matcher.region(start - rule.back(), text.length());
        if (!matcher.lookingAt()) {
            return false;
        }
        secretKind = rule.kind();
        if (rule.isAssignment()) {
            return assignmentMatches(start, matcher.end(), rule.check());
        }
        if (rule.check() == Check.PEM) {
            return pemMatches(start, matcher.end());
        }
        int group = matcher.groupCount() == 0 ? 0 : 1;
        secretStart = matcher.start(group);
        secretEnd = matcher.end(group);
        return switch (rule.check()) {
            case NO_PLACEHOLDER -> !SecretValues.isPlaceholder(text, secretStart, secretEnd);
            case RANDOM ->
                    SecretValues.looksRandom(text, secretStart, secretEnd)
                            && !SecretValues.isPlaceholder(text, secretStart, secretEnd);
            case ENTROPY -> Randomness.isLikely(text, secretStart, secretEnd);
            case CHECKSUM ->
                    Randomness.hasChecksum(text, secretStart, secretEnd)
                            || Randomness.isLikely(text, secretStart, secretEnd);
            case NONE, ASSIGNMENT, WEAK_ASSIGNMENT, RANDOM_ASSIGNMENT, PEM -> true;
        };
    }

    private Matcher matcher(int index) {
        Matcher matcher = matchers[index];
        if (matcher == null) {
            matcher = SecretRules.pattern(index).matcher(text);
            matcher.useTransparentBounds(true).useAnchoringBounds(false);
            matchers[index] = matcher;
        } else if (matcherText[index] != textNumber) {
            matcher.reset(text);
        }
        matcherText[index] = textNumber;
        return matcher;
    }

    // ---- name = value

    /// A cheap look ahead before the pattern runs: names such as `token` are everywhere, and most
    /// of them are followed by no sign of assignment.
    private boolean mayAssign(int nameStart) {
        int limit = Math.min(text.length(), nameStart + SecretValues.NAME_CHARS_MAX);
        int i = nameStart;
        while (i < limit && isNameChar(text.charAt(i))) {
            i++;
        }
        if (at(i) == ' ' && text.regionMatches(true, i + 1, "key", 0, 3)) {
            i += 4;
        }
        while (i < limit && "\\\"'`]".indexOf(text.charAt(i)) >= 0) {
            i++;
        }
        int blanks = i;
        while (i < limit && isBlank(text.charAt(i))) {
            i++;
        }
        char sign = at(i);
        return sign == '=' || sign == ':' || i == limit || (i > blanks && isOption(nameStart));
    }

    private boolean assignmentMatches(int nameStart, int valueStart, Check check) {
        int operator = valueStart - 1;
        while (isBlank(text.charAt(operator))) {
            operator--;
        }
        char sign = text.charAt(operator);
        boolean tight = operator == valueStart - 1;
        if (sign != '=' && sign != ':' && sign != '>' && !isOption(nameStart)) {
            return false;
        }
        int quote = valueStart;
        if (isStringPrefix(quote)) {
            quote++;
        }
        int backslashes = 0;
        while (at(quote + backslashes) == '\\' && backslashes < SecretValues.BACKSLASHES_MAX) {
            backslashes++;
        }
        char delimiter = at(quote + backslashes);
        SecretValues.Style style;
        if (delimiter == '"' || delimiter == '\'' || delimiter == '`') {
            secretStart = quote + backslashes + 1;
            secretEnd = SecretValues.endOfQuoted(text, secretStart, delimiter, backslashes);
            style = SecretValues.Style.QUOTED;
        } else {
            secretStart = valueStart;
            boolean setting = tight && sign == '=' && isUpperCaseName(nameStart, operator);
            int limit =
                    check == Check.RANDOM_ASSIGNMENT
                            ? valueStart + Randomness.VALUE_CHARS_MAX + 1
                            : text.length();
            secretEnd = SecretValues.endOfUnquoted(text, valueStart, limit, setting);
            style =
                    setting
                            ? SecretValues.Style.SETTING
                            : SecretValues.unquotedStyle(text, secretEnd, tight && sign == '=');
        }
        if (secretEnd <= secretStart) {
            return false;
        }
        int length = secretEnd - secretStart;
        if (length <= SecretValues.DOUBTFUL_CHARS_MAX) {
            String value = text.substring(secretStart, secretEnd);
            if (!SecretValues.isSecret(value, check != Check.ASSIGNMENT, style)) {
                return false;
            }
        }
        if (check == Check.RANDOM_ASSIGNMENT
                && !Randomness.isLikelyValue(text, secretStart, secretEnd)) {
            return false;
        }
        secretKind = tokenKindAt(secretStart, secretKind);
        return true;
    }

    /// The kind of the token that begins here, which says more than the name it is assigned to.
    private String tokenKindAt(int start, String otherwise) {
        if (start + 1 >= text.length()
                || !SecretRules.mayBegin(text.charAt(start), text.charAt(start + 1))) {
            return otherwise;
        }
        for (SecretRules.Anchor anchor :
                SecretRules.anchorsFrom(text.charAt(start), text.charAt(start + 1))) {
            String literal = anchor.text();
            SecretRule rule = SecretRules.table().get(anchor.rule());
            if (!rule.isAssignment()
                    && rule.check() != Check.PEM
                    && rule.back() == 0
                    && text.regionMatches(true, start, literal, 0, literal.length())) {
                Matcher matcher = matcher(anchor.rule());
                matcher.region(start, text.length());
                if (matcher.lookingAt() && matcher.groupCount() == 0) {
                    return rule.kind();
                }
            }
        }
        return otherwise;
    }

    /// Whether the name belongs to a command line option such as `--db-password`.
    private boolean isOption(int nameStart) {
        int i = nameStart;
        int least = Math.max(0, nameStart - SecretValues.NAME_CHARS_MAX);
        while (i > least && isNameChar(text.charAt(i - 1))) {
            i--;
        }
        return text.startsWith("--", i) && i + 2 <= nameStart;
    }

    private boolean isUpperCaseName(int nameStart, int nameEnd) {
        int i = nameStart;
        int least = Math.max(0, nameStart - SecretValues.NAME_CHARS_MAX);
        while (i > least && isNameChar(text.charAt(i - 1))) {
            i--;
        }
        for (; i < nameEnd; i++) {
            char c = text.charAt(i);
            if (c >= 'a' && c <= 'z') {
                return false;
            }
        }
        return true;
    }

    private boolean isStringPrefix(int index) {
        return "bfruBFRU@$".indexOf(at(index)) >= 0
                && at(index) != '\0'
                && (at(index + 1) == '"' || at(index + 1) == '\'');
    }

    private static boolean isNameChar(char c) {
        return c == '_' || c == '-' || (c < 128 && Character.isLetterOrDigit(c));
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    // ---- PEM

    /// From the header to the footer when there is one, else as far as the text can be key data.
    /// The text up to the next dashes is read once, whatever comes of it.
    private boolean pemMatches(int headerStart, int headerEnd) {
        int limit = Math.min(text.length(), headerEnd + PEM_CHARS_MAX);
        int end = headerEnd;
        int run = 0;
        int keyDataEnd = -1;
        boolean unbroken = true;
        boolean isKey = false;
        while (end < limit && !text.startsWith(PEM_DASHES, end)) {
            char c = text.charAt(end);
            run = isBase64(c) ? run + 1 : 0;
            isKey |= run >= PEM_RUN_CHARS_MIN;
            if (unbroken && !isKeyData(c)) {
                unbroken = false;
                keyDataEnd = end;
            }
            end++;
        }
        if (!isKey) {
            return false;
        }
        secretStart = headerStart;
        if (text.regionMatches(true, end, "-----END", 0, 8)) {
            int footerEnd = text.indexOf(PEM_DASHES, end + PEM_DASHES.length());
            boolean near = footerEnd >= 0 && footerEnd - end < 64;
            secretEnd = near ? footerEnd + PEM_DASHES.length() : end + 8;
            return true;
        }
        secretEnd = unbroken ? end : keyDataEnd;
        return secretEnd - headerEnd >= PEM_RUN_CHARS_MIN;
    }

    /// Base64, line ends, header lines, and what a program or a listing puts around the lines.
    private static boolean isKeyData(char c) {
        return isBase64(c)
                || c == ' '
                || c == '\n'
                || c == '\r'
                || c == '\t'
                || c == '→'
                || "\\\"',:.-|;".indexOf(c) >= 0;
    }

    private static boolean isBase64(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '+'
                || c == '/'
                || c == '=';
    }

    private char at(int index) {
        return index < text.length() ? text.charAt(index) : '\0';
    }
}
