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
/// no positions to keep in step. Adding a member and removing it again gives the same text.
final class JsonEdit {

    private final JsonOut manner;
    private String text;
    private ObjectValue root;

    JsonEdit(String text) throws JsonSyntax {
        this.text = text;
        this.root = rootOf(text);
        this.manner = JsonOut.mannerOf(text, root);
    }

    private static ObjectValue rootOf(String text) throws JsonSyntax {
        Value value = JsonText.parse(text);
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
        if (lastEnd < 0) {
            splice(
                    container.start() + 1,
                    container.end() - 1,
                    manner.lineBreak(depth) + what + manner.lineBreak(depth - 1));
        } else {
            splice(lastEnd, lastEnd, "," + manner.lineBreak(depth) + what);
        }
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
        if (previousEnd >= 0) {
            splice(previousEnd, end, "");
        } else if (nextStart >= 0) {
            splice(start, nextStart, "");
        } else {
            splice(container.start() + 1, container.end() - 1, "");
        }
    }

    private void splice(int start, int end, String replacement) throws JsonSyntax {
        text = text.substring(0, start) + replacement + text.substring(end);
        root = rootOf(text);
    }
}
