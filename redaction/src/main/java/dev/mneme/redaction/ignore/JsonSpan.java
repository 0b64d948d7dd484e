package dev.mneme.redaction.ignore;

import dev.mneme.redaction.JsonStrings;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// A value of a JSON document as the place where it stands: nothing is copied until it is asked
/// for, and what is not changed keeps its bytes.
final class JsonSpan {

    /// Deeper documents are not understood; the daemon cuts them there as well.
    private static final int DEPTH_MAX = 100;

    /// More values than this in one event are not looked at.
    static final int VALUES_MAX = 200_000;

    enum Kind {
        OBJECT,
        ARRAY,
        TEXT,
        OTHER
    }

    private final String json;
    final Kind kind;
    final int start;
    private int end;
    private final List<String> names = new ArrayList<>(0);
    private final List<JsonSpan> items = new ArrayList<>(0);

    private JsonSpan(String json, Kind kind, int start) {
        this.json = json;
        this.kind = kind;
        this.start = start;
    }

    int end() {
        return end;
    }

    /// Of an object's fields or an array's elements.
    List<JsonSpan> items() {
        return items;
    }

    String name(int index) {
        return names.get(index);
    }

    String source() {
        return json.substring(start, end);
    }

    @Nullable JsonSpan fieldOrNull(String name) {
        for (int i = 0; i < names.size(); i++) {
            if (names.get(i).equals(name)) {
                return items.get(i);
            }
        }
        return null;
    }

    @Nullable String textOrNull(String name) {
        JsonSpan field = fieldOrNull(name);
        return field == null || field.kind != Kind.TEXT ? null : field.text();
    }

    String text() {
        return JsonStrings.decode(json, start + 1, end - 1);
    }

    /// Null where the document is none, is too deep or too large, or has a name twice in an object:
    /// readers differ in which of the two they take.
    static @Nullable JsonSpan parseOrNull(String json) {
        Reader reader = new Reader(json);
        JsonSpan value = reader.value(0);
        reader.skipBlanks();
        return value != null && reader.position == json.length() ? value : null;
    }

    private static final class Reader {

        private final String json;
        private int position;
        private int values;

        Reader(String json) {
            this.json = json;
        }

        @Nullable JsonSpan value(int depth) {
            skipBlanks();
            values++;
            if (position >= json.length() || depth > DEPTH_MAX || values > VALUES_MAX) {
                return null;
            }
            return switch (json.charAt(position)) {
                case '{' -> object(depth);
                case '[' -> array(depth);
                case '"' -> text();
                default -> other();
            };
        }

        private @Nullable JsonSpan object(int depth) {
            JsonSpan object = new JsonSpan(json, Kind.OBJECT, position);
            Set<String> known = new HashSet<>(4);
            position++;
            skipBlanks();
            if (take('}')) {
                return ended(object);
            }
            while (true) {
                skipBlanks();
                JsonSpan name = position < json.length() ? text() : null;
                skipBlanks();
                if (name == null || !take(':') || !known.add(name.text())) {
                    return null;
                }
                JsonSpan value = value(depth + 1);
                if (value == null) {
                    return null;
                }
                object.names.add(name.text());
                object.items.add(value);
                skipBlanks();
                if (take('}')) {
                    return ended(object);
                }
                if (!take(',')) {
                    return null;
                }
            }
        }

        private @Nullable JsonSpan array(int depth) {
            JsonSpan array = new JsonSpan(json, Kind.ARRAY, position);
            position++;
            skipBlanks();
            if (take(']')) {
                return ended(array);
            }
            while (true) {
                JsonSpan value = value(depth + 1);
                if (value == null) {
                    return null;
                }
                array.items.add(value);
                skipBlanks();
                if (take(']')) {
                    return ended(array);
                }
                if (!take(',')) {
                    return null;
                }
            }
        }

        private @Nullable JsonSpan text() {
            if (json.charAt(position) != '"') {
                return null;
            }
            JsonSpan text = new JsonSpan(json, Kind.TEXT, position);
            int i = position + 1;
            while (i < json.length()) {
                char c = json.charAt(i);
                if (c == '"') {
                    position = i + 1;
                    return ended(text);
                }
                if (c == '\\') {
                    if (i + 1 >= json.length()) {
                        return null;
                    }
                    char kind = json.charAt(i + 1);
                    if (kind == 'u' ? !JsonStrings.isHex(json, i + 2) : !isSimple(kind)) {
                        return null;
                    }
                    i += kind == 'u' ? 6 : 2;
                } else {
                    i++;
                }
            }
            return null;
        }

        private static boolean isSimple(char kind) {
            return JsonStrings.isSimple(kind);
        }

        /// Numbers and words; what exactly they are does not matter here.
        private @Nullable JsonSpan other() {
            JsonSpan other = new JsonSpan(json, Kind.OTHER, position);
            while (position < json.length() && isOfScalar(json.charAt(position))) {
                position++;
            }
            return position == other.start ? null : ended(other);
        }

        private static boolean isOfScalar(char c) {
            return (c >= '0' && c <= '9')
                    || (c >= 'a' && c <= 'z')
                    || c == 'E'
                    || c == '.'
                    || c == '+'
                    || c == '-';
        }

        private JsonSpan ended(JsonSpan span) {
            span.end = position;
            return span;
        }

        private boolean take(char wanted) {
            if (position < json.length() && json.charAt(position) == wanted) {
                position++;
                return true;
            }
            return false;
        }

        private void skipBlanks() {
            while (position < json.length()) {
                char c = json.charAt(position);
                if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
                    return;
                }
                position++;
            }
        }
    }
}
