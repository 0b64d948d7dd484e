package dev.mneme.extract;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// Markdown as prose: what a person would read aloud.
final class Markdown {

    /// A piece of a text, in its order.
    record Block(Kind kind, String text) {}

    enum Kind {
        HEADING,
        BULLET,
        PARAGRAPH
    }

    private static final Pattern BULLET =
            Pattern.compile("^(?:[-*+•]|\\d{1,3}[.)])\\s+(?:\\[[ xX]\\]\\s+)?");
    private static final Pattern HEADING = Pattern.compile("^#{1,6}\\s+");
    private static final Pattern LINK = Pattern.compile("!?\\[([^\\]]{0,200})\\]\\([^)]{0,400}\\)");
    private static final Pattern EMPHASIS =
            Pattern.compile("\\*{1,3}|(?<![\\w`])_{1,2}(?=\\S)|(?<=\\S)_{1,2}(?![\\w`])");
    private static final Pattern TAG = Pattern.compile("</?[a-zA-Z][^<>]{0,100}>");

    private Markdown() {}

    /// One line without marks of lists, headings, links and emphasis; code spans stay.
    static String plain(String line) {
        String text = line.strip();
        text = HEADING.matcher(text).replaceFirst("");
        text = BULLET.matcher(text).replaceFirst("");
        text = text.replaceFirst("^>\\s?", "");
        if (text.startsWith("|")) {
            text = text.replaceAll("^\\|\\s*|\\s*\\|$", "").replaceAll("\\s*\\|\\s*", " – ");
        }
        text = LINK.matcher(text).replaceAll("$1");
        return Bounds.oneLine(EMPHASIS.matcher(text).replaceAll(""));
    }

    /// Headings, bullets and paragraphs; code, tables and rules are left out.
    static List<Block> blocks(String markdown) {
        var blocks = new ArrayList<Block>();
        var paragraph = new StringBuilder();
        boolean code = false;
        for (String raw : Bounds.lines(markdown)) {
            String line = raw.strip();
            if (line.startsWith("```") || line.startsWith("~~~")) {
                code = !code;
                flush(paragraph, blocks);
                continue;
            }
            boolean dropped =
                    code
                            || line.startsWith("|")
                            || line.matches("[-=*_\\s]{3,}")
                            || TAG.matcher(line).matches();
            if (dropped || line.isEmpty()) {
                flush(paragraph, blocks);
            } else if (HEADING.matcher(line).find() || line.matches("\\*\\*[^*]{1,100}\\*\\*:?")) {
                flush(paragraph, blocks);
                add(blocks, Kind.HEADING, line);
            } else if (BULLET.matcher(line).find()) {
                flush(paragraph, blocks);
                add(blocks, Kind.BULLET, line);
            } else {
                paragraph.append(paragraph.isEmpty() ? "" : " ").append(line);
            }
        }
        flush(paragraph, blocks);
        return blocks;
    }

    private static void flush(StringBuilder paragraph, List<Block> blocks) {
        if (!paragraph.isEmpty()) {
            add(blocks, Kind.PARAGRAPH, paragraph.toString());
            paragraph.setLength(0);
        }
    }

    private static void add(List<Block> blocks, Kind kind, String line) {
        String text = plain(line);
        if (!text.isEmpty()) {
            blocks.add(new Block(kind, text));
        }
    }
}
