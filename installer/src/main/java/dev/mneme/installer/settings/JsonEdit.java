package dev.mneme.installer.settings;

import dev.mneme.installer.settings.JsonText.ArrayValue;
import dev.mneme.installer.settings.JsonText.Member;
import dev.mneme.installer.settings.JsonText.ObjectValue;
import dev.mneme.installer.settings.JsonText.Value;

import java.util.List;
import java.util.Optional;

/// Changes single members and elements of a JSON text and leaves every other character alone.
///
/// Each change splices the text and reads it anew: a few milliseconds on files of megabytes, and
/// no positions to keep in step. Adding a member and removing it again gives the same text, also
/// where comments and commas before a closing bracket stand around it.
final class JsonEdit {

    private final JsonOut manner;
    private final boolean comments;
    private String text;
    private ObjectValue root;

    JsonEdit(String text) throws JsonSyntax {
        this(text, false);
    }

    /// @param comments whether the program that reads the file minds them
    JsonEdit(String text, boolean comments) throws JsonSyntax {
        this.text = text;
        this.comments = comments;
        this.root = rootOf(text, comments);
        this.manner = JsonOut.mannerOf(text, root);
    }

    private static ObjectValue rootOf(String text, boolean comments) throws JsonSyntax {
        Value value = JsonText.parse(text, comments);
        if (value instanceof ObjectValue object) {
            return object;
        }
        throw new JsonSyntax(text, value.start(), "expected an object (`{`) at the top");
    }

    String text() {
        return text;
    }

    /// The value at a path of member names and element numbers.
    Optional<Value> at(Object... path) {
        Value value = root;
        for (Object step : path) {
            Optional<Value> next =
                    switch (value) {
                        case ObjectValue object when step instanceof String name ->
                                object.member(name).map(Member::value);
                        case ArrayValue array when step instanceof Integer index ->
                                Optional.of(array.elements().get(index));
                        default -> Optional.empty();
                    };
            if (next.isEmpty()) {
                return Optional.empty();
            }
            value = next.get();
        }
        return Optional.of(value);
    }

    /// The value at the path where it is an object (`ObjectValue.class`) or an array.
    <T extends Value> Optional<T> at(Class<T> type, Object... path) {
        return at(path).filter(type::isInstance).map(type::cast);
    }

    /// Adds a member at the end of the object at the path, or replaces its value.
    void put(String name, Object value, Object... path) throws JsonSyntax {
        ObjectValue object = at(ObjectValue.class, path).orElseThrow();
        int depth = path.length + 1;
        Optional<Member> present = object.member(name);
        if (present.isPresent()) {
            Value old = present.get().value();
            splice(old.start(), old.end(), manner.render(value, depth));
            return;
        }
        String member = JsonOut.quote(name) + manner.colon() + manner.render(value, depth);
        List<Member> members = object.members();
        insert(object, members.isEmpty() ? -1 : members.getLast().end(), member, depth);
    }

    /// Adds an element at the end of the array at the path.
    void append(Object value, Object... path) throws JsonSyntax {
        ArrayValue array = at(ArrayValue.class, path).orElseThrow();
        int depth = path.length + 1;
        List<Value> elements = array.elements();
        insert(
                array,
                elements.isEmpty() ? -1 : elements.getLast().end(),
                manner.render(value, depth),
                depth);
    }

    private void insert(Value container, int lastEnd, String what, int depth) throws JsonSyntax {
        String line = manner.lineBreak(depth) + what;
        int innerEnd = container.end() - 1;
        if (lastEnd < 0) {
            int blank = startOfBlankBefore(innerEnd);
            if (blank > container.start() + 1) {
                // A comment is all there is; it stays in front.
                splice(blank, blank, line);
            } else {
                splice(container.start() + 1, innerEnd, line + manner.lineBreak(depth - 1));
            }
            return;
        }
        int comma = comments ? JsonText.afterBlanks(text, lastEnd) : lastEnd;
        boolean commaThere = comments && text.charAt(comma) == ',';
        int lineEnd = endOfLineComment(commaThere ? comma + 1 : lastEnd);
        if (commaThere) {
            splice(lineEnd, lineEnd, line + ",");
        } else {
            splice(lastEnd, lineEnd, "," + text.substring(lastEnd, lineEnd) + line);
        }
    }

    /// Behind the comment that stands on the same line, because it speaks of what is before it;
    /// `from` where there is none.
    private int endOfLineComment(int from) {
        int at = from;
        while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
            at++;
        }
        if (!comments || !text.startsWith("//", at)) {
            return from;
        }
        int end = text.indexOf('\n', at);
        return end < 0 ? from : end > 0 && text.charAt(end - 1) == '\r' ? end - 1 : end;
    }

    private int startOfBlankBefore(int end) {
        int at = end;
        while (at > 0 && " \t\r\n".indexOf(text.charAt(at - 1)) >= 0) {
            at--;
        }
        return at;
    }

    void removeMember(String name, Object... path) throws JsonSyntax {
        ObjectValue object = at(ObjectValue.class, path).orElseThrow();
        List<Member> members = object.members();
        Member member = object.member(name).orElseThrow();
        int index = members.indexOf(member);
        remove(
                object,
                index == 0 ? -1 : members.get(index - 1).end(),
                member.start(),
                member.end(),
                index + 1 < members.size() ? members.get(index + 1).start() : -1);
    }

    void removeElement(int index, Object... path) throws JsonSyntax {
        ArrayValue array = at(ArrayValue.class, path).orElseThrow();
        List<Value> elements = array.elements();
        Value element = elements.get(index);
        remove(
                array,
                index == 0 ? -1 : elements.get(index - 1).end(),
                element.start(),
                element.end(),
                index + 1 < elements.size() ? elements.get(index + 1).start() : -1);
    }

    /// Takes one of the two commas around it along: the one before, else the one after.
    private void remove(Value container, int previousEnd, int start, int end, int nextStart)
            throws JsonSyntax {
        int comma = comments ? JsonText.afterBlanks(text, end) : end;
        boolean commaBehind = comments && text.charAt(comma) == ',';
        if (commaBehind && (previousEnd >= 0 || nextStart < 0)) {
            splice(startOfBlankBefore(start), comma + 1, "");
        } else if (comments && hasComment(previousEnd, container, start)) {
            int before = previousEnd < 0 ? -1 : JsonText.afterBlanks(text, previousEnd);
            String kept =
                    before < 0
                            ? ""
                            : text.substring(previousEnd, before)
                                    + text.substring(before + 1, startOfBlankBefore(start));
            splice(before < 0 ? startOfBlankBefore(start) : previousEnd, end, kept);
        } else if (previousEnd >= 0) {
            splice(previousEnd, end, "");
        } else if (nextStart >= 0) {
            splice(start, nextStart, "");
        } else {
            splice(container.start() + 1, container.end() - 1, "");
        }
    }

    private boolean hasComment(int previousEnd, Value container, int start) {
        int from = previousEnd < 0 ? container.start() + 1 : previousEnd;
        return text.substring(from, start).indexOf('/') >= 0;
    }

    private void splice(int start, int end, String replacement) throws JsonSyntax {
        text = text.substring(0, start) + replacement + text.substring(end);
        root = rootOf(text, comments);
    }
}
