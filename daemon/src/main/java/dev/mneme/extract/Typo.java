package dev.mneme.extract;

import java.util.ArrayList;
import java.util.Locale;
import java.util.Optional;

/// Texts that differ by the spelling of words alone.
final class Typo {

    private static final int DISTANCE_MAX = 3;

    private Typo() {}

    /// `` `somwhere` to `somewhere` `` when all that changed is the spelling of words.
    static Optional<String> between(String before, String after) {
        String[] old = before.split("[^\\p{L}\\p{N}]+", -1);
        String[] fresh = after.split("[^\\p{L}\\p{N}]+", -1);
        if (old.length != fresh.length) {
            return Optional.empty();
        }
        var corrections = new ArrayList<String>();
        for (int index = 0; index < old.length; index++) {
            if (old[index].equals(fresh[index])) {
                continue;
            }
            boolean near =
                    old[index].length() > 3
                            && old[index].chars().allMatch(Character::isLetter)
                            && distance(
                                            old[index].toLowerCase(Locale.ROOT),
                                            fresh[index].toLowerCase(Locale.ROOT))
                                    <= Math.min(DISTANCE_MAX, old[index].length() / 2);
            if (!near) {
                return Optional.empty();
            }
            corrections.add('`' + old[index] + "` to `" + fresh[index] + '`');
        }
        return corrections.isEmpty()
                ? Optional.empty()
                : Optional.of(Wording.listed(corrections, EditRule.NAMES_MAX));
    }

    /// Edit distance, a swap of neighbours counting as one.
    private static int distance(String left, String right) {
        if (left.length() > 40 || right.length() > 40) {
            return Integer.MAX_VALUE;
        }
        int[][] cost = new int[left.length() + 1][right.length() + 1];
        for (int row = 0; row <= left.length(); row++) {
            for (int column = 0; column <= right.length(); column++) {
                if (row == 0 || column == 0) {
                    cost[row][column] = row + column;
                    continue;
                }
                boolean same = left.charAt(row - 1) == right.charAt(column - 1);
                int best = cost[row - 1][column - 1] + (same ? 0 : 1);
                best = Math.min(best, Math.min(cost[row - 1][column], cost[row][column - 1]) + 1);
                boolean swapped =
                        row > 1
                                && column > 1
                                && left.charAt(row - 1) == right.charAt(column - 2)
                                && left.charAt(row - 2) == right.charAt(column - 1);
                cost[row][column] = swapped ? Math.min(best, cost[row - 2][column - 2] + 1) : best;
            }
        }
        return cost[left.length()][right.length()];
    }
}
