package dev.mneme.extract;

import dev.mneme.extract.ShellCommand.Step;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Commands that change something outside the files: services, clusters, databases, pull requests.
final class StateChange {

    private static final Pattern STATEMENT =
            Pattern.compile(
                    "(?i)\\b((?:create|alter|drop|truncate|rename|grant|revoke|insert into|update|delete from)\\b[^;]{0,200})");

    private static final int OPERANDS_MAX = 3;

    private StateChange() {}

    static boolean isState(Step step) {
        return describe(step).isPresent();
    }

    /// What the command does, in words, or empty when it changes nothing outside.
    static Optional<String> describe(Step step) {
        List<String> operands = step.operands();
        String program = step.program();
        String first = operands.isEmpty() ? "" : operands.getFirst();
        String second = operands.size() > 1 ? operands.get(1) : "";
        return switch (program) {
            case "docker", "podman" -> docker(step, operands, first, second);
            case "docker-compose" -> compose(operands);
            case "kubectl", "oc" ->
                    verb(
                                    first,
                                    Set.of(
                                            "apply",
                                            "delete",
                                            "create",
                                            "scale",
                                            "set",
                                            "patch",
                                            "rollout",
                                            "edit",
                                            "drain",
                                            "cordon",
                                            "label",
                                            "annotate"))
                            .map(verb -> kubernetes(step, verb, operands));
            case "helm" ->
                    verb(first, Set.of("install", "upgrade", "uninstall", "rollback"))
                            .map(verb -> capital(verb) + " Helm release" + listed(operands, 1));
            case "terraform", "tofu" ->
                    verb(first, Set.of("apply", "destroy", "import"))
                            .map(
                                    verb ->
                                            verb.equals("apply")
                                                    ? "Apply the Terraform plan"
                                                    : capital(verb) + " Terraform resources");
            case "psql", "mysql", "sqlite3", "mariadb", "duckdb" -> sql(step);
            case "createdb" -> Optional.of("Create database" + listed(operands, 0));
            case "dropdb" -> Optional.of("Drop database" + listed(operands, 0));
            case "alembic" ->
                    verb(first, Set.of("upgrade", "downgrade"))
                            .map(
                                    verb ->
                                            "Run database migrations with Alembic ("
                                                    + verb
                                                    + " to "
                                                    + orHead(second)
                                                    + ")");
            case "flyway",
                    "liquibase",
                    "dbmate",
                    "goose",
                    "sqlx",
                    "diesel",
                    "knex",
                    "sequelize",
                    "drizzle-kit",
                    "typeorm",
                    "prisma" ->
                    migration(step, program);
            case "manage.py" ->
                    first.equals("migrate")
                            ? Optional.of("Run database migrations with Django")
                            : Optional.empty();
            case "rails", "rake" ->
                    first.startsWith("db:")
                            ? Optional.of(
                                    "Change the database with Rails (" + first.substring(3) + ")")
                            : Optional.empty();
            case "systemctl", "service", "launchctl" -> service(step, operands);
            case "brew" ->
                    first.equals("services") && !second.equals("list")
                            ? Optional.of(capital(second) + " service" + listed(operands, 2))
                            : Optional.empty();
            case "gh", "glab" -> forge(step, first, second);
            case "npm", "pnpm", "yarn", "cargo", "twine", "lerna" ->
                    Set.of("publish", "upload").contains(first)
                            ? Optional.of("Publish the package")
                            : Optional.empty();
            case "crontab" -> step.has("-l") ? Optional.empty() : Optional.of("Change the crontab");
            case "kill", "pkill", "killall" -> Optional.empty();
            case "python", "python3" ->
                    first.endsWith("manage.py") && second.equals("migrate")
                            ? Optional.of("Run database migrations with Django")
                            : Optional.empty();
            default -> Optional.empty();
        };
    }

    private static Optional<String> docker(
            Step step, List<String> operands, String first, String second) {
        if (first.equals("compose")) {
            return compose(operands.subList(1, operands.size()));
        }
        if (Set.of("volume", "network", "container", "image", "system").contains(first)) {
            return Set.of("create", "rm", "prune", "start", "stop").contains(second)
                    ? Optional.of(
                            capital(second.equals("rm") ? "remove" : second)
                                    + " Docker "
                                    + first
                                    + listed(operands, 2))
                    : Optional.empty();
        }
        return switch (first) {
            case "run" -> Optional.of("Run Docker container" + named(step));
            case "build", "buildx" -> Optional.of("Build Docker image" + named(step));
            case "start", "stop", "restart", "kill" ->
                    Optional.of(capital(first) + " Docker container" + listed(operands, 1));
            case "rm", "rmi" ->
                    Optional.of(
                            "Remove Docker "
                                    + (first.equals("rm") ? "container" : "image")
                                    + listed(operands, 1));
            case "push" -> Optional.of("Push Docker image" + listed(operands, 1));
            default -> Optional.empty();
        };
    }

