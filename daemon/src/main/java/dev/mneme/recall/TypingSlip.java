package dev.mneme.recall;

/// Whether one word is another with a single slip of the fingers: a letter too many or too few, or
/// two swapped. A letter in place of another makes another word (`mango`, `mongo`) as often as not.
final class TypingSlip {

    /// In shorter words nearly everything is one slip away from something.
    static final int CHARS_MIN = 4;

    private TypingSlip() {}

    static boolean between(String one, String other) {
        if (one.length() < CHARS_MIN || other.length() < CHARS_MIN) {
            return false;
        }
        int same = 0;
        int shorter = Math.min(one.length(), other.length());
        while (same < shorter && one.charAt(same) == other.charAt(same)) {
            same++;
        }
        return switch (one.length() - other.length()) {
            case 1 -> one.regionMatches(same + 1, other, same, shorter - same);
            case -1 -> other.regionMatches(same + 1, one, same, shorter - same);
            case 0 ->
                    same + 1 < shorter
                            && one.charAt(same) == other.charAt(same + 1)
                            && one.charAt(same + 1) == other.charAt(same)
                            && one.regionMatches(same + 2, other, same + 2, shorter - same - 2);
            default -> false;
        };
    }
}
