package dev.mneme.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mneme.bench.TurnLabel.Purpose;
import dev.mneme.domain.ObservationDraft;
import dev.mneme.domain.ObservationType;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

final class AgreementTest {

    private static final List<String> FOLDERS = List.of("/shop", "/shop/api");

    @Test
    void countsVerdictsTypesAndFiles() {
        var agreement = new Agreement();

        assertThat(
                        agreement.add(
                                label(List.of(ObservationType.BUGFIX), "api/a.go", "b.go"),
                                List.of(found(ObservationType.BUGFIX, "a.go", "/shop/b.go")),
                                FOLDERS))
                .as("a path may be relative to a folder of the turn, or absolute")
                .isEmpty();
        assertThat(
                        agreement.add(
                                label(
                                        List.of(ObservationType.CHANGE, ObservationType.FEATURE),
                                        "c.go"),
                                List.of(found(ObservationType.FEATURE, "/tmp/x.go")),
                                FOLDERS))
                .hasValueSatisfying(
                        text ->
                                assertThat(text)
                                        .contains("FEATURE for CHANGE", "c.go", "/tmp/x.go"));
        assertThat(
                        agreement.add(
                                label(List.of()),
                                List.of(found(ObservationType.CHANGE, "d.go")),
                                FOLDERS))
                .isPresent();

        assertThat(agreement.verdict()).isCloseTo(2.0 / 3, within(1e-9));
        assertThat(agreement.type()).isEqualTo(0.5);
        assertThat(agreement.figures()).containsEntry("type_among_labelled", 1.0);
        // Two right, two wrong, one missed.
        assertThat(agreement.filesF1()).isCloseTo(4.0 / 7, within(1e-9));
    }

    /// Rules are tuned on some and reported on others: one in both would be known already.
    @Test
    void noConversationIsForTuningAndForReporting() throws IOException {
        List<TurnLabel> labels = TurnLabel.all();

        assertThat(labels.stream().filter(label -> label.purpose() == Purpose.REPORTING))
                .hasSizeGreaterThanOrEqualTo(60);
        assertThat(conversations(labels, Purpose.TUNING))
                .hasSizeGreaterThan(10)
                .doesNotContainAnyElementsOf(conversations(labels, Purpose.REPORTING));
        assertThat(labels.stream().map(TurnLabel::place)).doesNotHaveDuplicates();
    }

    private static Set<String> conversations(List<TurnLabel> labels, Purpose purpose) {
        return labels.stream()
                .filter(label -> label.purpose() == purpose)
                .map(TurnLabel::conversation)
                .collect(Collectors.toSet());
    }

    private static TurnLabel label(List<ObservationType> types, String... files) {
        return new TurnLabel("shop", Purpose.TUNING, "f", 1, 1, "", types, List.of(files));
    }

    private static ObservationDraft found(ObservationType type, String... files) {
        return new ObservationDraft(
                "A title", null, type, "Text.", List.of(), List.of(), List.of(), List.of(files));
    }
}
