package dev.mneme.extract;

import dev.mneme.extract.Definitions.Definition;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Where in a file an edit lies: the definitions, sections and keys around it.
final class EditPlace {

    private static final Pattern SECTION_KEY =
            Pattern.compile("^\\s*\"?([\\w.@/-]{1,60})\"?\\s*:\\s*[\\[{|>]?\\s*$");

    private EditPlace() {}

    static String of(String file, Diff diff) {
        List<String> places = names(diff, file);
        return places.isEmpty()
                ? " in " + file
                : " in " + Wording.listed(places, EditRule.NAMES_MAX) + " (" + file + ")";
    }

    /// The names of what encloses the changes: the last definition, section or key before each
    /// that is indented less.
    static List<String> names(Diff diff, String file) {
        var names = new LinkedHashSet<String>();
        for (List<String> hunk : diff.hunks()) {
            String name = "";
            int depth = Integer.MAX_VALUE;
            for (String line : hunk) {
                if (line.length() < 2 || line.substring(1).isBlank()) {
                    continue;
                }
                String code = line.substring(1);
                int indent = indent(code);
                Optional<String> opened = opened(code, file);
                if (opened.isPresent()) {
                    if (line.charAt(0) != '+' || name.isEmpty()) {
                        name = opened.get();
                        depth = indent;
                    }
                    if (line.charAt(0) == ' ') {
                        continue;
                    }
                }
                boolean changed = line.charAt(0) == '-' || line.charAt(0) == '+';
                boolean within = Definitions.isProse(file) || indent > depth || opened.isPresent();
                if (changed && !name.isEmpty() && within) {
                    names.add('`' + name + '`');
                }
                if (!changed && indent <= depth && code.strip().matches("[})\\]]+;?|end")) {
                    name = "";
                    depth = Integer.MAX_VALUE;
                }
            }
        }
        return List.copyOf(names);
    }

    private static Optional<String> opened(String code, String file) {
        Optional<Definition> definition = Definitions.in(code, file);
        if (definition.isPresent()) {
            return Optional.of(definition.get().name());
        }
        String extension = Definitions.extension(file);
        if (extension.matches("ya?ml|json|jsonc")) {
            Matcher key = SECTION_KEY.matcher(code);
            return key.find() ? Optional.of(key.group(1)) : Optional.empty();
        }
        return Optional.empty();
    }

    /// The definitions that changed comments stand before.
    static List<String> documented(Diff diff, String file) {
        var names = new LinkedHashSet<String>();
        for (List<String> hunk : diff.hunks()) {
            boolean pending = false;
            for (String line : hunk) {
                if (line.startsWith("+") || line.startsWith("-")) {
                    pending |= !line.substring(1).isBlank();
                } else if (pending && line.length() > 1) {
                    Optional<Definition> definition = Definitions.in(line.substring(1), file);
                    definition.ifPresent(found -> names.add('`' + found.name() + '`'));
                    pending =
                            !line.isBlank()
                                    && definition.isEmpty()
                                    && !Definitions.comment(line.substring(1), file).isEmpty();
                }
            }
        }
        return List.copyOf(names);
    }

    private static int indent(String code) {
        int indent = 0;
        while (indent < code.length() && Character.isWhitespace(code.charAt(indent))) {
            indent++;
        }
        return indent;
    }
}
