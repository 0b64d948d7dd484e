package dev.mneme.installer;

import picocli.CommandLine;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// The command line `mneme`.
@CommandLine.Command(
        name = "mneme",
        mixinStandardHelpOptions = true,
        description = "Memory for coding agents: install it, look after it, remove it.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Exit codes: 0 done, 1 could not do it, 2 wrong usage.",
            "",
            "Example:",
            "  mneme install --yes"
        })
final class Main implements Runnable {

    @CommandLine.Spec private CommandLine.Model.@org.jspecify.annotations.Nullable CommandSpec spec;

    private Main() {}

    public static void main(String[] arguments) {
        Terminal terminal = Terminal.ofThisProcess(System.getenv());
        System.exit(run(arguments, terminal));
    }

    private static int run(String[] arguments, Terminal terminal) {
        try {
            return commandLine(Surroundings.ofThisProcess(), terminal)
                    .execute(OldFlags.translated(arguments));
        } catch (Failure failure) {
            terminal.error(String.valueOf(failure.getMessage()), failure.hint());
            return Command.NOT_DONE;
        }
    }

    static CommandLine commandLine(Surroundings surroundings, Terminal terminal) {
        CommandLine line = new CommandLine(new Main());
        for (Command command :
                new Command[] {
                    new InstallCommand(surroundings, terminal),
                    new StatusCommand(surroundings, terminal),
                    new StartCommand(surroundings, terminal),
                    new StopCommand(surroundings, terminal),
                    new RestartCommand(surroundings, terminal),
                    new DoctorCommand(surroundings, terminal),
                    new LogsCommand(surroundings, terminal),
                    new SearchCommand(surroundings, terminal),
                    new ShowCommand(surroundings, terminal),
                    new WhyCommand(surroundings, terminal),
                    new SaveCommand(surroundings, terminal),
                    new PinCommand(surroundings, terminal),
                    new EditCommand(surroundings, terminal),
                    new WrongCommand(surroundings, terminal),
                    new PauseCommand(surroundings, terminal),
                    new ResumeCommand(surroundings, terminal),
                    new ForgetCommand(surroundings, terminal),
                    new RedactCommand(surroundings, terminal),
                    new OpenCommand(surroundings, terminal),
                    new CostCommand(surroundings, terminal),
                    new ExportCommand(surroundings, terminal),
                    new AgentSetupCommand(surroundings, terminal),
                    new AutostartCommand(surroundings, terminal),
                    new BackupCommand(surroundings, terminal),
                    new RestoreCommand(surroundings, terminal),
                    new MigrateCommand(surroundings, terminal),
                    new UpgradeCommand(surroundings, terminal),
                    new UninstallCommand(surroundings, terminal),
                    new BenchCommand(surroundings, terminal),
                    new PackageCommand(surroundings, terminal),
                    new VersionCommand(surroundings, terminal)
                }) {
            line.addSubcommand(command);
        }
        line.addSubcommand(DbCommand.line(surroundings, terminal));
        line.addSubcommand(ConfigCommand.line(surroundings, terminal));
        line.addSubcommand(ProjectCommand.line(surroundings, terminal));
        line.addSubcommand(QueueCommand.commandLine(surroundings, terminal));
        line.addSubcommand(ModelsCommand.commandLine(surroundings, terminal));
        line.addSubcommand(LessonCommand.line(surroundings, terminal));
        line.addSubcommand(ImportCommand.line(surroundings, terminal));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.getCommandSpec().version("mneme " + Command.version());
        line.setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8));
        line.setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
        line.setParameterExceptionHandler(
                (wrong, words) -> {
                    String command = wrong.getCommandLine().getCommandSpec().qualifiedName();
                    terminal.error(wrong(wrong), "see `" + command + " --help`");
                    return CommandLine.ExitCode.USAGE;
                });
        line.setExecutionExceptionHandler(
                (problem, commandLine, parsed) -> report(problem, terminal));
        return line;
    }

    /// A word that is no command is said to be none, with those that it may have been meant for.
    private static String wrong(CommandLine.ParameterException wrong) {
        if (wrong instanceof CommandLine.UnmatchedArgumentException unmatched
                && !wrong.getCommandLine().getSubcommands().isEmpty()) {
            String word = unmatched.getUnmatched().getFirst();
            if (!word.startsWith("-")) {
                List<String> near =
                        unmatched.getSuggestions().stream()
                                .filter(wrong.getCommandLine().getSubcommands()::containsKey)
                                .map(name -> "`" + name + "`")
                                .toList();
                return "there is no command `"
                        + word
                        + "`"
                        + (near.isEmpty()
                                ? ""
                                : "; did you mean " + String.join(" or ", near) + "?");
            }
        }
        return String.valueOf(wrong.getMessage());
    }

    private static int report(Exception problem, Terminal terminal) {
        if (problem instanceof Failure failure) {
            terminal.error(String.valueOf(failure.getMessage()), failure.hint());
        } else if (problem instanceof java.io.IOException failed) {
            terminal.error(
                    "cannot read or write a file (" + failed + ")",
                    "check that you own `MNEME_HOME` and that its disk is not full");
        } else {
            terminal.error(
                    "this is a defect of Mneme: " + problem,
                    "report it with the lines that follow");
            problem.printStackTrace(terminal.err());
        }
        return Command.NOT_DONE;
    }

    @Override
    public void run() {
        if (spec != null) {
            spec.commandLine().usage(spec.commandLine().getOut());
        }
    }
}
