package dev.mneme.extract;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Recognizes what a line of code defines, by the look of the line.
///
/// No parser: a hunk is a few lines without their file, in any of forty languages. A line that is
/// missed costs a weaker title, a line that is wrongly taken costs a wrong one; so the patterns are
/// strict.
final class Definitions {

    /// One definition, as in `function parse_date`.
    record Definition(String kind, String name) {

        String words() {
            return kind.isEmpty() ? '`' + name + '`' : kind + " `" + name + '`';
        }

        boolean isTest() {
            return name.startsWith("test_")
                    || name.matches("Test[A-Z_]\\w*|test[A-Z]\\w*|Benchmark[A-Z]\\w*");
        }
    }

    private record Shape(String kind, Pattern pattern) {
        Shape(String kind, String regex) {
            this(kind, Pattern.compile(regex));
        }
    }

    private static final String NAME = "([A-Za-z_$][\\w$]{0,80})";
    private static final String VISIBILITY =
            "(?:(?:public|private|protected|internal|static|final|abstract|sealed|open|override"
                    + "|async|export|default|declare|virtual|partial|readonly|synchronized|suspend"
                    + "|inline|data|unsafe|extern|const|pub(?:\\([a-z]{1,10}\\))?) ){0,6}";

    private static final List<Shape> PYTHON =
            List.of(
                    new Shape("class", "^class " + NAME),
                    new Shape("function", "^(?:async )?def " + NAME));

    private static final List<Shape> SCRIPT =
            List.of(
                    new Shape("class", "^" + VISIBILITY + "class " + NAME),
                    new Shape("interface", "^" + VISIBILITY + "interface " + NAME),
                    new Shape("enum", "^" + VISIBILITY + "enum " + NAME),
                    new Shape("type", "^" + VISIBILITY + "type " + NAME + "(?:<[^=]{1,80}>)? ="),
                    new Shape("function", "^" + VISIBILITY + "function ?\\*? ?" + NAME),
                    new Shape(
                            "function",
                            "^(?:export )?(?:const|let|var) "
                                    + NAME
                                    + "(?: ?:[^=]{1,80})? = (?:async )?(?:function|\\([^)]{0,120}\\)"
                                    + "(?: ?:[^=]{1,60})? =>|\\w{1,40} =>)"),
                    new Shape("constant", "^export const " + NAME));

    private static final List<Shape> GO =
            List.of(
                    new Shape("function", "^func (?:\\([^)]{1,80}\\) )?" + NAME),
                    new Shape("type", "^type " + NAME + " "),
                    new Shape("variable", "^var " + NAME + " = &"));

    private static final List<Shape> RUST =
            List.of(
                    new Shape("function", "^" + VISIBILITY + "fn " + NAME),
                    new Shape("struct", "^" + VISIBILITY + "struct " + NAME),
                    new Shape("enum", "^" + VISIBILITY + "enum " + NAME),
                    new Shape("trait", "^" + VISIBILITY + "trait " + NAME),
                    new Shape("module", "^" + VISIBILITY + "mod " + NAME),
                    new Shape("macro", "^macro_rules! " + NAME));

    private static final List<Shape> JVM =
            List.of(
                    new Shape("class", "^" + VISIBILITY + "(?:case )?class " + NAME),
                    new Shape("interface", "^" + VISIBILITY + "@?interface " + NAME),
                    new Shape("record", "^" + VISIBILITY + "record " + NAME),
                    new Shape("enum", "^" + VISIBILITY + "enum (?:class )?" + NAME),
                    new Shape("struct", "^" + VISIBILITY + "struct " + NAME),
                    new Shape("trait", "^" + VISIBILITY + "trait " + NAME),
                    new Shape("protocol", "^" + VISIBILITY + "protocol " + NAME),
                    new Shape("object", "^" + VISIBILITY + "object " + NAME),
                    new Shape(
                            "function",
                            "^" + VISIBILITY + "(?:fun|func|def) (?:<.{1,40}> )?" + NAME),
                    new Shape(
                            "method",
                            "^(?!return |new |throw |else |await |yield |case )"
                                    + VISIBILITY
                                    + "(?:<.{1,40}> )?[\\w$.<>\\[\\]?,]{1,80} "
                                    + NAME
                                    + "\\([^;]{0,200}\\)?[^;=]{0,60}\\{?$"));

    private static final List<Shape> C =
            List.of(
                    new Shape("class", "^(?:template ?<.{1,60}> ?)?class " + NAME + "[^;]{0,80}$"),
                    new Shape("struct", "^(?:typedef )?struct " + NAME + "[^;]{0,40}$"),
                    new Shape("enum", "^(?:typedef )?enum (?:class )?" + NAME + "[^;]{0,40}$"),
                    new Shape("namespace", "^namespace " + NAME),
                    new Shape("macro", "^# ?define " + NAME),
                    new Shape(
                            "function",
                            "^(?!return |else |new |delete |case |throw )(?:[\\w:<>&*]{1,60} ){1,5}"
                                    + "[*&]{0,2}([\\w:~]{1,80})\\([^;]{0,200}$"));

