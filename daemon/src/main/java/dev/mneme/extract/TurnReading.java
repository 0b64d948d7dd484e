package dev.mneme.extract;

import dev.mneme.domain.HookEvent;
import dev.mneme.domain.ObservationDraft;
import dev.mneme.domain.Turn;
import dev.mneme.extract.Asked.Wish;
import dev.mneme.extract.ShellCommand.Step;
import dev.mneme.extract.TurnPart.Role;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// A turn as the rules read it: its parts by what they are for it, what was asked for, and the
/// files that are different after it.
final class TurnReading {

    private static final int READ_FILES_MAX = 15;

    /// A choice in fewer words than this is told by the answer to it.
    private static final int CHOICE_SUBSTANCE_MIN = 25;

    private final String prompt;
    private final List<TurnPart> parts;
    private final Asked asked;
    private final boolean isWhole;
    private final TurnFiles files;

    TurnReading(Turn turn, List<TurnPart> parts) {
        String said = turn.prompt();
        this.prompt = said == null ? "" : said;
        this.parts = List.copyOf(parts);
        this.asked = new Asked(prompt);
        this.isWhole = !turn.isContinuation() && parts.stream().anyMatch(TurnReading::isPrompt);
        this.files = new TurnFiles(parts.isEmpty() ? "" : parts.getFirst().payload().cwd());
        this.parts.forEach(this::follow);
    }

    List<TurnPart> parts() {
        return parts;
    }

    /// What the user said; empty where nobody knows.
    String prompt() {
        return prompt;
    }

    Asked asked() {
        return asked;
    }

    /// What shall be different afterwards: the first prompt says it, or one that was sent while the
    /// work went on.
    Wish wish() {
        return Stream.concat(
                        Stream.of(asked),
                        parts.stream()
                                .filter(TurnReading::isPrompt)
                                .map(part -> new Asked(part.payload().text("prompt"))))
                .map(Asked::wish)
                .filter(wish -> wish != Wish.UNKNOWN)
                .findFirst()
                .orElse(Wish.UNKNOWN);
    }

    /// Whether it is all there, from its prompt on: only then does what is missing say something.
    boolean isWhole() {
        return isWhole;
    }

    TurnFiles files() {
        return files;
    }

    /// Whether something is different after it.
    boolean changedSomething() {
        boolean worked = !of(Role.WORK).isEmpty() && (!files.isEmpty() || !isWhole);
        return worked || !of(Role.COMMIT).isEmpty();
    }

    /// Whether anything was looked at or tried.
    boolean lookedAtSomething() {
        return parts.stream()
                .map(part -> part.payload().event().kind())
                .anyMatch(
                        kind ->
                                kind == HookEvent.POST_TOOL_USE
                                        || kind == HookEvent.POST_TOOL_USE_FAILURE);
    }

    private static boolean isPrompt(TurnPart part) {
        return part.payload().event().kind() == HookEvent.USER_PROMPT_SUBMIT;
    }

    List<TurnPart> of(Role role) {
        return parts.stream().filter(part -> part.role() == role).toList();
    }

    Optional<TurnPart> answer() {
        return of(Role.ANSWER).stream().reduce((first, second) -> second);
    }

    /// The sentence of the prompt that settles something.
    String choice() {
        return of(Role.CHOICE).isEmpty()
                ? asked.choice()
                        .filter(sentence -> Headline.substance(sentence) >= CHOICE_SUBSTANCE_MIN)
                        .map(sentence -> "The user decides: " + sentence)
                        .orElse("")
                : of(Role.CHOICE).getFirst().draft().title();
    }

    private void follow(TurnPart part) {
        Payload payload = part.payload();
        String cwd = payload.cwd();
        String looked = payload.input("file_path");
        if (!looked.isEmpty() && part.role() == Role.ELSE) {
            files.saw(files.named(looked, cwd));
        }
        if (part.role() != Role.WORK) {
            return;
        }
        ObservationDraft draft = part.draft();
        List<String> named =
                draft.filesModified().stream().map(file -> files.named(file, cwd)).toList();
        if (!part.isCommand()) {
            boolean creates = draft.title().startsWith("Create ");
            if (creates) {
                files.create(named);
            } else {
                files.change(named);
            }
            return;
        }
        // A command's files outside the session's folder are nobody's project.
        List<String> inside = named.stream().filter(TurnReading::isInside).toList();
        Set<String> gone = deleted(payload, cwd);
        files.delete(inside.stream().filter(gone::contains).toList());
        List<String> rest = inside.stream().filter(file -> !gone.contains(file)).toList();
        if (draft.title().startsWith("Create ")) {
            files.create(rest);
        } else {
            files.change(rest);
        }
    }

    private Set<String> deleted(Payload payload, String cwd) {
        CommandRule.Run run = CommandRule.run(payload);
        var gone = new LinkedHashSet<String>();
        for (Step step : run.steps()) {
            if (Set.of("rm", "trash", "unlink", "rmdir").contains(step.program())) {
                step.operands().forEach(file -> gone.add(files.named(run.path(step, file), cwd)));
            }
        }
        return gone;
    }

    private static boolean isInside(String file) {
        return !file.startsWith("/") && !file.startsWith("~") && !file.endsWith("/");
    }

    /// What was only looked at.
    List<String> readFiles() {
        var read = new LinkedHashSet<String>();
        for (TurnPart part : parts) {
            String file = part.payload().input("file_path");
            if (part.payload().tool().equals("Read") && !file.isEmpty()) {
                read.add(files.named(file, part.payload().cwd()));
            }
        }
        read.removeAll(files.all());
        return read.stream().limit(READ_FILES_MAX).toList();
    }

    /// The first later success of each attempt that failed.
    List<TurnPart> whatMended(List<TurnPart> troubles) {
        var found = new LinkedHashSet<TurnPart>();
        for (TurnPart trouble : troubles) {
            parts.stream()
                    .skip(parts.indexOf(trouble) + 1L)
                    .filter(part -> part.isCommand() && !part.failed())
                    .filter(part -> part.attempt().equals(trouble.attempt()))
                    .findFirst()
                    .ifPresent(found::add);
        }
        return List.copyOf(found);
    }

    /// Failures that no later success of the same attempt followed; the last of each.
    List<TurnPart> unmended(List<TurnPart> troubles) {
        Map<String, TurnPart> open = new LinkedHashMap<>();
        for (TurnPart part : parts) {
            if (troubles.contains(part)) {
                open.put(part.attempt(), part);
            } else if (!part.failed() && part.isCommand()) {
                open.remove(part.attempt());
            }
        }
        return List.copyOf(open.values());
    }
}
