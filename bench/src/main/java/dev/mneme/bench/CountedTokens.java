package dev.mneme.bench;

import dev.mneme.extract.model.Backend;
import dev.mneme.extract.model.Ledger;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;

/// What models took while they were measured; it never says that it is enough.
final class CountedTokens implements Ledger {

    private final AtomicLong in = new AtomicLong();
    private final AtomicLong out = new AtomicLong();

    long in() {
        return in.get();
    }

    long out() {
        return out.get();
    }

    @Override
    public OptionalLong tokensPerCall() {
        return OptionalLong.empty();
    }

    @Override
    public Optional<String> refuses(Call call) {
        return Optional.empty();
    }

    @Override
    public void took(Call call, Backend.Usage usage) {
        in.addAndGet(usage.promptTokens());
        out.addAndGet(usage.answerTokens());
    }

    @Override
    public void notMade(Call call) {
        // Only tokens are counted.
    }
}