    private static Optional<String> compose(List<String> operands) {
        for (int index = 0; index < operands.size(); index++) {
            String services = listed(operands, index + 1);
            switch (operands.get(index)) {
                case "up", "start" -> {
                    return Optional.of("Start Docker Compose services" + services);
                }
                case "down", "stop" -> {
                    return Optional.of("Stop Docker Compose services" + services);
                }
                case "restart" -> {
                    return Optional.of("Restart Docker Compose services" + services);
                }
                case "build" -> {
                    return Optional.of("Build Docker Compose images" + services);
                }
                default -> {
                    // An operand of an option such as `-f file`.
                }
            }
        }
        return Optional.empty();
    }

    private static String kubernetes(Step step, String verb, List<String> operands) {
        int at = step.words().indexOf("-f");
        String what = at > 0 ? " " + step.word(at + 1) : listed(operands, 1);
        return capital(verb) + " in Kubernetes:" + (what.isEmpty() ? " resources" : what);
    }

    private static Optional<String> sql(Step step) {
        String text =
                String.join(" ", step.words()) + "\n" + (step.body() == null ? "" : step.body());
        Matcher statement = STATEMENT.matcher(text);
        return statement.find()
                ? Optional.of(
                        "Change the database: "
                                + Bounds.cut(
                                        Bounds.oneLine(statement.group(1)), Bounds.TITLE_CHARS_MAX))
                : Optional.empty();
    }

    private static Optional<String> migration(Step step, String program) {
        boolean migrates =
                step.words().stream()
                        .anyMatch(
                                word ->
                                        word.matches(
                                                "(?:.*:)?(?:migrate|migration|up|update|push|deploy|reset|run)(?:[:.].*)?"));
        boolean asks =
                step.words().stream()
                        .anyMatch(word -> word.matches("status|info|validate|generate|list"));
        return migrates && !asks
                ? Optional.of("Run database migrations with " + capital(program))
                : Optional.empty();
    }

    private static Optional<String> service(Step step, List<String> operands) {
        for (String word : operands) {
            if (Set.of("start", "stop", "restart", "enable", "disable", "reload").contains(word)) {
                List<String> names =
                        operands.stream()
                                .filter(one -> !one.equals(word))
                                .limit(OPERANDS_MAX)
                                .toList();
                return Optional.of(capital(word) + " service " + String.join(", ", names));
            }
        }
        return step.has("daemon-reload")
                ? Optional.of("Reload the service definitions")
                : Optional.empty();
    }

    private static Optional<String> forge(Step step, String first, String second) {
        String noun =
                switch (first) {
                    case "pr", "mr" -> "pull request";
                    case "issue" -> "issue";
                    case "release" -> "release";
                    case "repo" -> "repository";
                    default -> "";
                };
        boolean changes =
                Set.of(
                                "create", "merge", "close", "reopen", "edit", "comment", "review",
                                "delete", "ready")
                        .contains(second);
        if (noun.isEmpty() || !changes) {
            return Optional.empty();
        }
        int at = Math.max(step.words().indexOf("--title"), step.words().indexOf("-t"));
        String verb =
                second.equals("create")
                        ? "open"
                        : second.equals("comment") || second.equals("review")
                                ? second + " on"
                                : second;
        String what = at > 0 ? ": " + step.word(at + 1) : listed(step.operands(), 2);
        return Optional.of(capital(verb) + " " + noun + what);
    }

    private static String named(Step step) {
        for (String option : List.of("--name", "-t", "--tag")) {
            int at = step.words().indexOf(option);
            if (at > 0) {
                return " " + step.word(at + 1);
            }
        }
        return "";
    }

    private static Optional<String> verb(String word, Set<String> verbs) {
        return verbs.contains(word) ? Optional.of(word) : Optional.empty();
    }

    private static String listed(List<String> operands, int from) {
        if (from >= operands.size()) {
            return "";
        }
        return " "
                + String.join(
                        ", ",
                        operands.subList(from, Math.min(operands.size(), from + OPERANDS_MAX)));
    }

    private static String orHead(String revision) {
        return revision.isEmpty() ? "head" : revision;
    }

    private static String capital(String word) {
        return word.isEmpty()
                ? word
                : word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
    }
}
