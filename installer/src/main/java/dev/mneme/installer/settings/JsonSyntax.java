package dev.mneme.installer.settings;

/// A text is not the JSON we expected; says where, counted from 1.
final class JsonSyntax extends Exception {

    private static final long serialVersionUID = 1L;

    private final int line;
    private final int column;

    JsonSyntax(String text, int offset, String message) {
        super(message);
        int lines = 1;
        int lineStart = 0;
        for (int index = 0; index < Math.min(offset, text.length()); index++) {
            if (text.charAt(index) == '\n') {
                lines++;
                lineStart = index + 1;
            } else if (index == 0 && text.charAt(0) == '\uFEFF') {
                lineStart = 1;
            }
        }
        this.line = lines;
        this.column = offset - lineStart + 1;
    }

    String position() {
        return "line " + line + ", column " + column;
    }
}
