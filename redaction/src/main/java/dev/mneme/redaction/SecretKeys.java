package dev.mneme.redaction;

import org.jspecify.annotations.Nullable;

/// Which JSON keys promise that their value is a secret.
final class SecretKeys {

    /// The kind of keys such as `token`, whose values are often something else.
    static final String WEAK_KIND = "token";

    private static final int KEY_CHARS_MAX = 64;

    /// Endings of keys in lower case without separators, and the kind each promises.
    private static final String[][] ENDINGS = {
        {"password", "password"},
        {"passwd", "password"},
        {"passphrase", "password"},
        {"passcode", "password"},
        {"passwort", "password"},
        {"pwd", "password"},
        {"secret", "secret"},
        {"secretkey", "api-key"},
        {"secretvalue", "secret"},
        {"secrettoken", "secret"},
        {"secretaccesskey", "aws-secret-key"},
        {"secretkeybase", "secret"},
        {"apikey", "api-key"},
        {"apisecret", "api-key"},
        {"accesskey", "api-key"},
        {"privatekey", "api-key"},
        {"signingkey", "api-key"},
        {"encryptionkey", "api-key"},
        {"authkey", "api-key"},
        {"accountkey", "api-key"},
        {"masterkey", "api-key"},
        {"accesstoken", "access-token"},
        {"refreshtoken", "access-token"},
        {"authtoken", "access-token"},
        {"bearertoken", "access-token"},
        {"apitoken", "access-token"},
        {"idtoken", "access-token"},
        {"sessiontoken", "access-token"},
        {"token", WEAK_KIND},
        {"credential", WEAK_KIND},
        {"credentials", WEAK_KIND},
        {"authorization", WEAK_KIND},
    };

    private SecretKeys() {}

    static @Nullable String kindOrNull(String key) {
        int length = key.length();
        if (length == 0 || length > KEY_CHARS_MAX) {
            return null;
        }
        char last = key.charAt(length - 1);
        if ("dDeEtTyYnNlLsS".indexOf(last) < 0 && !isDigit(last)) {
            return null;
        }
        StringBuilder plain = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            char c = key.charAt(i);
            if (c != '_' && c != '-' && c != '.' && c != ' ') {
                plain.append(Character.toLowerCase(c));
            }
        }
        while (!plain.isEmpty() && isDigit(plain.charAt(plain.length() - 1))) {
            plain.setLength(plain.length() - 1);
        }
        String name = plain.toString();
        if (name.endsWith("passwords") || name.endsWith("secrets") || name.endsWith("apikeys")) {
            name = name.substring(0, name.length() - 1);
        }
        for (String[] ending : ENDINGS) {
            if (name.endsWith(ending[0])) {
                return ending[1];
            }
        }
        return null;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