    private static final List<Shape> RUBY =
            List.of(
                    new Shape("class", "^class ([A-Z][\\w:]{0,80})"),
                    new Shape("module", "^module ([A-Z][\\w:]{0,80})"),
                    new Shape("method", "^def ((?:self\\.)?\\w{1,80}[?!=]?)"));

    private static final List<Shape> PHP =
            List.of(
                    new Shape("class", "^" + VISIBILITY + "class " + NAME),
                    new Shape("interface", "^interface " + NAME),
                    new Shape("trait", "^trait " + NAME),
                    new Shape("function", "^" + VISIBILITY + "function &?" + NAME));

    private static final List<Shape> SHELL =
            List.of(
                    new Shape("function", "^function ([\\w:-]{1,80})"),
                    new Shape("function", "^([\\w:-]{1,80}) ?\\(\\) ?\\{?"));

    private static final List<Shape> SQL =
            List.of(
                    new Shape(
                            "table",
                            "(?i)^create (?:unlogged |temp(?:orary)? )?table (?:if not exists )?\"?([\\w.]{1,80})"),
                    new Shape(
                            "view",
                            "(?i)^create (?:or replace )?(?:materialized )?view (?:if not exists )?\"?([\\w.]{1,80})"),
                    new Shape(
                            "index",
                            "(?i)^create (?:unique )?index (?:concurrently )?(?:if not exists )?\"?([\\w.]{1,80})"),
                    new Shape(
                            "function",
                            "(?i)^create (?:or replace )?(?:function|procedure) \"?([\\w.]{1,80})"),
                    new Shape("trigger", "(?i)^create (?:or replace )?trigger \"?([\\w.]{1,80})"),
                    new Shape("type", "(?i)^create type \"?([\\w.]{1,80})"));

    private static final List<Shape> HEADINGS =
            List.of(new Shape("section", "^#{1,4} (\\S.{0,80}?)[# ]*$"));

    private static final List<Shape> TABLES =
            List.of(new Shape("section", "^\\[{1,2}([\\w.\" -]{1,80})\\]{1,2}$"));

    private static final List<Shape> STYLES =
            List.of(new Shape("rule", "^([.#@:]?[\\w.#:-][^{};]{0,80}?) ?\\{"));

    private static final Set<String> NOT_NAMES =
            Set.of(
                    "if",
                    "for",
                    "while",
                    "switch",
                    "catch",
                    "return",
                    "else",
                    "try",
                    "synchronized",
                    "do",
                    "new",
                    "with",
                    "when",
                    "using",
                    "lock",
                    "foreach",
                    "elif",
                    "until",
                    "super",
                    "this",
                    "assert",
                    "await",
                    "throw",
                    "function",
                    "sizeof");

    private Definitions() {}

    static Optional<Definition> in(String line, String file) {
        String code = line.strip();
        if (code.isEmpty() || code.length() > 400) {
            return Optional.empty();
        }
        for (Shape shape : shapes(file)) {
            Matcher matcher = shape.pattern().matcher(code);
            if (matcher.find() && !NOT_NAMES.contains(matcher.group(1))) {
                return Optional.of(new Definition(shape.kind(), matcher.group(1)));
            }
        }
        return Optional.empty();
    }

    static List<Definition> inAll(List<String> lines, String file) {
        var found = new ArrayList<Definition>();
        for (String line : lines) {
            in(line, file).filter(definition -> !found.contains(definition)).ifPresent(found::add);
        }
        return found;
    }

    static boolean isImport(String line, String file) {
        String code = line.strip();
        return switch (extension(file)) {
            case "py", "pyi" -> code.matches("import [\\w., ]+|from [\\w.]+ import .+");
            case "js", "jsx", "ts", "tsx", "mjs", "cjs", "vue", "svelte" ->
                    code.matches("import .+|(?:const|let|var) .{1,120} = require\\(.+");
            case "java", "kt", "kts", "scala", "swift", "groovy", "dart", "hs" ->
                    code.matches("import .+");
            case "go" -> code.matches("import .+|(?:[\\w.]+ )?\"[\\w./-]+\"");
            case "rs" -> code.matches("(?:pub )?use .+;");
            case "c", "cc", "cpp", "h", "hpp" -> code.startsWith("#include");
            case "cs" -> code.matches("using [\\w. =]+;");
            case "rb" -> code.matches("require(?:_relative)? .+");
            case "php" -> code.matches("use [\\w\\\\ ,{}]+;");
            default -> false;
        };
    }

