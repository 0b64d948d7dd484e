package dev.mneme.extract;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A command line taken apart far enough to tell what it is about: its simple commands, without
/// wrappers such as `sudo` or `timeout`, and where they write.
///
/// Not a shell: expansions stay as they are written, and what does not parse becomes words.
final class ShellCommand {

    private static final int COMMAND_CHARS_MAX = 20_000;
    private static final int STEPS_MAX = 60;
    private static final int NESTING_MAX = 3;

    /// One simple command. `target` is the file its output is written to, `body` its here-document.
    record Step(
            List<String> words,
            @Nullable String target,
            boolean appends,
            @Nullable String body,
            boolean piped,
            boolean bounded) {

        String program() {
            if (words.isEmpty()) {
                return "";
            }
            String first = words.getFirst().replace('\\', '/');
            String name = first.substring(first.lastIndexOf('/') + 1);
            return name.endsWith(".exe") ? name.substring(0, name.length() - 4) : name;
        }

        /// The word at a place, or an empty text behind the end.
        String word(int index) {
            return index < words.size() ? words.get(index) : "";
        }

        /// The words behind the program that are no options.
        List<String> operands() {
            return words.stream().skip(1).filter(word -> !word.startsWith("-")).toList();
        }

        boolean has(String option) {
            return words.contains(option);
        }
    }

    private static final Set<String> WRAPPERS =
            Set.of(
                    "sudo",
                    "time",
                    "nohup",
                    "command",
                    "exec",
                    "nice",
                    "stdbuf",
                    "env",
                    "npx",
                    "bunx",
                    "xvfb-run",
                    "caffeinate",
                    "doas",
                    "\\time",
                    "!",
                    "then",
                    "do",
                    "else",
                    "{",
                    "(");

    private static final Pattern ASSIGNMENT = Pattern.compile("[A-Za-z_]\\w*=.*", Pattern.DOTALL);
    private static final Pattern HEREDOC = Pattern.compile("<<-?\\s*(['\"]?)([A-Za-z_]\\w*)\\1");

    private final List<Step> steps;

    private ShellCommand(List<Step> steps) {
        this.steps = steps;
    }

    static ShellCommand parse(String command) {
        var steps = new ArrayList<Step>();
        String bounded =
                command.length() > COMMAND_CHARS_MAX
                        ? command.substring(0, COMMAND_CHARS_MAX)
                        : command;
        parse(bounded, steps, NESTING_MAX);
        return new ShellCommand(List.copyOf(steps));
    }

    List<Step> steps() {
        return steps;
    }

    private static void parse(String command, List<Step> steps, int nesting) {
        var reader = new Reader(command);
        while (!reader.atEnd() && steps.size() < STEPS_MAX) {
            Step step = reader.step();
            if (step != null) {
                add(unwrapped(step), steps, nesting);
            }
        }
    }

    /// `bash -c '…'` is what it holds.
    private static void add(Step step, List<Step> steps, int nesting) {
        boolean shell = Set.of("bash", "sh", "zsh").contains(step.program());
        int at = shell ? Math.max(step.words().indexOf("-c"), step.words().indexOf("-lc")) : -1;
        if (at > 0 && at + 1 < step.words().size() && nesting > 0) {
            parse(step.word(at + 1), steps, nesting - 1);
        } else if (!step.words().isEmpty() || step.target() != null) {
            steps.add(step);
        }
    }

