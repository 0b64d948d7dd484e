package dev.mneme.extract;

import dev.mneme.extract.ShellCommand.Step;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/// What a simple command is for. The order is how much it says about a compound command: of
/// `cd app && npm test | tail` the test is what matters.
enum CommandKind {
    COMMIT,
    TEST,
    BUILD,
    STATE,
    GIT_CHANGE,
    FILE_WRITE,
    FILE_CHANGE,
    SERVER,
    INSTALL,
    GIT_ROUTINE,
    OTHER,
    INSPECT,
    SETUP;

    private static final Set<String> INSPECTING =
            Set.of(
                    "ls",
                    "pwd",
                    "cat",
                    "head",
                    "tail",
                    "find",
                    "fd",
                    "grep",
                    "egrep",
                    "fgrep",
                    "rg",
                    "ag",
                    "wc",
                    "which",
                    "whereis",
                    "type",
                    "file",
                    "stat",
                    "du",
                    "df",
                    "tree",
                    "less",
                    "more",
                    "diff",
                    "cmp",
                    "sort",
                    "uniq",
                    "cut",
                    "awk",
                    "tr",
                    "jq",
                    "yq",
                    "xargs",
                    "ps",
                    "top",
                    "lsof",
                    "netstat",
                    "ss",
                    "env",
                    "printenv",
                    "date",
                    "whoami",
                    "uname",
                    "id",
                    "hostname",
                    "column",
                    "xxd",
                    "od",
                    "hexdump",
                    "strings",
                    "md5sum",
                    "sha256sum",
                    "shasum",
                    "realpath",
                    "readlink",
                    "basename",
                    "dirname",
                    "history",
                    "man",
                    "bat",
                    "nl",
                    "tac",
                    "rev",
                    "comm",
                    "tee",
                    "sleep",
                    "seq",
                    "free",
                    "uptime",
                    "ping",
                    "dig",
                    "nslookup",
                    "host",
                    "wait",
                    "dir",
                    "Get-ChildItem",
                    "Get-Content",
                    "Select-String",
                    "exa",
                    "eza",
                    "gofmt",
                    "jobs");

    private static final Set<String> SETTING_UP =
            Set.of(
                    "cd",
                    "export",
                    "set",
                    "unset",
                    "source",
                    ".",
                    "echo",
                    "printf",
                    "true",
                    "false",
                    ":",
                    "test",
                    "[",
                    "[[",
                    "alias",
                    "pushd",
                    "popd",
                    "shopt",
                    "ulimit",
                    "umask",
                    "nvm",
                    "eval",
                    "read",
                    "if",
                    "fi",
                    "done",
                    "for",
                    "while",
                    "case",
                    "esac",
                    "exit",
                    "return",
                    "local",
                    "declare",
                    "trap",
                    "}",
                    ")",
                    "nix-shell",
                    "conda",
                    "pyenv",
                    "clear");

    private static final Set<String> BUILDING =
            Set.of(
                    "tsc",
                    "eslint",
                    "prettier",
                    "ruff",
                    "black",
                    "mypy",
                    "pyright",
                    "flake8",
                    "pylint",
                    "golangci-lint",
                    "make",
                    "cmake",
                    "ninja",
                    "javac",
                    "gcc",
                    "g++",
                    "clang",
                    "webpack",
                    "rollup",
                    "esbuild",
                    "biome",
                    "stylelint",
                    "rubocop",
                    "phpstan",
                    "shellcheck",
                    "clippy",
                    "swiftlint",
                    "ktlint",
                    "checkstyle",
                    "msbuild",
                    "bazel",
                    "isort",
                    "rustc",
                    "rustfmt",
                    "vue-tsc",
                    "turbo",
                    "nx",
                    "oxlint",
                    "hadolint",
                    "tflint",
                    "gofumpt",
                    "goimports");

    private static final Set<String> RUNNERS =
            Set.of(
                    "pytest",
                    "py.test",
                    "jest",
                    "vitest",
                    "mocha",
                    "ava",
                    "rspec",
                    "phpunit",
                    "unittest",
                    "tox",
                    "nox",
                    "playwright",
                    "cypress",
                    "bats",
                    "ctest",
                    "karma",
                    "behave",
                    "pest",
                    "gotestsum",
                    "nextest",
                    "tap");

    /// Programs whose first operand is a task of the project.
    private static final Set<String> TASK_RUNNERS =
            Set.of(
                    "npm",
                    "yarn",
                    "pnpm",
                    "bun",
                    "make",
                    "mise",
                    "just",
                    "task",
                    "rake",
                    "deno",
                    "composer",
                    "nx",
                    "turbo",
                    "mvn",
                    "mvnw",
                    "gradle",
                    "gradlew",
                    "go",
                    "cargo",
                    "dotnet",
                    "swift",
                    "sbt",
                    "mix",
                    "lerna",
                    "poe",
                    "hatch",
                    "invoke",
                    "bazel",
                    "xcodebuild",
                    "flutter",
                    "dart",
                    "zig",
                    "stack",
                    "cabal");

