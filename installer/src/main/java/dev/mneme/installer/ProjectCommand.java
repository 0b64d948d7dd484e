package dev.mneme.installer;

import dev.mneme.protocol.Json;
import dev.mneme.protocol.Wire;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/// `mneme project`: what its subcommands have in common is here too.
@CommandLine.Command(
        name = "project",
        mixinStandardHelpOptions = true,
        description = {
            "List projects, merge two, rename one, give one another name.",
            "",
            "PROJECT is an id, a name, an alias or a path (`.` is the current folder)."
        },
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Example:",
            "  mneme project list",
            "  mneme project merge shop~2 shop",
            "  mneme project rename . shop",
            "  mneme project alias shop storefront"
        })
final class ProjectCommand extends Command {

    /// A merge rewrites every row of a project.
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);

    private static final String PROJECTS = "/api/projects";

    @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

    private ProjectCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    static CommandLine line(Surroundings surroundings, Terminal terminal) {
        return new CommandLine(new ProjectCommand(surroundings, terminal))
                .addSubcommand(new ListProjects(surroundings, terminal))
                .addSubcommand(new Merge(surroundings, terminal))
                .addSubcommand(new Rename(surroundings, terminal))
                .addSubcommand(new Alias(surroundings, terminal));
    }

    @Override
    public Integer call() {
        throw new CommandLine.ParameterException(
                Objects.requireNonNull(spec).commandLine(),
                "Missing command: list, merge, rename or alias");
    }

    /// A call of the daemon, with its refusal as a failure a person can read.
    private abstract static class Asking extends Command {

        Asking(Surroundings surroundings, Terminal terminal) {
            super(surroundings, terminal);
        }

        final RestCalls calls() {
            return new RestCalls(daemon().client(), ANSWER_TIMEOUT);
        }

        final Wire.ProjectView change(String verb, Object request) throws Failure {
            return calls().post(
                            verb + " the project",
                            PROJECTS + "/" + verb,
                            request,
                            Wire.ProjectView.class);
        }
    }

    @CommandLine.Command(
            name = "list",
            mixinStandardHelpOptions = true,
            description = "List the projects, the most recently used first.",
            footer = {"", "Example:", "  mneme project list --json"})
    private static final class ListProjects extends Asking {

        @CommandLine.Option(names = "--json", description = "Print one JSON document.")
        private boolean json;

        ListProjects(Surroundings surroundings, Terminal terminal) {
            super(surroundings, terminal);
        }

        @Override
        public Integer call() throws Exception {
            Wire.ProjectsResponse answer =
                    calls().get("list the projects", PROJECTS, Wire.ProjectsResponse.class);
            if (json) {
                terminal()
                        .line(
                                Json.mapper()
                                        .writerWithDefaultPrettyPrinter()
                                        .writeValueAsString(answer));
                return DONE;
            }
            if (answer.projects().isEmpty()) {
                terminal().line("no projects yet");
            }
            answer.projects().forEach(this::print);
            return DONE;
        }

        private void print(Wire.ProjectView project) {
            terminal().line(project.name() + " (id " + project.id() + ")");
            terminal()
                    .line(
                            "  "
                                    + count(project.sessions(), "session")
                                    + ", "
                                    + count(project.observations(), "observation")
                                    + (project.lastEventAt() == null
                                            ? ""
                                            : ", last used " + project.lastEventAt()));
            row("aliases", project.aliases());
            row("paths", project.paths());
            row("remotes", project.remotes());
        }

        private void row(String name, List<String> values) {
            if (!values.isEmpty()) {
                terminal()
                        .line(
                                "  "
                                        + name
                                        + " ".repeat(9 - name.length())
                                        + String.join(", ", values));
            }
        }

        private static String count(long number, String noun) {
            return number + " " + noun + (number == 1 ? "" : "s");
        }
    }

    @CommandLine.Command(
            name = "merge",
            mixinStandardHelpOptions = true,
            description = {
                "Move everything of one project into another.",
                "The name of the first keeps leading to the result."
            },
            footer = {"", "Example:", "  mneme project merge shop~2 shop"})
    private static final class Merge extends Asking {

        @CommandLine.Parameters(
                index = "0",
                paramLabel = "FROM",
                description = "The project that ends.")
        private String from = "";

        @CommandLine.Parameters(
                index = "1",
                paramLabel = "INTO",
                description = "The project that gets everything.")
        private String into = "";

        Merge(Surroundings surroundings, Terminal terminal) {
            super(surroundings, terminal);
        }

        @Override
        public Integer call() throws Exception {
            Wire.ProjectView result =
                    change(
                            "merge",
                            new Wire.ProjectMergeRequest(
                                    RestCalls.absolute(from), RestCalls.absolute(into)));
            terminal()
                    .line(
                            "merged `"
                                    + from
                                    + "` into `"
                                    + result.name()
                                    + "`, which now has "
                                    + ListProjects.count(result.sessions(), "session")
                                    + " and "
                                    + ListProjects.count(result.observations(), "observation"));
            return DONE;
        }
    }

    @CommandLine.Command(
            name = "rename",
            mixinStandardHelpOptions = true,
            description = "Give a project a new name. The old one keeps leading to it.",
            footer = {"", "Example:", "  mneme project rename shop~2 shop-api"})
    private static final class Rename extends Asking {

        @CommandLine.Parameters(
                index = "0",
                paramLabel = "PROJECT",
                description = "An id, a name, an alias or a path.")
        private String project = "";

        @CommandLine.Parameters(index = "1", paramLabel = "NAME", description = "The new name.")
        private String name = "";

        Rename(Surroundings surroundings, Terminal terminal) {
            super(surroundings, terminal);
        }

        @Override
        public Integer call() throws Exception {
            Wire.ProjectView result =
                    change(
                            "rename",
                            new Wire.ProjectRenameRequest(RestCalls.absolute(project), name));
            terminal().line("project " + result.id() + " is called `" + result.name() + "`");
            return DONE;
        }
    }

    @CommandLine.Command(
            name = "alias",
            mixinStandardHelpOptions = true,
            description = "Let a project answer to one more name, or no longer.",
            footer = {
                "",
                "Example:",
                "  mneme project alias shop storefront",
                "  mneme project alias --remove shop storefront"
            })
    private static final class Alias extends Asking {

        @CommandLine.Parameters(
                index = "0",
                paramLabel = "PROJECT",
                description = "An id, a name, an alias or a path.")
        private String project = "";

        @CommandLine.Parameters(index = "1", paramLabel = "NAME", description = "The other name.")
        private String alias = "";

        @CommandLine.Option(names = "--remove", description = "Take the alias away.")
        private boolean remove;

        Alias(Surroundings surroundings, Terminal terminal) {
            super(surroundings, terminal);
        }

        @Override
        public Integer call() throws Exception {
            Wire.ProjectView result =
                    change(
                            "alias",
                            new Wire.ProjectAliasRequest(
                                    RestCalls.absolute(project), alias, remove ? true : null));
            terminal()
                    .line(
                            "`"
                                    + result.name()
                                    + "` answers to "
                                    + (result.aliases().isEmpty()
                                            ? "no other name"
                                            : "`" + String.join("`, `", result.aliases()) + "`"));
            return DONE;
        }
    }
}