    /// The comment in a line that is nothing else, without its marks; empty for any other line.
    static String comment(String line, String file) {
        String code = line.strip();
        if (isProse(file)) {
            return "";
        }
        String mark =
                switch (extension(file)) {
                    case "py",
                            "pyi",
                            "rb",
                            "sh",
                            "bash",
                            "zsh",
                            "ps1",
                            "yml",
                            "yaml",
                            "toml",
                            "tf",
                            "r",
                            "pl",
                            "ex",
                            "exs",
                            "cfg",
                            "conf",
                            "ini",
                            "mk",
                            "nix",
                            "gitignore" ->
                            "#";
                    case "" -> "#";
                    case "sql", "lua", "hs", "elm" -> "--";
                    case "html", "xml", "vue", "svelte" -> "<!--";
                    case "json" -> "\u0000";
                    default -> "//";
                };
        boolean block =
                mark.equals("//") && (code.startsWith("/*") || code.matches("\\*(?: .*|/)?"));
        if (!code.startsWith(mark) && !block) {
            return "";
        }
        if (mark.equals("#") && code.startsWith("#!")) {
            return "";
        }
        String inner = code.replaceFirst("^(?:/\\*+|\\*+/?|/{2,}!?|#+|--+|<!--)\\s?", "");
        return inner.replaceFirst("\\s*(?:\\*+/|-->)$", "").strip().isEmpty()
                ? " "
                : inner.replaceFirst("\\s*(?:\\*+/|-->)$", "").strip();
    }

    /// The comment in each line, as `comment` gives it, block comments over several lines included.
    static List<String> comments(List<String> lines, String file) {
        var comments = new ArrayList<String>();
        boolean within = false;
        for (String line : lines) {
            String code = line.strip();
            String comment = comment(line, file);
            if (within && comment.isEmpty()) {
                comment = code.isEmpty() ? " " : code;
            }
            boolean opens = code.startsWith("/*") || code.startsWith("<!--");
            within =
                    (within || (opens && !comment.isEmpty()))
                            && !code.endsWith("*/")
                            && !code.endsWith("-->");
            comments.add(comment);
        }
        return comments;
    }

    static boolean isProse(String file) {
        return switch (extension(file)) {
            case "md", "mdx", "markdown", "txt", "rst", "adoc", "org", "tex" -> true;
            default -> false;
        };
    }

    /// Whether it is in a language that defines things; settings and styles are none.
    static boolean isCode(String file) {
        List<Shape> shapes = shapes(file);
        return !shapes.isEmpty() && !List.of(HEADINGS, TABLES, STYLES).contains(shapes);
    }

    /// Whether it tells tools what to do and holds no part of the product: settings, versions,
    /// builds, licences.
    static boolean isSetting(String file) {
        String name = file.substring(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
        return name.startsWith(".")
                || switch (extension(file)) {
                    case "",
                            "json",
                            "jsonc",
                            "yaml",
                            "yml",
                            "toml",
                            "ini",
                            "cfg",
                            "conf",
                            "properties",
                            "env",
                            "mod",
                            "lock" ->
                            true;
                    default -> false;
                };
    }

    static boolean isTestFile(String file) {
        return file.toLowerCase(Locale.ROOT)
                .matches(
                        "(?s)(?:.*/)?(?:[\\w.-]{0,40}[_-])?(?:tests?|spec|specs|__tests__)/.*|.*(?:[._-](?:test|spec|tests)\\.[a-z]{1,5}"
                                + "|(?:^|/)test_[^/]*\\.py|tests?\\.(?:java|kt|cs|php|swift))");
    }

    static String extension(String file) {
        String name = file.substring(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
        int dot = name.lastIndexOf('.');
        return dot < 0 ? "" : name.substring(dot + 1).toLowerCase(Locale.ROOT);
    }

    private static List<Shape> shapes(String file) {
        return switch (extension(file)) {
            case "py", "pyi" -> PYTHON;
            case "js", "jsx", "ts", "tsx", "mjs", "cjs", "vue", "svelte" -> SCRIPT;
            case "go" -> GO;
            case "rs" -> RUST;
            case "java", "kt", "kts", "scala", "swift", "cs", "groovy", "dart" -> JVM;
            case "c", "cc", "cpp", "cxx", "h", "hpp" -> C;
            case "rb" -> RUBY;
            case "php" -> PHP;
            case "sh", "bash", "zsh", "ps1", "psm1" -> SHELL;
            case "sql" -> SQL;
            case "md", "mdx", "markdown" -> HEADINGS;
            case "toml", "ini", "cfg" -> TABLES;
            case "css", "scss", "less" -> STYLES;
            default -> List.of();
        };
    }
}