    static CommandKind of(Step step) {
        String program = step.program();
        boolean printed = step.body() != null || program.equals("echo") || program.equals("printf");
        boolean written = step.target() != null && printed;
        if (written || (program.equals("tee") && step.body() != null)) {
            return FILE_WRITE;
        }
        if (program.equals("git")) {
            return git(step);
        }
        if (RUNNERS.contains(program)) {
            return TEST;
        }
        if (StateChange.isState(step)) {
            return STATE;
        }
        if (TASK_RUNNERS.contains(program)) {
            return task(step);
        }
        if (BUILDING.contains(program)) {
            return BUILD;
        }
        if (Set.of("mv", "rm", "cp", "chmod", "ln", "dos2unix", "trash", "rmdir", "unlink")
                        .contains(program)
                || (Set.of("sed", "perl", "gsed").contains(program) && editsInPlace(step))) {
            return FILE_CHANGE;
        }
        if (Set.of("sed", "perl", "gsed").contains(program) || INSPECTING.contains(program)) {
            return INSPECT;
        }
        if (step.has("--help") || step.has("--version") || isForgeReading(step)) {
            return INSPECT;
        }
        if (SETTING_UP.contains(program) || program.isEmpty()) {
            return SETUP;
        }
        if (Set.of(
                        "pip",
                        "pip3",
                        "apt",
                        "apt-get",
                        "brew",
                        "gem",
                        "dnf",
                        "yum",
                        "apk",
                        "pipx",
                        "poetry",
                        "uv",
                        "asdf",
                        "rustup",
                        "corepack",
                        "bundle")
                .contains(program)) {
            return INSTALL;
        }
        if (Set.of(
                        "uvicorn",
                        "gunicorn",
                        "hypercorn",
                        "flask",
                        "serve",
                        "http-server",
                        "next",
                        "nodemon",
                        "vite",
                        "http.server",
                        "rails",
                        "air")
                .contains(program)) {
            return program.equals("next") && step.word(1).equals("build") ? BUILD : SERVER;
        }
        if (Set.of("mkdir", "touch", "tar", "unzip", "zip", "gzip", "curl", "wget")
                .contains(program)) {
            return INSPECT;
        }
        return OTHER;
    }

    private static boolean isForgeReading(Step step) {
        return Set.of("gh", "glab").contains(step.program())
                && step.operands().stream()
                        .noneMatch(Set.of("checkout", "clone", "fork", "run")::contains);
    }

    private static boolean editsInPlace(Step step) {
        return step.words().stream()
                .anyMatch(
                        word ->
                                word.startsWith("-i")
                                        || word.equals("--in-place")
                                        || word.matches("-\\w{0,4}pi\\w{0,3}"));
    }

    private static CommandKind git(Step step) {
        String verb = gitVerb(step);
        return switch (verb) {
            case "commit" -> COMMIT;
            case "merge", "rebase", "cherry-pick", "revert", "reset", "tag", "am", "apply" ->
                    GIT_CHANGE;
            case "mv", "rm" -> FILE_CHANGE;
            case "checkout", "switch" ->
                    step.has("-b") || step.has("-c") || step.has("-B") ? GIT_CHANGE : GIT_ROUTINE;
            case "status",
                    "log",
                    "diff",
                    "show",
                    "blame",
                    "branch",
                    "ls-files",
                    "remote",
                    "rev-parse",
                    "config",
                    "describe",
                    "grep",
                    "reflog",
                    "shortlog",
                    "cat-file",
                    "ls-tree",
                    "ls-remote",
                    "rev-list",
                    "check-ignore" ->
                    INSPECT;
            default -> GIT_ROUTINE;
        };
    }

    /// The verb behind options such as `-C path` and `--no-pager`.
    static String gitVerb(Step step) {
        List<String> words = step.words();
        for (int index = 1; index < words.size(); index++) {
            String word = words.get(index);
            if (word.equals("-C") || word.equals("-c")) {
                index++;
            } else if (!word.startsWith("-")) {
                return word;
            }
        }
        return "";
    }

    private static CommandKind task(Step step) {
        String program = step.program();
        List<String> operands = step.operands();
        String task = operands.isEmpty() ? "" : operands.getFirst();
        if (task.equals("run") && operands.size() > 1) {
            if (program.equals("go")
                    || program.equals("cargo")
                    || program.equals("dotnet")
                    || program.equals("deno")) {
                return OTHER;
            }
            task = operands.get(1);
        }
        task = task.toLowerCase(Locale.ROOT);
        boolean jvm = program.startsWith("mvn") || program.startsWith("gradle");
        if (jvm
                && operands.stream()
                        .anyMatch(
                                word ->
                                        word.matches(
                                                "(?:.*:)?(?:test|verify|check|integrationTest|install|package)"))) {
            boolean tests =
                    operands.stream()
                            .anyMatch(
                                    word ->
                                            word.matches(
                                                    "(?:.*:)?(?:test|verify|check|integrationTest)"));
            return tests ? TEST : BUILD;
        }
        if (task.matches("(?:.*[:_-])?tests?(?:[:_-].*)?|t|e2e|spec|nextest")) {
            return TEST;
        }
        if (task.matches(
                "(?:.*[:_-])?(?:build|compile|lint|check|typecheck|type-check|fmt|format|vet|clippy|tidy|generate|eslint|bench|doc|docs|all|clean)(?:[:_-].*)?")) {
            if (program.equals("go") && step.word(1).equals("doc")) {
                return INSPECT;
            }
            return BUILD;
        }
        if (task.matches("(?:dev|start|serve|watch|preview)(?:[:_-].*)?")) {
            return SERVER;
        }
        if (task.matches(
                "install|i|ci|add|remove|uninstall|get|update|upgrade|audit|mod|restore|require|dedupe|outdated|link|init|create|dlx")) {
            return program.equals("go") && task.equals("mod") ? BUILD : INSTALL;
        }
        if (task.matches("ls|list|view|info|show|why|version|env|doc|tree|metadata|pub")
                || (task.isEmpty() && (step.has("-v") || step.has("--version")))) {
            return INSPECT;
        }
        return jvm || program.equals("make") || program.equals("bazel") ? BUILD : OTHER;
    }
}
