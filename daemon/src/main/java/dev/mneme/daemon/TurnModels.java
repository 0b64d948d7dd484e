package dev.mneme.daemon;

import dev.mneme.config.ExtractionSettings;
import dev.mneme.extract.RuleExtractor;
import dev.mneme.extract.model.AnthropicBackend;
import dev.mneme.extract.model.Backend;
import dev.mneme.extract.model.Ledger;
import dev.mneme.extract.model.LocalBackend;
import dev.mneme.extract.model.Machine;
import dev.mneme.extract.model.ModelExtractor;
import dev.mneme.extract.model.OpenAiBackend;
import dev.mneme.extract.model.RemoteService;
import dev.mneme.jobs.StoredLedger;
import dev.mneme.llama.Limits;
import dev.mneme.llama.LocalModel;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.models.ModelRegistry;
import dev.mneme.protocol.models.ModelShelf;
import dev.mneme.store.CostStore;
import dev.mneme.store.Database;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// Builds the models that understand turns, as the settings name them.
///
/// Without a word about it the model in a file is asked where there is one, then the rules. A
/// service elsewhere is asked only where `MNEME_EXTRACTOR` names it: a key that lies around in the
/// environment is no permission.
public final class TurnModels implements AutoCloseable {

    private final @Nullable LocalModel local;
    private final ModelExtractor extractor;

    /// @param home where a model may have been chosen by a command
    /// @param folder of our own, for what a model's process needs; emptied
    public TurnModels(
            MnemeHome home,
            ExtractionSettings settings,
            Path folder,
            Ledger ledger,
            InstantSource clock) {
        Optional<Path> file = modelFile(home, settings);
        boolean wanted = settings.chain().isEmpty() || settings.chain().contains(LocalBackend.NAME);
        local =
                wanted && file.isPresent()
                        ? new LocalModel(file.get(), limits(settings.local()), folder)
                        : null;
        extractor =
                new ModelExtractor(
                        new RuleExtractor(),
                        chain(settings, clock),
                        ledger,
                        new Machine(
                                Machine.POWER,
                                Machine.LOAD,
                                settings.batteryPercentMin(),
                                settings.loadMax()));
    }

    /// The setting is the word of a person, the shelf that of a command.
    private static Optional<Path> modelFile(MnemeHome home, ExtractionSettings settings) {
        return settings.model()
                .or(() -> new ModelShelf(home, ModelRegistry.builtIn()).extractionFile());
    }

    private static Limits limits(ExtractionSettings.Local local) {
        return new Limits(
                local.memoryBytes(),
                local.contextTokens(),
                local.threads(),
                Limits.LOAD_TIME_DEFAULT,
                local.answerTime(),
                local.idleTime());
    }

    private List<Backend> chain(ExtractionSettings settings, InstantSource clock) {
        var chain = new ArrayList<Backend>();
        if (settings.chain().isEmpty()) {
            local(settings).ifPresent(chain::add);
        }
        for (String name : settings.chain()) {
            switch (name) {
                case LocalBackend.NAME -> local(settings).ifPresent(chain::add);
                case OpenAiBackend.NAME ->
                        settings.openAi()
                                .map(remote -> service(remote, settings))
                                .map(service -> new OpenAiBackend(service, clock))
                                .ifPresent(chain::add);
                case AnthropicBackend.NAME ->
                        settings.anthropic()
                                .map(remote -> service(remote, settings))
                                .map(service -> new AnthropicBackend(service, clock))
                                .ifPresent(chain::add);
                default -> {
                    // The rules end the chain wherever they stand.
                    return chain;
                }
            }
        }
        return chain;
    }

    private Optional<Backend> local(ExtractionSettings settings) {
        return Optional.ofNullable(local)
                .map(model -> new LocalBackend(model, settings.answerTokensMax()));
    }

    private static RemoteService service(
            ExtractionSettings.Remote remote, ExtractionSettings settings) {
        return new RemoteService(
                remote.address(),
                remote.model(),
                remote.key().value(),
                remote.turnCharsMax(),
                settings.answerTokensMax(),
                remote.callTime(),
                RemoteService.FIRST_WAIT);
    }

    static StoredLedger ledger(
            ExtractionSettings settings, Database database, InstantSource clock) {
        ExtractionSettings.Caps caps = settings.caps();
        var prices = new HashMap<String, StoredLedger.Price>();
        settings.openAi().ifPresent(remote -> prices.put(OpenAiBackend.NAME, price(remote)));
        settings.anthropic().ifPresent(remote -> prices.put(AnthropicBackend.NAME, price(remote)));
        return new StoredLedger(
                database,
                new CostStore(),
                clock,
                new StoredLedger.Caps(
                        whole(caps.callsPerDay()),
                        whole(caps.tokensPerDay()),
                        caps.dollarsPerDay().map(OptionalDouble::of).orElse(OptionalDouble.empty()),
                        whole(caps.tokensPerCall())),
                prices);
    }

    private static OptionalLong whole(Optional<Long> number) {
        return number.map(OptionalLong::of).orElse(OptionalLong.empty());
    }

    private static StoredLedger.Price price(ExtractionSettings.Remote remote) {
        return new StoredLedger.Price(remote.price().in(), remote.price().out());
    }

    public ModelExtractor extractor() {
        return extractor;
    }

    /// One round of the loop that unloads what nobody asks.
    boolean unloadIdle() {
        return local != null && local.unloadIdle();
    }

    @Override
    public void close() {
        extractor.close();
    }
}
