package dev.mneme.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.protocol.Json;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// The shape that scripts rely on.
final class ReportTest {

    @Test
    void isOneDocumentWithMachineFiguresAndTargets() {
        var report = new Report("hooks");
        report.comparedWith("Node.js");
        report.figure("hook_median_ms", 30.5);
        report.atMost("hook / Node.js", 0.71234, 0.75);
        report.atLeast("stored", 40, 40);

        JsonNode json = Json.tree(report.json());

        assertThat(json.propertyNames())
                .containsExactly(
                        "bench", "ok", "at", "machine", "compared_with", "figures", "targets");
        assertThat(json.path("ok").asBoolean()).isTrue();
        assertThat(json.path("machine").path("cores").asInt()).isPositive();
        assertThat(json.path("machine").path("jdk").asString()).startsWith("25");
        assertThat(json.path("compared_with").path(0).asString()).isEqualTo("Node.js");
        assertThat(json.path("figures").path("hook_median_ms").asDouble()).isEqualTo(30.5);
        JsonNode target = json.path("targets").path(0);
        assertThat(target.path("name").asString()).isEqualTo("hook / Node.js");
        assertThat(target.path("value").asDouble()).isEqualTo(0.712);
        assertThat(target.path("bound").asString()).isEqualTo("<=");
        assertThat(target.path("limit").asDouble()).isEqualTo(0.75);
        assertThat(target.path("holds").asBoolean()).isTrue();
        assertThat(report.table()).contains("holds  hook / Node.js: 0.712 (<= 0.750)", "ok\n");
    }

    @Test
    void isNotOkWhenOneTargetIsMissedOrNoneWasMeasured() {
        assertThat(new Report("queue").ok()).isFalse();
        var report = new Report("queue");
        report.atLeast("ratio", 7, 3);
        report.atLeast("snapshot", 0.8999, 0.9);
        assertThat(report.ok()).isFalse();
        assertThat(report.table())
                .contains("FAILS  snapshot: 0.900 (>= 0.900)", "a target is missed");
    }

    @Test
    void theMedianIsTheMiddle() {
        assertThat(Report.median(List.of(9.0, 1.0, 5.0))).isEqualTo(5);
        assertThat(Report.median(List.of(9.0, 1.0, 5.0, 6.0))).isEqualTo(5.5);
    }

    @Test
    void secretsPrintsOneDocumentThatSaysWhetherItIsOk() throws Exception {
        var out = new ByteArrayOutputStream();
        PrintStream before = System.out;
        int exitCode;
        synchronized (ReportTest.class) {
            System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
            try {
                exitCode = Main.run(new String[] {"secrets", "--json", "--seed", "7"});
            } finally {
                System.setOut(before);
            }
        }
        JsonNode json = Json.tree(out.toString(StandardCharsets.UTF_8));
        assertThat(json.path("bench").asString()).isEqualTo("secrets");
        assertThat(json.path("ok").asBoolean()).isEqualTo(exitCode == 0);
    }

    @Test
    void anUnknownNameOrOptionIsWrongUsage() throws Exception {
        assertThat(Main.run(new String[] {})).isEqualTo(2);
        assertThat(Main.run(new String[] {"nothing"})).isEqualTo(2);
        assertThat(Main.run(new String[] {"queue", "--fast"})).isEqualTo(2);
    }
}
