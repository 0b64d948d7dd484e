package dev.mneme.bench;

import dev.mneme.bench.SecretFormat.Planting;

import java.util.ArrayList;
import java.util.List;

/// Real-looking tool output: some with one secret planted in each, some with look-alikes only.
///
/// The same seed makes the same corpus.
record SecretCorpus(long seed, List<Planted> planted, List<String> innocent) {

    /// One output of a tool, and the secret that is in it.
    record Planted(String kind, String text, String secret) {}

    SecretCorpus {
        planted = List.copyOf(planted);
        innocent = List.copyOf(innocent);
    }

    static SecretCorpus generate(long seed, int plantedPerKind, int innocentPerKind) {
        var dice = new Dice(seed);
        var outputs = new ToolOutputs(dice);
        var planted = new ArrayList<Planted>();
        for (SecretFormat format : SecretFormats.all()) {
            for (int i = 0; i < plantedPerKind; i++) {
                Planting planting = format.generator().apply(dice);
                planted.add(
                        new Planted(
                                format.kind(),
                                outputs.around(format, planting),
                                planting.secret()));
            }
        }
        var lookAlikes = new LookAlikes(dice);
        var innocent = new ArrayList<String>();
        for (int kind = 0; kind < LookAlikes.kinds(); kind++) {
            for (int i = 0; i < innocentPerKind; i++) {
                innocent.add(lookAlikes.text(kind));
            }
        }
        return new SecretCorpus(seed, planted, innocent);
    }

    long innocentLines() {
        return innocent.stream().mapToLong(text -> text.lines().count()).sum();
    }
}
