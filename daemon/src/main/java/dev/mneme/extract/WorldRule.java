package dev.mneme.extract;

import dev.mneme.domain.Concept;
import dev.mneme.domain.Extraction;
import dev.mneme.domain.ObservationType;
import dev.mneme.extract.CommandRule.Run;

import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// Commands that changed something that is no file: services, databases, servers, pull requests.
final class WorldRule {

    private static final int NAMES_MAX = 3;

    private static final Pattern LISTENING =
            Pattern.compile(
                    "(?i).*(?:listening (?:on|at)|(?:server|running|started|ready|available) (?:on|at|in) |Local: +http).{0,120}(?:\\d{2,5}|http).*");

    private WorldRule() {}

    static Extraction state(Run run) {
        return StateChange.describe(run.main())
                .map(title -> change(run, title).remembered())
                .orElse(SkipReasons.ROUTINE_COMMAND);
    }

    /// A server is worth a memory when it stays up: started in the background.
    static Extraction server(Run run) {
        boolean background = CommandRule.isTrue(run.payload().input().path("run_in_background"));
        if (run.main().bounded() || (!background && listening(run).isEmpty())) {
            return SkipReasons.ROUTINE_COMMAND;
        }
        String where = listening(run);
        String label = CommandLabel.of(run);
        String title =
                label.startsWith("“")
                        ? run.payload().input("description")
                        : "Start a server with " + label.replaceFirst("^The ", "the ");
        return change(run, where.isEmpty() ? title : title + ": " + where).remembered();
    }

    /// Programs we know nothing about: what the host says they changed, or nothing.
    static Extraction other(Run run) {
        List<String> files = editedFiles(run.payload());
        if (!files.isEmpty()) {
            String description = Bounds.oneLine(run.payload().input("description"));
            String listed = Wording.listed(files, NAMES_MAX);
            String title =
                    description.isEmpty()
                            ? "Change " + listed + " from the shell"
                            : description + " (changes " + listed + ")";
            return change(run, title).modified(files).remembered();
        }
        return SkipReasons.ROUTINE_COMMAND;
    }

    private static List<String> editedFiles(Payload payload) {
        var files = new ArrayList<String>();
        for (JsonNode file : payload.response().path("bashEditDiff").path("changedFiles")) {
            String path = Payload.text(file);
            if (!path.isEmpty() && !payload.isTemporary(path)) {
                files.add(payload.relative(path));
            }
        }
        return files;
    }

    private static Finding change(Run run, String title) {
        return new Finding(ObservationType.CHANGE, title)
                .subtitle(run.payload().input("description"))
                .say(title + ".")
                .say(run.ran())
                .say(run.payload().requestLine())
                .about(Concept.WHAT_CHANGED);
    }

    private static String listening(Run run) {
        return Bounds.lines(run.output()).stream()
                .filter(line -> LISTENING.matcher(line).matches())
                .map(Bounds::oneLine)
                .findFirst()
                .orElse("");
    }
}
