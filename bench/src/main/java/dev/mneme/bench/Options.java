package dev.mneme.bench;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The words behind a benchmark's name: flags, and options with a value.
final class Options {

    private final Set<String> flags = new HashSet<>();
    private final Map<String, String> values = new HashMap<>();

    private Options() {}

    /// Something that is none of the benchmark's options, or lacks its value.
    static final class Wrong extends Exception {

        private static final long serialVersionUID = 1L;

        private Wrong(String problem) {
            super(problem);
        }
    }

    /// @param flags that stand alone
    /// @param valued that have a value behind them
    static Options of(List<String> words, Set<String> flags, Set<String> valued) throws Wrong {
        var options = new Options();
        for (Iterator<String> rest = words.iterator(); rest.hasNext(); ) {
            String word = rest.next();
            if (flags.contains(word)) {
                options.flags.add(word);
            } else if (!valued.contains(word)) {
                throw new Wrong("unknown option `" + word + "`");
            } else if (rest.hasNext()) {
                options.values.put(word, rest.next());
            } else {
                throw new Wrong("`" + word + "` needs a value");
            }
        }
        return options;
    }

    boolean has(String flag) {
        return flags.contains(flag);
    }

    Optional<String> value(String option) {
        return Optional.ofNullable(values.get(option));
    }

    Optional<Long> number(String option) throws Wrong {
        Optional<String> text = value(option);
        try {
            return text.map(Long::valueOf);
        } catch (NumberFormatException other) {
            throw new Wrong("`" + option + " " + text.orElse("") + "` is not a number");
        }
    }
}
