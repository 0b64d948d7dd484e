package dev.mneme.installer;

import dev.mneme.protocol.Json;
import dev.mneme.protocol.Wire;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/// `mneme lesson`: what its subcommands have in common is here too.
@CommandLine.Command(
        name = "lesson",
        mixinStandardHelpOptions = true,
        description = {
            "Keep rules that an agent is told right before the calls they are about.",
            "",
            "Repeated failures with their fix are proposed as lessons; a proposal is told only once"
                    + " it is accepted."
        },
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Example:",
            "  mneme lesson add 'Never force-push main: CI deploys from it.' \\",
            "      --severity critical --tool Bash --pattern 'push.*--force'",
            "  mneme lesson list --proposed",
            "  mneme lesson accept 12"
        })
final class LessonCommand extends Command {

    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(30);
    private static final String LESSONS = "/api/lessons";

    @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

    private LessonCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    static CommandLine line(Surroundings surroundings, Terminal terminal) {
        return new CommandLine(new LessonCommand(surroundings, terminal))
                .addSubcommand(new ListLessons(surroundings, terminal))
                .addSubcommand(new Add(surroundings, terminal))
                .addSubcommand(new Show(surroundings, terminal))
                .addSubcommand(new Accept(surroundings, terminal))
                .addSubcommand(new Retire(surroundings, terminal))
                .addSubcommand(new Delete(surroundings, terminal));
    }

    @Override
    public Integer call() {
        throw new CommandLine.ParameterException(
                Objects.requireNonNull(spec).commandLine(),
                "Missing command: list, add, show, accept, retire or delete");
    }

    /// What every subcommand can do: ask the daemon, and print one document instead of words.
    private abstract static class Asking extends Command {

        @CommandLine.Option(names = "--json", description = "Print one JSON document.")
        private boolean json;

        Asking(Surroundings surroundings, Terminal terminal) {
            super(surroundings, terminal);
        }

        final RestCalls calls() {
            return new RestCalls(daemon().client(), ANSWER_TIMEOUT);
        }

        final Wire.LessonView move(String verb, long id) throws Failure {
            return calls().post(
                            verb + " lesson " + id,
                            LESSONS + "/" + id + "/" + verb,
                            Map.of(),
                            Wire.LessonView.class);
        }

        /// Prints the document, or the words for people.
        final Integer print(Object document, String words) {
            terminal()
                    .line(
                            json
                                    ? Json.mapper()
                                            .writerWithDefaultPrettyPrinter()
                                            .writeValueAsString(document)
                                    : words);
            return DONE;
        }
    }

    @CommandLine.Command(
            name = "list",
            mixinStandardHelpOptions = true,
            description = "List lessons, the gravest first. Without options: the active ones.",
            footer = {"", "Example:", "  mneme lesson list --project . --json"})
    private static final class ListLessons extends Asking {

        @CommandLine.Option(
                names = "--project",
                paramLabel = "PROJECT",
                description = "Those of a project, and those that hold in every one.")
        private @Nullable String project;

        @CommandLine.Option(names = "--proposed", description = "Those that wait for an answer.")
        private boolean proposed;

        @CommandLine.Option(names = "--all", description = "Proposed and retired ones too.")
        private boolean all;

        ListLessons(Surroundings surroundings, Terminal terminal) {
            super(surroundings, terminal);
        }

        @Override
        public Integer call() throws Failure {
            String state = proposed ? "proposed" : all ? "all" : "active";
            List<Wire.LessonView> lessons =
                    List.of(
                            calls().get(
                                            "list lessons",
                                            RestCalls.with(
                                                    LESSONS + "?limit=100&state=" + state,
                                                    "project",
                                                    project == null
                                                            ? null
                                                            : RestCalls.absolute(project)),
                                            Wire.LessonView[].class));
            return print(
                    new Wire.LessonsResponse(lessons),
                    lessons.isEmpty()
                            ? "no lessons"
                            : lessons.stream()
                                    .map(LessonCommand::row)
                                    .collect(Collectors.joining("\n")));
        }
    }

    @CommandLine.Command(
            name = "add",
            mixinStandardHelpOptions = true,
            description = {
                "Keep a lesson.",
                "It is told before calls of the tools, and with the pattern, that you name; without"
                        + " either at the start of sessions alone."
            },
            footer = {
                "",
                "Example:",
                "  mneme lesson add 'Migrations are never edited, only added.' \\",
                "      --tool 'Edit|Write' --pattern 'migrations/.*\\.sql'"
            })
    private static final class Add extends Asking {

        @CommandLine.Parameters(
                paramLabel = "RULE",
                description = "What to do or not to do, and why.")
        private String rule = "";

        @CommandLine.Option(
                names = "--title",
                paramLabel = "TEXT",
                description = "The rule in one line. Default: its beginning.")
        private @Nullable String title;

        @CommandLine.Option(
                names = "--severity",
                paramLabel = "WORD",
                description = "critical, warning (the default) or info.")
        private @Nullable String severity;

        @CommandLine.Option(
                names = "--project",
                paramLabel = "PROJECT",
                description = "The project it holds in. Default: the current folder's.")
        private String project = ".";

