package dev.mneme.extract;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Finds the line of an output that names the cause of a failure.
///
/// Tools bury it in noise: a Python traceback ends with it, a compiler begins with it, npm repeats
/// it, Maven puts three summaries after it. The patterns are tried in the order of how much such
/// a line usually tells; within one, the first or the last match is taken as that tool writes.
final class ErrorLine {

    private enum Take {
        FIRST,
        LAST
    }

    private record Sign(Take take, Pattern pattern) {
        Sign(Take take, String regex) {
            this(take, Pattern.compile(regex));
        }
    }

    /// Lines that never name a cause.
    private static final Pattern NOISE =
            Pattern.compile(
                    "(?i)^\\s*(?:npm (?:warn|notice)\\b.*|yarn run .*|\\$ .*|> .*|exit code:? \\d+|hint:.*|note: run with.*"
                            + "|[-=_*#~^\\s|.]+|\\[error\\]\\s*|\\[error\\] (?:re-run|to see|for more|->|\\[help).*"
                            + "|\\[error\\] (?:compilation error|failures?|errors?|tests run:.*):?\\s*|shell cwd was reset.*"
                            + "|at .+\\(.*\\)|at .+:\\d+:\\d+|\\s+at .*|npm err! (?:code|errno|syscall|path|a complete log|command|dest) ?.*"
                            + "|npm error (?:code|errno|syscall|path|a complete log|command|dest) ?.*|error: command failed.*"
                            + "|error: process completed.*|make: \\*\\*\\*.*|make\\[\\d+\\].*|.*\\d+%.*\\d+:\\d+:\\d+.*|.*warnings?\\.warn\\(.*"
                            + "|failed to compile\\.?|error:? ?$|.*% total.*|\\[\\w+\\] (?:\\$ .*|error task failed))$");

    private static final List<Sign> SIGNS =
            List.of(
                    // Python: the exception is the last unindented line of the traceback.
                    new Sign(
                            Take.LAST,
                            "^(?:E\\s+)?([A-Za-z_][\\w.]{0,80}(?:Error|Exception|Interrupt|Exit|Warning|DoesNotExist|NotFound|Timeout)(?:: .+|$))"),
                    new Sign(
                            Take.FIRST,
                            "^(?:thread '.*' panicked at .+|panic: .+|fatal error: .+)"),
                    new Sign(Take.FIRST, "^(?:error(?:\\[E\\d+\\])?: .+)"),
                    // Compilers: file, line, column, error.
                    new Sign(
                            Take.FIRST,
                            "^\\S.{0,200}(?::\\d+:\\d+|\\(\\d+,\\d+\\)|:\\d+|:\\[\\d+,\\d+\\]):? (?:fatal )?error\\b.+"),
                    new Sign(
                            Take.FIRST, "^\\[ERROR\\] \\S+\\.(?:java|kt|scala):\\[\\d+,\\d+\\] .+"),
                    new Sign(Take.FIRST, "^\\S+\\.(?:go|rs|c|cc|cpp|swift|zig):\\d+:\\d+: .+"),
                    new Sign(Take.LAST, "^Caused by: .+"),
                    new Sign(
                            Take.FIRST,
                            "^(?:Exception in thread .+|\\[?[A-Z]\\w{0,60}(?:Error|Exception)(?:: .+))"),
                    new Sign(Take.FIRST, "^(?i:fatal): .+"),
                    new Sign(
                            Take.FIRST,
                            "(?i)^(?:npm err!|npm error) .*(?:error|missing|not found|cannot|could not|conflict|invalid|unable).*"),
                    new Sign(Take.FIRST, "(?i)^.{0,80}\\b(?:error|err)\\b:? .*\\w.*"),
                    new Sign(Take.FIRST, "(?i)^(?:npm err!|npm error) .+"),
                    new Sign(Take.FIRST, "^CONFLICT .+"),
                    new Sign(
                            Take.FIRST,
                            "(?i).*(?:command not found|no module named|no such file|permission denied|not permitted|connection refused"
                                    + "|address already in use|cannot find|could not|cannot|can't|unable to|does not exist|not found"
                                    + "|no matches found|timed out|denied|undefined|unknown|unrecognized|invalid|missing|unexpected|refused|out of memory|killed).*"),
                    new Sign(Take.FIRST, "^(?:FAILED|FAIL|ERROR)\\b.+"),
                    new Sign(Take.FIRST, "(?i).*\\b(?:failed|failure|fails)\\b.*"));

