package dev.mneme.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Every turn that is recorded below a folder: transcripts of the host, logs of hooks, and digests
/// of sessions. What is none of them is passed over.
final class Recordings {

    /// The first bytes of a file say what it holds.
    private static final int PEEK_BYTES = 64 * 1024;

    private static final String HOOK_PAYLOAD = "\"hook_event_name\"";

    /// A file of one payload is no larger; what is, are models and data sets.
    private static final long PAYLOAD_BYTES_MAX = 1024 * 1024;

    /// Payloads whose words were blotted out say nothing.
    private static final String MASKED = "_masked";

    private Recordings() {}

    static List<RecordedTurn> below(Path folder) throws IOException, BenchFailure {
        if (!Files.isDirectory(folder)) {
            throw new BenchFailure(
                    "cannot read recorded sessions (" + folder + " is no folder)",
                    "name one with `--data FOLDER`, such as ~/.claude/projects");
        }
        List<Path> files;
        try (Stream<Path> all = Files.walk(folder)) {
            files = all.filter(Files::isRegularFile).sorted().toList();
        }
        var turns = new ArrayList<RecordedTurn>();
        var digests = new ArrayList<RecordedTurn>();
        Map<Path, HookLog> logs = new LinkedHashMap<>();
        for (Path file : files) {
            String name = folder.relativize(file).toString().replace('\\', '/');
            boolean isLines = name.endsWith(".jsonl");
            boolean isPayload = name.endsWith(".json") && Files.size(file) <= PAYLOAD_BYTES_MAX;
            if ((!isLines && !isPayload) || name.contains(MASKED)) {
                continue;
            }
            if (holds(file, HOOK_PAYLOAD)) {
                HookLog log = logs.computeIfAbsent(file.getParent(), parent -> new HookLog());
                for (RecordedLines.Line line : RecordedLines.of(file)) {
                    line.object().ifPresent(payload -> log.add(name, line, payload, isPayload));
                }
            } else if (isLines && holds(file, SessionDigest.MARK)) {
                digests.addAll(
                        SessionDigest.turns(name, RecordedLines.of(file), PlacedEdits.all()));
            } else if (isLines) {
                turns.addAll(Transcript.turns(name, RecordedLines.of(file)));
            }
        }
        logs.values().forEach(log -> turns.addAll(log.turns()));
        Set<String> inFull = turns.stream().map(RecordedTurn::session).collect(Collectors.toSet());
        digests.removeIf(digest -> inFull.stream().anyMatch(digest.session()::endsWith));
        turns.addAll(digests);
        return turns;
    }

    private static boolean holds(Path file, String mark) throws IOException {
        try (var stream = Files.newInputStream(file)) {
            return new String(stream.readNBytes(PEEK_BYTES), StandardCharsets.UTF_8).contains(mark);
        }
    }
}