        @CommandLine.Option(names = "--everywhere", description = "It holds in every project.")
        private boolean everywhere;

        @CommandLine.Option(
                names = "--tool",
                paramLabel = "NAMES",
                description = "Tools with | between them, as in Edit|Write|mcp__github__*.")
        private @Nullable String tool;

        @CommandLine.Option(
                names = "--pattern",
                paramLabel = "REGEX",
                description =
                        "What the call's command, path or content must contain, in RE2's syntax.")
        private @Nullable String pattern;

        Add(Surroundings surroundings, Terminal terminal) {
            super(surroundings, terminal);
        }

        @Override
        public Integer call() throws Failure {
            var request =
                    new Wire.LessonRequest(
                            title,
                            rule,
                            severity,
                            everywhere ? null : RestCalls.absolute(project),
                            tool,
                            pattern,
                            null);
            Wire.LessonView kept =
                    calls().post("keep the lesson", LESSONS, request, Wire.LessonView.class);
            return print(kept, "kept as " + row(kept));
        }
    }

    @CommandLine.Command(
            name = "show",
            mixinStandardHelpOptions = true,
            description = "Show one lesson, and what it was proposed from.",
            footer = {"", "Example:", "  mneme lesson show 12"})
    private static final class Show extends Asking {

        @CommandLine.Parameters(paramLabel = "ID", description = "The lesson's id.")
        private long id;

        Show(Surroundings surroundings, Terminal terminal) {
            super(surroundings, terminal);
        }

        @Override
        public Integer call() throws Failure {
            Wire.LessonView found =
                    calls().get("show lesson " + id, LESSONS + "/" + id, Wire.LessonView.class);
            return print(found, words(found));
        }

        private static String words(Wire.LessonView lesson) {
            var words = new StringBuilder(row(lesson)).append('\n');
            lesson.rule().lines().forEach(line -> words.append("  ").append(line).append('\n'));
            words.append("  created  ").append(lesson.createdAt());
            if (lesson.lastTriggeredAt() != null) {
                words.append("\n  last told  ").append(lesson.lastTriggeredAt());
            }
            if (!lesson.observationIds().isEmpty()) {
                words.append("\n  learned from  ")
                        .append(
                                lesson.observationIds().stream()
                                        .map(one -> "#" + one)
                                        .collect(Collectors.joining(", ")));
            }
            return words.toString();
        }
    }

    @CommandLine.Command(
            name = "accept",
            mixinStandardHelpOptions = true,
            description = "Have a proposed or retired lesson told from now on.",
            footer = {"", "Example:", "  mneme lesson accept 12"})
    private static final class Accept extends Asking {

        @CommandLine.Parameters(paramLabel = "ID", description = "The lesson's id.")
        private long id;

        Accept(Surroundings surroundings, Terminal terminal) {
            super(surroundings, terminal);
        }

        @Override
        public Integer call() throws Failure {
            Wire.LessonView changed = move("accept", id);
            return print(changed, row(changed));
        }
    }

    @CommandLine.Command(
            name = "retire",
            mixinStandardHelpOptions = true,
            description = {
                "Have a lesson told no more.",
                "A proposal that is retired is not proposed again."
            },
            footer = {"", "Example:", "  mneme lesson retire 12"})
    private static final class Retire extends Asking {

        @CommandLine.Parameters(paramLabel = "ID", description = "The lesson's id.")
        private long id;

        Retire(Surroundings surroundings, Terminal terminal) {
            super(surroundings, terminal);
        }

        @Override
        public Integer call() throws Failure {
            Wire.LessonView changed = move("retire", id);
            return print(changed, row(changed));
        }
    }

    @CommandLine.Command(
            name = "delete",
            mixinStandardHelpOptions = true,
            description = "Remove a lesson for good.",
            footer = {"", "Example:", "  mneme lesson delete 12"})
    private static final class Delete extends Asking {

        @CommandLine.Parameters(paramLabel = "ID", description = "The lesson's id.")
        private long id;

        Delete(Surroundings surroundings, Terminal terminal) {
            super(surroundings, terminal);
        }

        @Override
        public Integer call() throws Failure {
            Wire.LessonDeleted gone =
                    calls().delete(
                                    "delete lesson " + id,
                                    LESSONS + "/" + id,
                                    Wire.LessonDeleted.class);
            return print(gone, "lesson " + gone.deleted() + " is deleted");
        }
    }

    /// Two lines: which, and when it is told.
    private static String row(Wire.LessonView lesson) {
        String tool = lesson.triggerTool();
        String pattern = lesson.triggerPattern();
        String when =
                tool == null && pattern == null
                        ? "told at the start of sessions"
                        : "told before "
                                + (tool == null ? "any" : tool)
                                + " calls"
                                + (pattern == null ? "" : " with /" + pattern + "/")
                                + ", "
                                + lesson.triggerCount()
                                + (lesson.triggerCount() == 1 ? " time" : " times")
                                + " so far";
        return lesson.id()
                + "  "
                + lesson.severity()
                + "  "
                + (lesson.active() ? "" : lesson.state() + "  ")
                + (lesson.projectName() == null ? "(every project)" : lesson.projectName())
                + "  "
                + lesson.title()
                + "\n    "
                + when;
    }
}
