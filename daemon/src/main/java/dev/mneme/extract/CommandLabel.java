package dev.mneme.extract;

import dev.mneme.extract.CommandRule.Run;
import dev.mneme.extract.ShellCommand.Step;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// What a person would call a command, since a title never repeats it.
final class CommandLabel {

    private static final int DESCRIPTION_CHARS_MAX = 50;

    private static final Map<String, String> PROGRAMS =
            Map.ofEntries(
                    Map.entry("pytest", "The Python test run"),
                    Map.entry("py.test", "The Python test run"),
                    Map.entry("unittest", "The Python test run"),
                    Map.entry("jest", "The Jest run"),
                    Map.entry("vitest", "The Vitest run"),
                    Map.entry("mocha", "The Mocha run"),
                    Map.entry("rspec", "The RSpec run"),
                    Map.entry("phpunit", "The PHPUnit run"),
                    Map.entry("playwright", "The Playwright run"),
                    Map.entry("tsc", "The TypeScript check"),
                    Map.entry("vue-tsc", "The TypeScript check"),
                    Map.entry("eslint", "ESLint"),
                    Map.entry("golangci-lint", "The Go linter"),
                    Map.entry("ruff", "Ruff"),
                    Map.entry("mypy", "The mypy check"),
                    Map.entry("mvn", "The Maven build"),
                    Map.entry("mvnw", "The Maven build"),
                    Map.entry("gradle", "The Gradle build"),
                    Map.entry("gradlew", "The Gradle build"),
                    Map.entry("javac", "The Java compiler"),
                    Map.entry("gcc", "The C compiler"),
                    Map.entry("g++", "The C++ compiler"),
                    Map.entry("clang", "The C compiler"),
                    Map.entry("python", "A Python script"),
                    Map.entry("python3", "A Python script"),
                    Map.entry("node", "A Node.js script"),
                    Map.entry("ruby", "A Ruby script"),
                    Map.entry("curl", "The HTTP request"),
                    Map.entry("wget", "The download"),
                    Map.entry("psql", "The PostgreSQL client"),
                    Map.entry("gh", "The GitHub client"),
                    Map.entry("terraform", "Terraform"),
                    Map.entry("kubectl", "The Kubernetes client"),
                    Map.entry("helm", "Helm"),
                    Map.entry("docker", "Docker"),
                    Map.entry("docker-compose", "Docker Compose"));

    private static final Map<String, String> LANGUAGES =
            Map.of(
                    "go", "Go", "cargo", "Rust", "dotnet", ".NET", "swift", "Swift", "zig", "Zig",
                    "sbt", "Scala");

    /// Task runners name the task of several that failed.
    private static final Pattern FAILED_TASK =
            Pattern.compile("(?m)^\\[([\\w:-]{1,40})\\] ERROR task failed");

    private static final Pattern QUOTED = Pattern.compile("`([^`]{2,80})`");
    private static final Pattern GIT = Pattern.compile("The Git ([a-z-]{2,20})");

    private CommandLabel() {}

    static String of(Run run) {
        Matcher failed = FAILED_TASK.matcher(run.output());
        if (failed.find()) {
            return "The `" + failed.group(1) + "` task";
        }
        Step step = run.main();
        String program = step.program();
        List<String> operands = step.operands();
        String task = operands.isEmpty() ? "" : operands.getFirst();
        if (program.equals("git")) {
            String verb = CommandKind.gitVerb(step);
            return verb.isEmpty() ? "Git" : "The Git " + verb;
        }
        if (LANGUAGES.containsKey(program)) {
            String language = LANGUAGES.get(program);
            return task.isEmpty()
                    ? "The " + language + " tool"
                    : "The " + language + " " + noun(task);
        }
        if (Set.of("npm", "yarn", "pnpm", "bun", "deno").contains(program)) {
            String script = task.equals("run") && operands.size() > 1 ? operands.get(1) : task;
            return Set.of("install", "i", "ci", "add").contains(script)
                    ? "The package installation"
                    : script.isEmpty() ? "The script" : "The `" + script + "` script";
        }
        if (Set.of(
                        "mise",
                        "just",
                        "task",
                        "make",
                        "rake",
                        "poe",
                        "composer",
                        "lerna",
                        "nx",
                        "turbo")
                .contains(program)) {
            String name = task.equals("run") && operands.size() > 1 ? operands.get(1) : task;
            return name.isEmpty() ? "The " + program + " run" : "The `" + name + "` task";
        }
        if (Set.of(
                                "python", "python3", "node", "ruby", "bash", "sh", "deno", "tsx",
                                "ts-node", "php", "perl")
                        .contains(program)
                && task.matches("[\\w./-]{1,80}\\.\\w{1,4}")) {
            return "The script `" + run.payload().relative(task) + "`";
        }
        String known = PROGRAMS.get(program);
        if (known != null) {
            return known;
        }
        String description = Bounds.oneLine(run.payload().input("description"));
        if (!description.isEmpty()) {
            return "“" + Bounds.cut(description, DESCRIPTION_CHARS_MAX) + "”";
        }
        return program.matches("[A-Za-z][\\w.-]{1,30}") && !looksMasked(program)
                ? "`" + program + "`"
                : "A command";
    }

    /// A pattern, in RE2's syntax, for the commands that a label speaks of; empty where it names
    /// none that could be looked for.
    static Optional<String> patternFor(String label) {
        Matcher quoted = QUOTED.matcher(label);
        if (quoted.find()) {
            return Optional.of(escaped(quoted.group(1)));
        }
        Matcher git = GIT.matcher(label);
        if (git.matches()) {
            return Optional.of("\\bgit\\b.*\\b" + escaped(git.group(1)) + "\\b");
        }
        List<String> programs =
                PROGRAMS.entrySet().stream()
                        .filter(known -> known.getValue().equals(label))
                        .map(Map.Entry::getKey)
                        .sorted()
                        .toList();
        if (programs.isEmpty()) {
            programs =
                    LANGUAGES.entrySet().stream()
                            .filter(known -> label.startsWith("The " + known.getValue() + " "))
                            .map(Map.Entry::getKey)
                            .toList();
        }
        return programs.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        programs.stream()
                                .map(program -> "\\b" + escaped(program) + "(?:\\s|$)")
                                .collect(Collectors.joining("|")));
    }

    /// Every sign with a backslash before it stands for itself.
    private static String escaped(String name) {
        return name.replaceAll("[^\\w\\s]", "\\\\$0");
    }

    private static String noun(String task) {
        return switch (task.toLowerCase(Locale.ROOT)) {
            case "build" -> "build";
            case "test" -> "test run";
            case "run" -> "program";
            case "vet", "check", "clippy" -> "check";
            case "fmt" -> "formatter";
            case "get", "mod", "add", "install", "restore" -> "dependency update";
            default -> task;
        };
    }

    private static boolean looksMasked(String program) {
        return program.chars().allMatch(unit -> unit == 'x' || unit == 'X');
    }
}
