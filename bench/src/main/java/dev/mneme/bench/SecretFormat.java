package dev.mneme.bench;

import java.util.List;
import java.util.function.Function;

/// One kind of secret as its issuer describes it: how to make one, and what it is called where it
/// is used.
record SecretFormat(
        String kind, Place place, List<String> names, Function<Dice, Planting> generator) {

    /// Where a secret of this kind can be told from other text.
    enum Place {
        /// Anywhere: the issuer gave it a prefix or another mark.
        ANYWHERE,

        /// Only beside its name: the issuer describes it as plain hex or letters.
        BESIDE_ITS_NAME,

        /// Brings its own surroundings: a URL, a header, a PEM block, a connection string.
        AS_IT_STANDS
    }

    /// What is put into a text, and the part of it that must never be read again.
    record Planting(String text, String secret) {}

    SecretFormat {
        names = List.copyOf(names);
    }

    static SecretFormat marked(String kind, String names, Function<Dice, String> generator) {
        return new SecretFormat(
                kind, Place.ANYWHERE, List.of(names.split(",", -1)), whole(generator));
    }

    static SecretFormat named(String kind, String names, Function<Dice, String> generator) {
        return new SecretFormat(
                kind, Place.BESIDE_ITS_NAME, List.of(names.split(",", -1)), whole(generator));
    }

    static SecretFormat standing(String kind, Function<Dice, Planting> generator) {
        return new SecretFormat(kind, Place.AS_IT_STANDS, List.of(), generator);
    }

    private static Function<Dice, Planting> whole(Function<Dice, String> generator) {
        return dice -> {
            String secret = generator.apply(dice);
            return new Planting(secret, secret);
        };
    }
}
