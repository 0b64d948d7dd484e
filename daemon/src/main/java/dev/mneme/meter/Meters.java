package dev.mneme.meter;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/// What this daemon did since it started, counted. Every series is named here and exists from the
/// start, so that nothing that happens can add one: no label holds what somebody sent.
///
/// Safe for several threads; counting costs a few nanoseconds.
public final class Meters {

    /// What became of an event that was handed in.
    public enum Event {
        STORED,
        /// A copy of one that is stored.
        DUPLICATE,
        /// A late copy of one that was forgotten.
        FORGOTTEN,
        PAUSED,
        /// It can never be stored.
        REFUSED,
        /// It could not be stored now.
        FAILED
    }

    /// What became of a turn that a worker took.
    public enum Turn {
        HANDLED,
        FAILED
    }

    /// How a search looks.
    public enum Arm {
        WORDS,
        MEANING
    }

    /// What a session was told when it started.
    public enum Start {
        TOLD,
        SILENT,
        PAUSED
    }

    private final Map<Event, LongAdder> events = zeros(Event.class);
    private final Map<Turn, LongAdder> turns = zeros(Turn.class);
    private final Map<Arm, LongAdder> asked = zeros(Arm.class);
    private final Map<Arm, LongAdder> dropped = zeros(Arm.class);
    private final Map<Start, LongAdder> starts = zeros(Start.class);
    private final LongAdder searches = new LongAdder();

    public void event(Event outcome) {
        count(events, outcome);
    }

    public void turn(Turn outcome) {
        count(turns, outcome);
    }

    public void search() {
        searches.increment();
    }

    public void asked(Arm arm) {
        count(asked, arm);
    }

    /// An arm that was asked and did not answer in time.
    public void dropped(Arm arm) {
        count(dropped, arm);
    }

    public void sessionStart(Start outcome) {
        count(starts, outcome);
    }

    /// Writes every counter, those at zero as well.
    public void writeTo(PrometheusText text) {
        text.counter("mneme_events_total", "Events that were handed in, by what became of them.");
        write(text, "outcome", events);
        text.counter("mneme_turns_total", "Turns that the worker took, by what became of them.");
        write(text, "outcome", turns);
        text.counter("mneme_searches_total", "Searches that were answered.");
        text.sample(searches.sum());
        text.counter("mneme_search_arms_total", "Arms of searches that were asked.");
        write(text, "arm", asked);
        text.counter(
                "mneme_search_arms_dropped_total",
                "Arms of searches that did not answer in time and were left out.");
        write(text, "arm", dropped);
        text.counter(
                "mneme_session_starts_total",
                "Session starts, by whether memory had something to tell.");
        write(text, "outcome", starts);
    }

    private static <K extends Enum<K>> void write(
            PrometheusText text, String label, Map<K, LongAdder> counters) {
        counters.forEach(
                (key, counter) ->
                        text.sample(label, key.name().toLowerCase(Locale.ROOT), counter.sum()));
    }

    private static <K extends Enum<K>> Map<K, LongAdder> zeros(Class<K> keys) {
        var counters = new EnumMap<K, LongAdder>(keys);
        for (K key : keys.getEnumConstants()) {
            counters.put(key, new LongAdder());
        }
        return counters;
    }

    private static <K extends Enum<K>> void count(Map<K, LongAdder> counters, K key) {
        LongAdder counter = counters.get(key);
        if (counter != null) {
            counter.increment();
        }
    }
}