    private static Step unwrapped(Step step) {
        List<String> words = new ArrayList<>(step.words());
        boolean bounded = false;
        boolean changed = true;
        while (changed && !words.isEmpty()) {
            changed = false;
            String first = words.getFirst();
            if (WRAPPERS.contains(first) || ASSIGNMENT.matcher(first).matches()) {
                words.removeFirst();
                while (!words.isEmpty()
                        && words.getFirst().startsWith("-")
                        && !first.contains("=")) {
                    words.removeFirst();
                }
                changed = true;
            } else if (first.equals("timeout") || first.equals("gtimeout")) {
                words.removeFirst();
                while (!words.isEmpty()
                        && (words.getFirst().startsWith("-")
                                || words.getFirst().matches("[\\d.]+[smh]?"))) {
                    words.removeFirst();
                }
                bounded = true;
                changed = true;
            } else if (dropsPrefix(words, "uv", "run")
                    || dropsPrefix(words, "poetry", "run")
                    || dropsPrefix(words, "pipenv", "run")
                    || dropsPrefix(words, "pdm", "run")
                    || dropsPrefix(words, "bundle", "exec")
                    || dropsPrefix(words, "pnpm", "exec")
                    || dropsPrefix(words, "pnpm", "dlx")
                    || dropsPrefix(words, "npm", "exec")
                    || dropsPrefix(words, "yarn", "exec")
                    || dropsPrefix(words, "mise", "exec")) {
                while (!words.isEmpty() && words.getFirst().startsWith("-")) {
                    words.removeFirst();
                }
                changed = true;
            } else if (first.equals("nix") && words.size() > 2 && words.get(1).equals("develop")) {
                int at = Math.max(words.indexOf("--command"), words.indexOf("-c"));
                if (at > 0) {
                    words.subList(0, at + 1).clear();
                    changed = true;
                }
            } else if (first.matches("(?:.*/)?(?:python[\\d.]*|py)")
                    && words.size() > 2
                    && words.get(1).equals("-m")) {
                words.subList(0, 2).clear();
                changed = true;
            }
        }
        return new Step(
                List.copyOf(words),
                step.target(),
                step.appends(),
                step.body(),
                step.piped(),
                bounded);
    }

    private static boolean dropsPrefix(List<String> words, String first, String second) {
        if (words.size() > 2 && words.getFirst().equals(first) && words.get(1).equals(second)) {
            words.subList(0, 2).clear();
            return true;
        }
        return false;
    }

    /// Reads one simple command after the other.
    private static final class Reader {

        private final String text;
        private int at;

        Reader(String text) {
            this.text = text;
        }

        boolean atEnd() {
            return at >= text.length();
        }

        @Nullable Step step() {
            var words = new ArrayList<String>();
            String target = null;
            boolean appends = false;
            boolean piped = false;
            var heredocs = new ArrayList<String>();
            boolean ended = false;
            while (!ended && at < text.length()) {
                char unit = text.charAt(at);
                if (unit == '\\' && at + 1 < text.length() && text.charAt(at + 1) == '\n') {
                    at += 2;
                } else if (unit == '\n' || unit == ';' || unit == '&' || unit == '|') {
                    if (unit == '&' && at + 1 < text.length() && text.charAt(at + 1) == '>') {
                        at++;
                        continue;
                    }
                    piped = unit == '|' && !(at + 1 < text.length() && text.charAt(at + 1) == '|');
                    at++;
                    while (at < text.length() && (text.charAt(at) == unit) && unit != '\n') {
                        at++;
                    }
                    ended = true;
                } else if (Character.isWhitespace(unit)) {
                    at++;
                } else if (unit == '#') {
                    int end = text.indexOf('\n', at);
                    at = end < 0 ? text.length() : end;
                } else if (unit == '<'
                        && text.startsWith("<<", at)
                        && !text.startsWith("<<<", at)) {
                    Matcher heredoc = HEREDOC.matcher(text).region(at, text.length());
                    if (heredoc.lookingAt()) {
                        heredocs.add(heredoc.group(2));
                        at = heredoc.end();
                    } else {
                        at += 2;
                    }
                } else if (unit == '>' || unit == '<') {
                    boolean out = unit == '>';
                    boolean twice = text.startsWith(">>", at);
                    at += twice ? 2 : 1;
                    if (at < text.length() && (text.charAt(at) == '&' || text.charAt(at) == '|')) {
                        at++;
                    }
                    skipBlanks();
                    String file = word();
                    boolean descriptor = file.matches("[\\d-]");
                    boolean errors =
                            !words.isEmpty() && words.getLast().equals("2") && wasGlued(file);
                    if (errors) {
                        words.removeLast();
                    }
                    if (out
                            && !descriptor
                            && !errors
                            && !file.equals("/dev/null")
                            && !file.isEmpty()) {
                        target = file;
                        appends = twice;
                    }
                } else {
                    words.add(word());
                }
            }
            String body = null;
            for (String mark : heredocs) {
                String read = heredocBody(mark);
                body = body == null ? read : body;
            }
            // A here-document is read behind its line, so the rest of that line was a step already.
            return words.isEmpty() && target == null
                    ? null
                    : new Step(List.copyOf(words), target, appends, body, piped, false);
        }

