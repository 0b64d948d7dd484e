package dev.mneme.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;

final class RetrievalSetsTest {

    @TempDir private Path data;

    @Test
    void aSetIsFoundInItsOwnFolderAndInTheOneAbove() throws Exception {
        Path own = Files.createDirectories(data.resolve(RetrievalSets.ENTIRE));
        Files.writeString(
                own.resolve("sessions.jsonl"),
                """
                {"session_id":"s1","started_at":"2026-01-05T12:17:31.459Z","turns":[
                {"ts":null,"role":"user","text":"Rotate the log"},
                {"ts":"2026-01-05T12:18:00Z","role":"assistant","text":"  "}]}
                """
                        .replace("\n", ""));
        Files.writeString(
                own.resolve("queries.jsonl"),
                """
                {"subject":"rotate logs","specific":true,"gold_session_ids":["s1"]}
                """);

        for (Path folder : new Path[] {own, data}) {
            RetrievalSet set = RetrievalSets.read(RetrievalSets.ENTIRE, folder);
            assertThat(set.memories()).as("a turn that says nothing is none").isEqualTo(1);
            assertThat(set.parts().getFirst().questions().getFirst().gold()).containsExactly("s1");
        }
    }

    @Test
    void goldThatNamesNothingIsNoGold() throws Exception {
        Files.writeString(
                data.resolve("any.json"),
                """
                [{"sample_id":"c","qa":[
                  {"question":"where?","evidence":["D1:1","D9:9"],"category":4},
                  {"question":"who?","evidence":["D1:1"],"category":5}],
                 "conversation":{"session_1_date_time":"1:56 pm on 8 May, 2023",
                  "session_1":[{"speaker":"Ann","dia_id":"D1:1","text":"In Rome."}]}}]
                """);

        RetrievalSet.Part part = RetrievalSets.read(RetrievalSets.LOCOMO, data).parts().getFirst();

        assertThat(part.memories().getFirst().text()).isEqualTo("Ann: In Rome.");
        assertThat(part.memories().getFirst().at()).isEqualTo("2023-05-08T13:56:00Z");
        assertThat(part.questions().get(0).gold()).containsExactly("D1:1");
        assertThat(part.questions().get(1).gold()).as("adversarial").isEmpty();
    }

    @Test
    void aSetThatIsNotThereIsNamed() {
        assertThatThrownBy(() -> RetrievalSets.read(RetrievalSets.BEAM, data))
                .isInstanceOf(BenchFailure.class)
                .hasMessageContaining("beam");
        assertThatThrownBy(() -> RetrievalSets.read("trec", data))
                .isInstanceOf(BenchFailure.class)
                .hasMessageContaining("trec");
    }
}
