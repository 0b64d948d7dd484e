package dev.mneme.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads Prometheus' text format as strictly as its description is written: every family has one
/// `HELP` and one `TYPE` before its samples, its samples lie together, no series comes twice, and
/// the last line ends.
record Exposition(Map<String, String> types, Map<String, Double> samples) {

    private static final Pattern COMMENT =
            Pattern.compile("# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)");
    private static final String LABEL = "[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\\n]|\\\\[\\\\\"n])*\"";
    private static final Pattern SAMPLE =
            Pattern.compile(
                    "([a-zA-Z_:][a-zA-Z0-9_:]*)(\\{"
                            + LABEL
                            + "(?:,"
                            + LABEL
                            + ")*})? (-?[0-9]+(?:\\.[0-9]+)?(?:E-?[0-9]+)?)");

    static Exposition read(String text) {
        assertThat(text).endsWith("\n");
        Map<String, String> types = new HashMap<>();
        Map<String, Double> samples = new TreeMap<>();
        Set<String> helped = new HashSet<>();
        String family = "";
        for (String line : text.lines().toList()) {
            Matcher comment = COMMENT.matcher(line);
            if (comment.matches()) {
                String name = comment.group(2);
                if (comment.group(1).equals("HELP")) {
                    assertThat(helped.add(name)).as("one HELP for " + name).isTrue();
                } else {
                    assertThat(helped).as("HELP before TYPE").contains(name);
                    assertThat(comment.group(3)).isIn("counter", "gauge");
                    assertThat(types.put(name, comment.group(3))).as(name).isNull();
                }
                family = name;
                continue;
            }
            Matcher sample = SAMPLE.matcher(line);
            assertThat(sample.matches()).as("a sample: " + line).isTrue();
            assertThat(sample.group(1)).as("in its family").isEqualTo(family);
            assertThat(types).containsKey(family);
            String labels = sample.group(2) == null ? "" : sample.group(2);
            double value = Double.parseDouble(sample.group(3));
            assertThat(samples.put(family + labels, value)).as("once: " + line).isNull();
            if ("counter".equals(types.get(family))) {
                assertThat(family).endsWith("_total");
                assertThat(value).isNotNegative();
            }
        }
        return new Exposition(types, samples);
    }

    double value(String series) {
        Double value = samples.get(series);
        assertThat(value).as(series).isNotNull();
        return Objects.requireNonNull(value);
    }
}