        /// `2>` follows its number without a blank.
        private boolean wasGlued(String file) {
            int redirect = text.lastIndexOf('>', Math.max(0, at - file.length()));
            boolean once = redirect > 0 && text.charAt(redirect - 1) == '2';
            boolean twice =
                    redirect > 1
                            && text.charAt(redirect - 1) == '>'
                            && text.charAt(redirect - 2) == '2';
            return once || twice;
        }

        private void skipBlanks() {
            while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
                at++;
            }
        }

        private String heredocBody(String mark) {
            int start = text.charAt(at - 1) == '\n' ? at : text.indexOf('\n', at) + 1;
            if (start <= 0) {
                return "";
            }
            int line = start;
            while (line < text.length()) {
                int end = text.indexOf('\n', line);
                int stop = end < 0 ? text.length() : end;
                if (text.substring(line, stop).strip().equals(mark)) {
                    String body = text.substring(start, line);
                    at = Math.min(text.length(), stop + 1);
                    return body;
                }
                line = stop + 1;
            }
            String body = text.substring(Math.min(start, text.length()));
            at = text.length();
            return body;
        }

        private String word() {
            var word = new StringBuilder();
            while (at < text.length()) {
                char unit = text.charAt(at);
                if (Character.isWhitespace(unit) || "|&;<>".indexOf(unit) >= 0) {
                    break;
                }
                if (unit == '\'') {
                    int end = text.indexOf('\'', at + 1);
                    int stop = end < 0 ? text.length() : end;
                    word.append(text, at + 1, stop);
                    at = Math.min(text.length(), stop + 1);
                } else if (unit == '"') {
                    doubleQuoted(word);
                } else if (unit == '\\' && at + 1 < text.length()) {
                    word.append(text.charAt(at + 1));
                    at += 2;
                } else if (unit == '$' && text.startsWith("$(", at)) {
                    substitution(word);
                } else {
                    word.append(unit);
                    at++;
                }
            }
            return word.toString();
        }

        private void doubleQuoted(StringBuilder word) {
            at++;
            while (at < text.length() && text.charAt(at) != '"') {
                if (text.charAt(at) == '\\' && at + 1 < text.length()) {
                    char escaped = text.charAt(at + 1);
                    if ("\"\\$`\n".indexOf(escaped) < 0) {
                        word.append('\\');
                    }
                    word.append(escaped);
                    at += 2;
                } else if (text.startsWith("$(", at)) {
                    substitution(word);
                } else {
                    word.append(text.charAt(at));
                    at++;
                }
            }
            at = Math.min(text.length(), at + 1);
        }

        /// `$( … )` stays as it is written; a here-document inside may hold any brackets.
        private void substitution(StringBuilder word) {
            int start = at;
            int depth = 0;
            while (at < text.length()) {
                Matcher heredoc = HEREDOC.matcher(text).region(at, text.length());
                if (text.charAt(at) == '<' && heredoc.lookingAt()) {
                    at = heredoc.end();
                    heredocBody(heredoc.group(2));
                    continue;
                }
                char unit = text.charAt(at);
                at++;
                if (unit == '(') {
                    depth++;
                } else if (unit == ')') {
                    depth--;
                    if (depth == 0) {
                        break;
                    }
                }
            }
            word.append(text, start, at);
        }
    }
}
