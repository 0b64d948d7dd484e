package dev.mneme.hook;

import java.nio.charset.StandardCharsets;

/// Decides whether an answer is a lesson and nothing else.
///
/// Before a tool call a hook could allow it, forbid it or change it. Ours does none of that,
/// whoever answers on the daemon's port: what has another shape than this, byte for byte, is not
/// printed.
final class LessonAnswer {

    private static final byte[] BEGIN =
            "{\"hookSpecificOutput\":{\"hookEventName\":\"PreToolUse\",\"additionalContext\":\""
                    .getBytes(StandardCharsets.US_ASCII);

    private static final byte[] END = "\"}}".getBytes(StandardCharsets.US_ASCII);

    private LessonAnswer() {}

    /// @param answer one JSON object
    static boolean isOne(byte[] answer) {
        int textEnd = answer.length - END.length;
        if (textEnd < BEGIN.length || !isAt(answer, 0, BEGIN) || !isAt(answer, textEnd, END)) {
            return false;
        }
        for (int i = BEGIN.length; i < textEnd; i++) {
            if (answer[i] == '\\') {
                i++;
            } else if (answer[i] == '"') {
                return false;
            }
        }
        return true;
    }

    private static boolean isAt(byte[] answer, int from, byte[] wanted) {
        for (int i = 0; i < wanted.length; i++) {
            if (answer[from + i] != wanted[i]) {
                return false;
            }
        }
        return true;
    }
}
