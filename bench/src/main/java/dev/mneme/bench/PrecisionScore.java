package dev.mneme.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// How much of what came back was wanted, and how much of what was wanted came back, as
/// PrecisionMemBench counts it: a question that wants nothing and gets nothing counts nowhere, one
/// that wants nothing and gets something has a precision of 0.
final class PrecisionScore {

    private int answered;
    private int wanted;
    private double precision;
    private double recall;

    void add(Set<String> found, Set<String> gold) {
        long hits = found.stream().filter(gold::contains).count();
        if (!found.isEmpty() || !gold.isEmpty()) {
            answered++;
            precision += found.isEmpty() ? 0 : (double) hits / found.size();
        }
        if (!gold.isEmpty()) {
            wanted++;
            recall += (double) hits / gold.size();
        }
    }

    double precision() {
        return answered == 0 ? 0 : precision / answered;
    }

    double recall() {
        return wanted == 0 ? 0 : recall / wanted;
    }

    Map<String, Object> figures() {
        var figures = new LinkedHashMap<String, Object>();
        figures.put("questions", answered);
        figures.put("mean_precision", Report.rounded(precision()));
        figures.put("mean_recall", Report.rounded(recall()));
        return figures;
    }
}
