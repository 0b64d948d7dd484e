package dev.mneme.extract.model;

import dev.mneme.domain.CapturedEvent;
import dev.mneme.domain.Turn;
import dev.mneme.domain.TurnExtraction;
import dev.mneme.domain.Utf8;
import dev.mneme.extract.ToldFailure;
import dev.mneme.extract.TurnExtractor;
import dev.mneme.extract.TurnText;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/// Asks models about a turn, one after the other, and the rules where none answers.
///
/// The rules look first: a turn in which they find nothing is skipped by their reasons and no model
/// is asked. A model that is away, paused or declines is passed over. One that fails makes the turn
/// fail, so that it is tried again later; one that fails at the same turn twice is passed over for
/// it too, and at the turn's last try whoever was asked about it before. So no turn waits for a
/// model for ever, and none is lost.
///
/// Who is asked may change from one turn to the next, as a person chooses another model.
///
/// A deliberate skip is an answer like any other. Answers of models may differ from one time to the
/// next; the maker says which model in which version of the prompt.
public final class ModelExtractor implements TurnExtractor, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ModelExtractor.class);

    private static final String RULES = "rules";
    private static final int FAILURES_PER_TURN_MAX = 2;

    /// Turns of which it is remembered who was asked.
    private static final int ASKED_TURNS_MAX = 1_000;

    /// How often a turn is told in fewer words before its model is passed over.
    private static final int SHRINKS_MAX = 4;

    private static final double SHRINK = 0.7;

    /// A turn of fewer characters says nothing.
    private static final int TURN_CHARS_MIN = 500;

    /// Bytes a token has at least, on average, for what a call may take at most. Not characters:
    /// those of other scripts have three bytes and take more than one token each.
    private static final int BYTES_PER_TOKEN_MIN = 2;

    /// The instruction is shorter.
    private static final int SYSTEM_CHARS_MAX = 3_000;

    /// For an event that the model made nothing of and the rules would have kept.
    private static final String NOT_USED = "not-used";

    private final TurnExtractor rules;
    private final Supplier<List<Backend>> chain;
    private final Ledger ledger;
    private final Machine machine;

    /// How often who was asked about a turn failed at it.
    private final Map<AskedTurn, Integer> failures =
            new LinkedHashMap<>(16, 0.75f, true) {
                @Override
                protected boolean removeEldestEntry(Map.Entry<AskedTurn, Integer> eldest) {
                    return size() > ASKED_TURNS_MAX;
                }
            };
    private final Map<String, String> warned = new ConcurrentHashMap<>();
    private volatile @Nullable String paused;
    private volatile @Nullable LastMade lastMade;

    private record AskedTurn(long firstEvent, long lastEvent, String backend, String model) {}

    /// Who understood the last turn, and who might have been asked then.
    private record LastMade(String maker, List<Backend> chain) {}

    /// @param chain those to ask about the next turn, in their order; the same list while nobody
    ///     chooses others
    public ModelExtractor(
            TurnExtractor rules, Supplier<List<Backend>> chain, Ledger ledger, Machine machine) {
        this.rules = rules;
        this.chain = chain;
        this.ledger = ledger;
        this.machine = machine;
    }

    public List<Backend> chain() {
        return chain.get();
    }

    /// Who understands turns now: who made the last one, else the first who would be asked.
    public String inUse() {
        List<Backend> now = chain();
        LastMade last = lastMade;
        if (last != null && last.chain().equals(now)) {
            return last.maker();
        }
        return now.isEmpty() ? RULES : now.getFirst().name();
    }

    /// Why models were not asked about the last turn; empty when they were.
    public Optional<String> paused() {
        return Optional.ofNullable(paused);
    }

    @Override
    public TurnExtraction extract(Turn turn) throws InterruptedException {
        return extract(turn, false);
    }

    @Override
    public TurnExtraction extractAtLast(Turn turn) throws InterruptedException {
        return extract(turn, true);
    }

    private TurnExtraction extract(Turn turn, boolean lastTry) throws InterruptedException {
        TurnExtraction byRules = rules.extract(turn);
        if (byRules.remembered().isEmpty()) {
            return byRules;
        }
        String why = null;
        List<Backend> now = chain();
        for (Backend backend : now) {
            if (isPassedOver(turn, backend, lastTry)) {
                continue;
            }
            if (backend instanceof UnusableModel unusable) {
                warnOnce(backend, unusable.away());
                continue;
            }
            Optional<String> busy = backend.local() ? machine.busy() : Optional.empty();
            if (busy.isPresent()) {
                why = busy.get();
                continue;
            }
            try {
                TurnExtraction understood = ask(backend, turn, byRules);
                note(turn, backend, 0);
                paused = null;
                lastMade = new LastMade(backend.name(), now);
                warned.remove(backend.name());
                return understood;
            } catch (Paused enough) {
                why = enough.getMessage();
            } catch (BackendFailure failure) {
                warnOnce(backend, failure);
                int failed = noteFailure(turn, backend, failure);
                if (failure.kind() == BackendFailure.Kind.FAILED
                        && failed < FAILURES_PER_TURN_MAX
                        && !lastTry) {
                    throw new TurnNotUnderstood(backend.name(), failure);
                }
            }
        }
        paused = why;
        lastMade = new LastMade(RULES, now);
        return byRules;
    }

    /// A model that is missing for weeks is worth one line, not one for each turn.
    private void warnOnce(Backend backend, BackendFailure failure) {
        String problem = backend.state().problem();
        String why = problem == null ? String.valueOf(failure.getMessage()) : problem;
        if (!why.equals(warned.put(backend.name(), why))) {
            LOG.warn(
                    "model did not answer: backend={} kind={} why={}",
                    backend.name(),
                    failure.kind(),
                    why);
        }
    }

    /// The ledger says that it is enough.
    private static final class Paused extends Exception {
        Paused(String why) {
            super(why);
        }
    }

    private TurnExtraction ask(Backend backend, Turn turn, TurnExtraction byRules)
            throws BackendFailure, Paused, InterruptedException {
        int chars = roomFor(backend);
        for (int shrinks = 0; ; shrinks++) {
            TurnText text = TurnText.of(turn, chars);
            AnswerShape shape =
                    AnswerShape.within(
                            backend.answerTokensMax(), text.eventIds().size(), text.files().size());
            var asked = new Backend.Asked(Prompts.system(shape.bounds()), text.text(), shape);
            try {
                return understood(reply(backend, turn, asked), backend, turn, text, byRules);
            } catch (BackendFailure failure) {
                int fewer = (int) (Math.min(chars, text.text().length()) * SHRINK);
                if (failure.kind() != BackendFailure.Kind.TOO_LONG
                        || shrinks == SHRINKS_MAX
                        || fewer < TURN_CHARS_MIN) {
                    throw failure;
                }
                chars = fewer;
            }
        }
    }

    /// What a turn may have of the characters that a call may have, where each has one byte.
    private int roomFor(Backend backend) throws Paused {
        OptionalLong tokens = ledger.tokensPerCall();
        if (tokens.isEmpty()) {
            return backend.turnCharsMax();
        }
        long chars =
                (tokens.getAsLong() - backend.answerTokensMax()) * BYTES_PER_TOKEN_MIN
                        - SYSTEM_CHARS_MAX;
        if (chars < TURN_CHARS_MIN) {
            throw new Paused("a call may take fewer tokens than any turn needs");
        }
        return (int) Math.min(chars, backend.turnCharsMax());
    }

    private Backend.Reply reply(Backend backend, Turn turn, Backend.Asked asked)
            throws BackendFailure, Paused, InterruptedException {
        long promptBytes = (long) Utf8.bytes(asked.system()) + Utf8.bytes(asked.user());
        long tokensMax = promptBytes / BYTES_PER_TOKEN_MIN + backend.answerTokensMax();
        if (tokensMax > ledger.tokensPerCall().orElse(Long.MAX_VALUE)) {
            throw new BackendFailure(
                    BackendFailure.Kind.TOO_LONG, "a call may take fewer tokens than this turn");
        }
        var call = new Ledger.Call(turn.sessionId(), backend, tokensMax);
        Optional<String> enough = ledger.refuses(call);
        if (enough.isPresent()) {
            throw new Paused(enough.get());
        }
        try {
            Backend.Reply reply = backend.ask(asked);
            ledger.took(call, reply.usage());
            return reply;
        } catch (BackendFailure failure) {
            if (failure.kind() == BackendFailure.Kind.AWAY) {
                ledger.notMade(call);
            } else {
                ledger.took(call, failure.usage());
            }
            throw failure;
        }
    }

    private static TurnExtraction understood(
            Backend.Reply reply, Backend backend, Turn turn, TurnText text, TurnExtraction byRules)
            throws BackendFailure {
        ModelAnswer answer;
        try {
            answer = ModelAnswer.read(reply.text(), text);
            backend.understood();
        } catch (ModelAnswer.BadAnswer bad) {
            backend.notUnderstood(String.valueOf(bad.getMessage()));
            throw new BackendFailure(
                    BackendFailure.Kind.FAILED, "the answer is of no use: " + bad.getMessage());
        }
        var remembered = new ArrayList<TurnExtraction.Remembered>();
        for (ModelAnswer.Found found : answer.found()) {
            remembered.add(
                    new TurnExtraction.Remembered(
                            found.draft(),
                            found.eventIds().isEmpty() ? worthy(byRules) : found.eventIds()));
        }
        tellFailures(remembered, byRules);
        return new TurnExtraction(
                new TurnExtraction.Maker(backend.name() + ":" + backend.model(), Prompts.VERSION),
                remembered,
                skipped(turn, remembered, answer, byRules),
                answer.summary() == null ? byRules.summary() : answer.summary());
    }

    /// What failed and was mended is in the events, and the rules read it there: it is named in
    /// the memory that shares most of them, so that a failure that repeats is recognised whoever
    /// understood the turn.
    private static void tellFailures(
            List<TurnExtraction.Remembered> remembered, TurnExtraction byRules) {
        for (TurnExtraction.Remembered one : byRules.remembered()) {
            List<ToldFailure> failures = ToldFailure.in(one.draft());
            if (failures.isEmpty() || remembered.isEmpty()) {
                continue;
            }
            int nearest = 0;
            long most = -1;
            for (int at = 0; at < remembered.size(); at++) {
                long shared =
                        remembered.get(at).eventIds().stream()
                                .filter(one.eventIds()::contains)
                                .count();
                if (shared > most) {
                    most = shared;
                    nearest = at;
                }
            }
            TurnExtraction.Remembered told = remembered.get(nearest);
            remembered.set(
                    nearest,
                    new TurnExtraction.Remembered(
                            ToldFailure.told(told.draft(), failures), told.eventIds()));
        }
    }

    /// The events that the rules made something of: a model that names none means these.
    private static List<Long> worthy(TurnExtraction byRules) {
        Set<Long> ids = new LinkedHashSet<>();
        byRules.remembered().forEach(one -> ids.addAll(one.eventIds()));
        return List.copyOf(ids);
    }

    private static Map<Long, String> skipped(
            Turn turn,
            List<TurnExtraction.Remembered> remembered,
            ModelAnswer answer,
            TurnExtraction byRules) {
        var used = new HashSet<Long>();
        remembered.forEach(one -> used.addAll(one.eventIds()));
        String otherwise = answer.skip() == null ? NOT_USED : answer.skip();
        var skipped = new HashMap<Long, String>();
        for (CapturedEvent event : turn.events()) {
            if (!used.contains(event.id())) {
                skipped.put(event.id(), byRules.skipped().getOrDefault(event.id(), otherwise));
            }
        }
        return skipped;
    }

    /// Whether it was asked about the turn too often. At the last try once is too often: an answer
    /// that was understood then could not be stored.
    private boolean isPassedOver(Turn turn, Backend backend, boolean lastTry) {
        synchronized (failures) {
            Integer failed = failures.get(key(turn, backend));
            return failed != null && (lastTry || failed >= FAILURES_PER_TURN_MAX);
        }
    }

    private int noteFailure(Turn turn, Backend backend, BackendFailure failure) {
        return switch (failure.kind()) {
            // Nobody was asked: it may be there at the next try.
            case AWAY -> 0;
            case REFUSED -> note(turn, backend, 0);
            case FAILED -> note(turn, backend, 1);
            // The turn will be as long, and the model of the same mind, at the next try.
            case TOO_LONG, DECLINED -> note(turn, backend, FAILURES_PER_TURN_MAX);
        };
    }

    private int note(Turn turn, Backend backend, int moreFailures) {
        synchronized (failures) {
            return failures.merge(key(turn, backend), moreFailures, Integer::sum);
        }
    }

    private static AskedTurn key(Turn turn, Backend backend) {
        return new AskedTurn(
                turn.events().getFirst().id(),
                turn.events().getLast().id(),
                backend.name(),
                backend.model());
    }

    @Override
    public void close() {
        chain().forEach(Backend::close);
    }
}
