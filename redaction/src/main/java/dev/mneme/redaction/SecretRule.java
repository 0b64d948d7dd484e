package dev.mneme.redaction;

import java.util.List;

/// One kind of secret: where to look, what it looks like, what to make of a match.
///
/// A rule runs only at a place where one of its `anchors` stands (lower case here, any case in the
/// text). Its `pattern` must match from there on; where it has a group 1 only that is replaced,
/// else the whole match.
///
/// To keep time linear, a pattern may read without bound only what its match then consumes: its
/// repetitions are possessive, what follows them is optional or bounded, and a `check` may turn
/// down short matches only.
///
/// Where the fixed characters of a token stand inside it, `back` says how many characters before
/// its anchor it begins; the pattern then must match from there.
record SecretRule(String kind, Check check, int back, String pattern, List<String> anchors) {

    /// What else must hold, and how far the secret reaches.
    enum Check {
        /// The pattern says it all.
        NONE,

        /// Not a placeholder such as `sk-ant-your-key-here`.
        NO_PLACEHOLDER,

        /// As above, and it holds a digit or is long: `sk-` and `bearer` begin ordinary words too.
        RANDOM,

        /// Drawn at random by its looks: two kinds of characters at least, evenly spread.
        ENTROPY,

        /// Its last six characters are the CRC32 of the rest in base62, as GitHub and npm make
        /// them. A token that was cut or mistyped must at least look drawn at random.
        CHECKSUM,

        /// The pattern ends where a value begins; the value decides. For names that promise a
        /// secret: `password`, `api_key`.
        ASSIGNMENT,

        /// As above for names that often name something else: `token`.
        WEAK_ASSIGNMENT,

        /// As above for names that mostly name something else, such as `..._key`: the value must be
        /// long and look drawn at random.
        RANDOM_ASSIGNMENT,

        /// The pattern is the first line of a PEM block.
        PEM
    }

    SecretRule {
        anchors = List.copyOf(anchors);
    }

    boolean isAssignment() {
        return check == Check.ASSIGNMENT
                || check == Check.WEAK_ASSIGNMENT
                || check == Check.RANDOM_ASSIGNMENT;
    }
}
