package dev.mneme.http;

import dev.mneme.domain.ModelCost;
import dev.mneme.extract.model.ModelExtractor;
import dev.mneme.jobs.StoredLedger;
import dev.mneme.protocol.Wire;

import io.javalin.http.Context;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// `/api/cost`: what language models took.
final class CostRoutes {

    private static final int DAYS_DEFAULT = 30;

    private final StoredLedger ledger;
    private final ModelExtractor extractor;

    CostRoutes(StoredLedger ledger, ModelExtractor extractor) {
        this.ledger = ledger;
        this.extractor = extractor;
    }

    void show(Context context) {
        int days = Fields.query(context, "days", DAYS_DEFAULT, 1, StoredLedger.DAYS_KEPT);
        List<ModelCost> rows = ledger.last(days);
        StoredLedger.Caps caps = ledger.caps();
        context.json(
                new Wire.CostResponse(
                        days,
                        Views.of(ledger.takenToday()),
                        Views.of(
                                rows.stream()
                                        .map(ModelCost::figures)
                                        .reduce(ModelCost.Figures.NONE, ModelCost.Figures::plus)),
                        new Wire.CostCaps(
                                orNull(caps.callsPerDay()),
                                orNull(caps.tokensPerDay()),
                                orNull(caps.dollarsPerDay()),
                                orNull(caps.tokensPerCall())),
                        extractor.paused().orElse(null),
                        rows.stream().map(CostRoutes::row).toList()));
    }

    private static Wire.CostRow row(ModelCost cost) {
        return new Wire.CostRow(
                cost.day().toString(),
                cost.project(),
                cost.backend(),
                cost.model(),
                Views.of(cost.figures()));
    }

    private static @org.jspecify.annotations.Nullable Long orNull(OptionalLong number) {
        return number.isPresent() ? number.getAsLong() : null;
    }

    private static @org.jspecify.annotations.Nullable Double orNull(OptionalDouble number) {
        return number.isPresent() ? number.getAsDouble() : null;
    }
}