    /// Lines that are a failure wherever they stand, for outputs of commands that ended well or
    /// whose exit code a pipe swallowed.
    private static final Pattern CERTAIN =
            Pattern.compile(
                    "^(?:Traceback \\(most recent call last\\):.*|thread '.*' panicked at .*|panic: .+|fatal: .+|npm (?:ERR!|error) .+"
                            + "|error(?:\\[E\\d+\\])?: .+|\\S.{0,200}(?:\\(\\d+,\\d+\\)|:\\d+:\\d+): error .+|BUILD FAIL(?:URE|ED).*|\\[ERROR\\] .+|\\[INFO\\] BUILD FAILURE"
                            + "|FAILURE: Build failed.*|.{0,60}: command not found|make: \\*\\*\\* .+|✖ \\d+ problems? \\([1-9].*|\\[\\w+\\] ERROR task failed)$");

    private static final Pattern PLACE = Pattern.compile("^(?:/[\\w.+-]+)+/(?=[\\w.-]+[:(])");
    private static final Pattern INTERPRETER =
            Pattern.compile(
                    "^(?:/[\\w./+-]*/)?(?:python[\\d.]*|node|ruby|perl|bash|sh|zsh|\\(eval\\)|-bash)(?::\\d+)?: (?:line \\d+: |\\d+: )?");

    private ErrorLine() {}

    /// The cause as one line, or an empty text when nothing was printed.
    static String find(String output) {
        List<String> lines = meaningful(output);
        for (Sign sign : SIGNS) {
            String hit = "";
            for (String line : lines) {
                Matcher matcher = sign.pattern().matcher(line);
                if (!matcher.find()) {
                    continue;
                }
                hit =
                        matcher.groupCount() > 0 && matcher.group(1) != null
                                ? matcher.group(1)
                                : line;
                if (sign.take() == Take.FIRST) {
                    hit = continued(hit, lines, lines.indexOf(line));
                    break;
                }
            }
            if (!hit.isEmpty()) {
                return essence(hit);
            }
        }
        return lines.isEmpty() ? "" : essence(lines.getLast());
    }

    /// Whether an output shows a failure although its command was not reported as failed.
    static boolean isCertain(String output) {
        return Bounds.lines(output).stream().anyMatch(line -> CERTAIN.matcher(line).matches());
    }

    private static List<String> meaningful(String output) {
        var lines = new ArrayList<String>();
        for (String line : Bounds.lines(output)) {
            String clean = line.stripTrailing();
            if (!clean.isBlank() && !NOISE.matcher(clean).matches()) {
                lines.add(clean.startsWith(" ") || clean.startsWith("\t") ? clean : clean.strip());
            }
        }
        return lines;
    }

    /// Rust says where in the first line and what in the second.
    private static String continued(String hit, List<String> lines, int index) {
        boolean panics =
                hit.startsWith("thread '") && hit.endsWith(":") && index + 1 < lines.size();
        return panics ? "panic: " + lines.get(index + 1).strip() : hit;
    }

    private static String essence(String line) {
        String text = Bounds.oneLine(line);
        text = INTERPRETER.matcher(text).replaceFirst("");
        text =
                text.replaceFirst(
                        "^(?:\\[ERROR\\]|npm ERR!|npm error|ERROR:|error:|Error:)\\s+", "");
        text = PLACE.matcher(text).replaceFirst("");
        text = text.replaceFirst("^\\[(.+)\\]$", "$1");
        return text.strip();
    }
}
