package dev.mneme.jobs;

import dev.mneme.domain.ModelCost;
import dev.mneme.extract.model.Backend;
import dev.mneme.extract.model.Ledger;
import dev.mneme.store.CostStore;
import dev.mneme.store.Database;

import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// The ledger in the database. A call is written down before it is made, so that one that ends in a
/// crash counts, and what it took afterwards; neither keeps a transaction open over the call.
///
/// A cap is kept strictly: a call that could go over it at its longest is not made. Days are those
/// of UTC.
public final class StoredLedger implements Ledger {

    /// Three years: what is older has been paid.
    public static final int DAYS_KEPT = 1_096;

    private static final int MODEL_CHARS_MAX = 200;

    private final Database database;
    private final CostStore costs;
    private final InstantSource clock;
    private final Caps caps;
    private final Map<String, Price> prices;

    /// Beyond which models pause; empty for as much as they like.
    public record Caps(
            OptionalLong callsPerDay,
            OptionalLong tokensPerDay,
            OptionalDouble dollarsPerDay,
            OptionalLong tokensPerCall) {}

    /// Dollars for a million tokens, in and out.
    public record Price(double in, double out) {

        /// A dollar for a million tokens is a thousand billionths of a dollar for one.
        private static final double NANODOLLARS = 1_000;

        private static final Price FREE = new Price(0, 0);

        private double dearer() {
            return Math.max(in, out);
        }

        private long nanodollars(long promptTokens, long answerTokens) {
            return Math.round(
                    ((double) promptTokens * in + (double) answerTokens * out) * NANODOLLARS);
        }
    }

    /// @param prices of backends by their names; the others are free
    public StoredLedger(
            Database database,
            CostStore costs,
            InstantSource clock,
            Caps caps,
            Map<String, Price> prices) {
        this.database = database;
        this.costs = costs;
        this.clock = clock;
        this.caps = caps;
        this.prices = Map.copyOf(prices);
    }

    @Override
    public OptionalLong tokensPerCall() {
        return caps.tokensPerCall();
    }

    @Override
    public Optional<String> refuses(Call call) {
        return database.inTransaction(
                tx -> {
                    LocalDate today = today();
                    ModelCost.Figures taken = costs.lockedTotal(tx, today);
                    Optional<String> enough = beyond(taken, call.tokensMax(), price(call));
                    if (enough.isEmpty()) {
                        if (taken.calls() == 0) {
                            costs.deleteBefore(tx, today.minusDays(DAYS_KEPT));
                        }
                        costs.add(tx, account(call), new ModelCost.Figures(1, 0, 0, 0, 0, 0));
                    }
                    return enough;
                });
    }

    private Optional<String> beyond(ModelCost.Figures today, long tokens, Price price) {
        if (caps.callsPerDay().isPresent() && today.calls() >= caps.callsPerDay().getAsLong()) {
            return Optional.of("the day's calls are used up");
        }
        if (caps.tokensPerDay().isPresent()
                && today.tokens() + tokens > caps.tokensPerDay().getAsLong()) {
            return Optional.of("the day's tokens are used up");
        }
        double dearest = price.dearer() * (double) tokens / 1e6;
        if (caps.dollarsPerDay().isPresent()
                && dearest > 0
                && today.dollars() + dearest > caps.dollarsPerDay().getAsDouble()) {
            return Optional.of("the day's money is used up");
        }
        return Optional.empty();
    }

    @Override
    public void took(Call call, Backend.Usage usage) {
        database.useTransaction(
                tx ->
                        costs.add(
                                tx,
                                account(call),
                                new ModelCost.Figures(
                                        0,
                                        usage.promptTokens(),
                                        usage.answerTokens(),
                                        usage.time().toMillis(),
                                        usage.cpu().toMillis(),
                                        price(call)
                                                .nanodollars(
                                                        usage.promptTokens(),
                                                        usage.answerTokens()))));
    }

    @Override
    public void notMade(Call call) {
        database.useTransaction(tx -> costs.takeBackCall(tx, account(call)));
    }

    private Price price(Call call) {
        return prices.getOrDefault(call.backend().name(), Price.FREE);
    }

    private CostStore.Account account(Call call) {
        String model = call.backend().model();
        return new CostStore.Account(
                today(),
                call.sessionId(),
                call.backend().name(),
                model.length() > MODEL_CHARS_MAX ? model.substring(0, MODEL_CHARS_MAX) : model);
    }

    private LocalDate today() {
        return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    }

    /// What was taken today, by all.
    public ModelCost.Figures takenToday() {
        return database.inTransaction(tx -> costs.total(tx, today()));
    }

    /// The rows of the last `days` days.
    public List<ModelCost> last(int days) {
        LocalDate earliest = today().minusDays(days - 1L);
        return database.inTransaction(tx -> costs.since(tx, earliest));
    }

    public Caps caps() {
        return caps;
    }
}
