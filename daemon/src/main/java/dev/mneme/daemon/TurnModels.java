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
import dev.mneme.extract.model.UnusableModel;
import dev.mneme.jobs.StoredLedger;
import dev.mneme.llama.Limits;
import dev.mneme.llama.LocalModel;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.models.KnownModel;
import dev.mneme.protocol.models.ModelKind;
import dev.mneme.protocol.models.ModelRegistry;
import dev.mneme.protocol.models.ModelShelf;
import dev.mneme.store.CostStore;
import dev.mneme.store.Database;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// Builds the models that understand turns, as the settings name them.
///
/// Without a word about it the model in a file is asked where there is one, then the rules. A
/// service elsewhere is asked only where `MNEME_EXTRACTOR` names it: a key that lies around in the
/// environment is no permission. Another model in a file may be chosen while the daemon runs.
public final class TurnModels implements AutoCloseable {

    private static final String RULES = "rules";

    /// The model in a file that is asked, from one choice to the next.
    ///
    /// @param model null where what was chosen cannot be asked
    private record Local(Wanted wanted, @Nullable LocalModel model, Backend backend) {}

    /// What somebody chose: a file, or something that cannot be used and why.
    private sealed interface Wanted {

        record File(Path path) implements Wanted {}

        record Unusable(String name, String problem, String cure) implements Wanted {}
    }

    private final MnemeHome home;
    private final ExtractionSettings settings;
    private final Path folder;
    private final boolean localWanted;
    private final List<String> names;
    private final Map<String, Backend> services = new HashMap<>();
    private final ModelExtractor extractor;

    /// Models that were chosen before, and end when their last answer is given.
    private final List<LocalModel> retired = new ArrayList<>();

    private int chosen;
    private boolean closed;
    private @Nullable Local local;
    private List<Backend> chain = List.of();

    /// @param home where a model may have been chosen by a command
    /// @param folder of our own, for what a model's process needs; emptied
    public TurnModels(
            MnemeHome home,
            ExtractionSettings settings,
            Path folder,
            Ledger ledger,
            InstantSource clock) {
        this.home = home;
        this.settings = settings;
        this.folder = folder;
        // What the models of a daemon that was killed left there, whatever their numbers were.
        LocalModel.deleteLeftovers(folder);
        names = settings.chain().isEmpty() ? List.of(LocalBackend.NAME) : settings.chain();
        localWanted = names.contains(LocalBackend.NAME);
        settings.openAi()
                .map(remote -> service(remote, settings))
                .ifPresent(
                        service ->
                                services.put(
                                        OpenAiBackend.NAME, new OpenAiBackend(service, clock)));
        settings.anthropic()
                .map(remote -> service(remote, settings))
                .ifPresent(
                        service ->
                                services.put(
                                        AnthropicBackend.NAME,
                                        new AnthropicBackend(service, clock)));
        extractor =
                new ModelExtractor(
                        new RuleExtractor(),
                        this::chain,
                        ledger,
                        new Machine(
                                Machine.POWER,
                                Machine.LOAD,
                                settings.batteryPercentMin(),
                                settings.loadMax()));
    }

    /// Who is to be asked about the next turn: another model takes part as soon as it was chosen.
    private synchronized List<Backend> chain() {
        if (closed) {
            return chain;
        }
        Optional<Wanted> wanted = localWanted ? wanted() : Optional.empty();
        Optional<Wanted> before = Optional.ofNullable(local).map(Local::wanted);
        if (chosen == 0 || !wanted.equals(before)) {
            chosen++;
            if (local != null && local.model() != null) {
                retired.add(local.model());
            }
            local = wanted.map(this::local).orElse(null);
            chain = inOrder();
        }
        return chain;
    }

    private List<Backend> inOrder() {
        var backends = new ArrayList<Backend>();
        for (String name : names) {
            if (name.equals(LocalBackend.NAME)) {
                Optional.ofNullable(local).map(Local::backend).ifPresent(backends::add);
            } else if (services.containsKey(name)) {
                backends.add(services.get(name));
            } else if (name.equals(RULES)) {
                // The rules end the chain wherever they stand.
                break;
            }
        }
        return List.copyOf(backends);
    }

    private Local local(Wanted wanted) {
        return switch (wanted) {
            case Wanted.File(var path) -> {
                // A model of its own folder: the former one may still be answering.
                var model =
                        new LocalModel(
                                path, limits(settings.local()), folder.resolve("m" + chosen));
                yield new Local(wanted, model, new LocalBackend(model, settings.answerTokensMax()));
            }
            case Wanted.Unusable(var name, var problem, var cure) ->
                    new Local(wanted, null, new UnusableModel(name, problem, cure));
        };
    }

    /// The setting is the word of a person, the shelf that of a command.
    private Optional<Wanted> wanted() {
        if (settings.model().isPresent()) {
            return settings.model().map(path -> (Wanted) new Wanted.File(path));
        }
        ModelRegistry registry;
        try {
            registry = ModelRegistry.of(home);
        } catch (IOException broken) {
            registry = ModelRegistry.builtIn();
        }
        return switch (new ModelShelf(home, registry).chosen(ModelKind.EXTRACTION)) {
            case ModelShelf.Choice.BuiltIn _ -> Optional.empty();
            case ModelShelf.Choice.File(var path) -> Optional.of(new Wanted.File(path));
            case ModelShelf.Choice.Unknown(var name) ->
                    Optional.of(
                            new Wanted.Unusable(
                                    name,
                                    "`" + name + "` is in no list of models",
                                    "choose another with `mneme models use`"));
            case ModelShelf.Choice.Known(var model, var state) -> Optional.of(known(model, state));
        };
    }

    private static Wanted known(KnownModel model, ModelShelf.State state) {
        return switch (state) {
            case ModelShelf.State.Ready(var files) ->
                    new Wanted.File(files.values().iterator().next());
            case ModelShelf.State.Absent _ ->
                    new Wanted.Unusable(
                            model.name(),
                            "`" + model.name() + "` is not downloaded",
                            "get it with `mneme models pull " + model.name() + "`");
            case ModelShelf.State.Broken(var file, var why) ->
                    new Wanted.Unusable(
                            model.name(),
                            "`" + model.name() + "` cannot be used: `" + file + "`: " + why,
                            "download it again with `mneme models pull "
                                    + model.name()
                                    + "`, or choose another");
        };
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

    /// One round of the loop that unloads what nobody asks. Returns false: there is never more.
    synchronized boolean unloadIdle() {
        retired.removeIf(LocalModel::closeUnlessAsked);
        if (local != null && local.model() != null) {
            local.model().unloadIdle();
        }
        return false;
    }

    @Override
    public synchronized void close() {
        closed = true;
        retired.forEach(LocalModel::close);
        extractor.close();
    }
}
