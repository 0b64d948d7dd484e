package dev.mneme.forget;

import dev.mneme.domain.NewObservation;
import dev.mneme.domain.SearchTerms;
import dev.mneme.domain.StoredText;
import dev.mneme.domain.TextTable;
import dev.mneme.protocol.Json;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.PrivateFiles;
import dev.mneme.redaction.ProjectSecrets;
import dev.mneme.redaction.ProjectSecretsCache;
import dev.mneme.redaction.Redactor;
import dev.mneme.store.Database;
import dev.mneme.store.RedactionStore;
import dev.mneme.store.Tx;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Runs today's rules over what is stored already: finds what an older version, or a rule that did
/// not exist then, let through, and redacts it in place.
///
/// One call looks at a bounded slice and says where to go on, so nothing runs for long, nothing is
/// kept between two calls, and a scan that was broken off is resumed or begun anew at will.
public final class StoredSecrets {

    /// Rows read at once.
    private static final int PAGE_ROWS = 100;

    /// One slice ends after this much text, or after so many rows.
    static final int SLICE_ROWS_MAX = 2_000;

    private static final long SLICE_CHARS_MAX = 16L * 1024 * 1024;

    private static final String SPOOL = "spool";
    private static final String CONTENT = "content";
    private static final String TABLE_NAME = "table_name";
    private static final String PAYLOAD = "payload";
    private static final String SEARCH_TERMS = "search_terms";
    private static final String BASE64 = "base64";
    private static final String PRIVATE = "private";

    private static final Pattern MARK =
            Pattern.compile("\\[redacted:([a-z0-9-]+)(?::([a-z0-9]+))?\\]|\\[private\\]");

    private final MnemeHome home;
    private final Redactor redactor;
    private final ProjectSecretsCache projectSecrets = new ProjectSecretsCache();
    private final Database database;
    private final RedactionStore store;
    private final Runnable newWork;

    /// @param newWork called after observations want a new vector
    public StoredSecrets(
            MnemeHome home,
            Redactor redactor,
            Database database,
            RedactionStore store,
            Runnable newWork) {
        this.home = home;
        this.redactor = redactor;
        this.database = database;
        this.store = store;
        this.newWork = newWork;
    }

    /// A secret that lies where it should not: what kind, where, and which by its fingerprint.
    public record Finding(
            String kind, String table, String id, String field, @Nullable String fingerprint) {}

    /// What one slice came to.
    ///
    /// @param rows how many were looked at
    /// @param changed how many were redacted
    /// @param next where to go on; null at the end
    public record Slice(List<Finding> findings, int rows, int changed, @Nullable String next) {}

    /// Looks at the next slice, and redacts it where `apply` says so.
    ///
    /// @param from what the slice before named as `next`; null begins
    public Slice slice(@Nullable String from, boolean apply) {
        var findings = new ArrayList<Finding>();
        int colon = from == null ? -1 : from.indexOf(':');
        String place = from == null ? first() : from.substring(0, Math.max(colon, 0));
        String cursor = from == null ? "" : from.substring(colon + 1);
        if (place.equals(SPOOL)) {
            return spool(cursor, apply);
        }
        TextTable table =
                TextTable.ofTableName(place)
                        .orElseThrow(() -> new IllegalArgumentException("no such place"));
        int rows = 0;
        int changed = 0;
        long chars = 0;
        while (rows < SLICE_ROWS_MAX && chars < SLICE_CHARS_MAX) {
            String behind = cursor;
            List<StoredText> page =
                    database.inTransaction(tx -> store.page(tx, table, behind, PAGE_ROWS));
            for (StoredText row : page) {
                rows++;
                chars += chars(row);
                cursor = row.cursor();
                Map<String, @Nullable String> clean = redacted(table, row);
                if (clean.equals(row.columns())) {
                    continue;
                }
                collect(findings, table, row, clean);
                if (apply && apply(table, row.cursor())) {
                    changed++;
                }
            }
            if (page.size() < PAGE_ROWS) {
                return new Slice(findings, rows, changed, after(table) + ":");
            }
        }
        return new Slice(findings, rows, changed, table.tableName() + ":" + cursor);
    }

    /// Whether a text can be what a slice named as `next`.
    public static boolean isPlace(String next) {
        int colon = next.indexOf(':');
        String place = colon < 0 ? "" : next.substring(0, colon);
        String cursor = next.substring(colon + 1);
        return place.equals(SPOOL)
                || (TextTable.ofTableName(place).isPresent()
                        && (cursor.isEmpty() || cursor.matches("[0-9]{1,18}|[0-9a-f]{64}")));
    }

    private static String first() {
        return TextTable.first().tableName();
    }

    private static String after(TextTable table) {
        return table.next().map(TextTable::tableName).orElse(SPOOL);
    }

    private static long chars(StoredText row) {
        return row.columns().values().stream()
                .filter(Objects::nonNull)
                .mapToLong(String::length)
                .sum();
    }

    /// Reads the row again under its lock: it may have changed since, or be gone.
    private boolean apply(TextTable table, String cursor) {
        boolean changed =
                database.inTransaction(
                        tx ->
                                store.hold(tx, table, cursor)
                                        .map(row -> write(tx, table, row))
                                        .orElse(false));
        if (changed && table == TextTable.OBSERVATIONS) {
            newWork.run();
        }
        return changed;
    }

    private boolean write(Tx tx, TextTable table, StoredText row) {
        Map<String, @Nullable String> clean = redacted(table, row);
        if (clean.equals(row.columns())) {
            return false;
        }
        store.write(tx, table, row, clean);
        return true;
    }

    private Map<String, @Nullable String> redacted(TextTable table, StoredText row) {
        if (table == TextTable.FORGOTTEN) {
            var clean = new LinkedHashMap<String, @Nullable String>(row.columns());
            clean.put(
                    CONTENT,
                    quarantined(
                            String.valueOf(row.columns().get(TABLE_NAME)),
                            String.valueOf(row.columns().get(CONTENT))));
            return clean;
        }
        return redacted(table, row.columns());
    }

    private Map<String, @Nullable String> redacted(
            TextTable table, Map<String, @Nullable String> columns) {
        var clean = new LinkedHashMap<String, @Nullable String>(columns);
        for (TextTable.Column column : table.columns()) {
            String value = columns.get(column.name());
            if (value != null) {
                clean.put(column.name(), redacted(column, value));
            }
        }
        if (table == TextTable.OBSERVATIONS && !clean.equals(columns)) {
            clean.put(SEARCH_TERMS, searchTerms(clean));
        }
        return clean;
    }

    private String redacted(TextTable.Column column, String value) {
        String clean;
        if (column.name().equals(PAYLOAD)) {
            byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
            ProjectSecrets known = projectSecrets.ofEvent(bytes);
            clean = new String(redactor.redactJson(bytes, known), StandardCharsets.UTF_8);
        } else {
            clean = column.json() ? redactor.redactJson(value) : redactor.redact(value);
        }
        return clean.length() <= column.charsMax() || clean.length() <= value.length()
                ? clean
                : clean.substring(0, column.charsMax());
    }

    /// The terms that a search finds it by are those of the text as it is now.
    private static String searchTerms(Map<String, @Nullable String> columns) {
        return SearchTerms.indexText(
                NewObservation.searchText(
                        String.valueOf(columns.get("title")),
                        columns.get("subtitle"),
                        columns.get("narrative"),
                        strings(columns.get("facts")),
                        strings(columns.get("files_modified")),
                        strings(columns.get("files_read"))));
    }

    private static List<String> strings(@Nullable String array) {
        var values = new ArrayList<String>();
        if (array != null) {
            Json.tree(array).forEach(value -> values.add(value.asString("")));
        }
        return values;
    }

    /// A row in quarantine is redacted as its table's own would be.
    private String quarantined(String tableName, String content) {
        if (!(Json.tree(content) instanceof ObjectNode object)) {
            return content;
        }
        if (tableName.equals(SPOOL)) {
            byte[] file = Base64.getDecoder().decode(object.path(BASE64).asString(""));
            byte[] clean = redactedFile(file);
            if (Arrays.equals(file, clean)) {
                return content;
            }
            object.set(BASE64, StringNode.valueOf(Base64.getEncoder().encodeToString(clean)));
            return Json.write(object);
        }
        String name = tableName.equals("mem_sessions.summary") ? "mem_sessions" : tableName;
        Optional<TextTable> table = TextTable.ofTableName(name);
        if (table.isEmpty()) {
            return content;
        }
        var columns = new LinkedHashMap<String, @Nullable String>();
        for (TextTable.Column column : table.get().columns()) {
            JsonNode value = object.get(column.name());
            boolean own =
                    !(column.name().equals("session_id") && value != null && !value.isString());
            if (value != null && !value.isNull() && own) {
                columns.put(
                        column.name(), value.isString() ? value.stringValue() : Json.write(value));
            }
        }
        Map<String, @Nullable String> clean = redacted(table.get(), columns);
        if (clean.equals(columns)) {
            return content;
        }
        clean.forEach(
                (column, text) -> {
                    JsonNode before = object.get(column);
                    if (text != null && before != null) {
                        object.set(
                                column,
                                before instanceof ArrayNode
                                        ? Json.tree(text)
                                        : StringNode.valueOf(text));
                    }
                });
        return Json.write(object);
    }

    private void collect(
            List<Finding> findings,
            TextTable table,
            StoredText row,
            Map<String, @Nullable String> clean) {
        for (TextTable.Column column : table.columns()) {
            String before = row.columns().get(column.name());
            String after = clean.get(column.name());
            if (before != null && after != null && !before.equals(after)) {
                // Terms are made anew from the other columns, so the rules look at the old ones.
                boolean terms = column.name().equals(SEARCH_TERMS);
                collect(
                        findings,
                        table.tableName(),
                        row.id(),
                        column.name(),
                        readable(before),
                        terms ? redactor.redact(before) : readable(after));
            }
        }
    }

    /// What is marked now and was not before.
    private static void collect(
            List<Finding> findings,
            String place,
            String id,
            String field,
            String before,
            String after) {
        var known = new HashMap<String, Integer>();
        Matcher marked = MARK.matcher(before);
        while (marked.find()) {
            known.merge(marked.group(), 1, Integer::sum);
        }
        Matcher marks = MARK.matcher(after);
        while (marks.find()) {
            if (known.merge(marks.group(), -1, Integer::sum) < 0) {
                String kind = marks.group(1);
                findings.add(
                        new Finding(
                                kind == null ? PRIVATE : kind, place, id, field, marks.group(2)));
            }
        }
    }

    /// A file of the spool as text, where it lies in quarantine.
    private static String readable(String content) {
        if (!content.contains("\"" + BASE64 + "\"")) {
            return content;
        }
        try {
            String base64 = Json.tree(content).path(BASE64).asString("");
            return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
        } catch (JacksonException | IllegalArgumentException notThat) {
            return content;
        }
    }

    // ---- the spool

    private Slice spool(String behind, boolean apply) {
        var findings = new ArrayList<Finding>();
        int files = 0;
        int changed = 0;
        try {
            for (Path file : spooled()) {
                String name = home.spool().relativize(file).toString();
                if (name.compareTo(behind) <= 0) {
                    continue;
                }
                if (files == SLICE_ROWS_MAX) {
                    return new Slice(findings, files, changed, SPOOL + ":" + behind);
                }
                files++;
                behind = name;
                changed += inFile(file, name, findings, apply) ? 1 : 0;
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        return new Slice(findings, files, changed, null);
    }

    private List<Path> spooled() throws IOException {
        var all = new ArrayList<Path>(SpoolSearch.files(home.spool(), "*"));
        all.addAll(SpoolSearch.files(home.refused(), "*"));
        all.sort((one, other) -> relative(one).compareTo(relative(other)));
        return all;
    }

    private String relative(Path file) {
        return home.spool().relativize(file).toString();
    }

    private boolean inFile(Path file, String name, List<Finding> findings, boolean apply)
            throws IOException {
        byte[] content;
        try {
            content = Files.readAllBytes(file);
        } catch (NoSuchFileException drainedMeanwhile) {
            return false;
        }
        byte[] clean = redactedFile(content);
        if (Arrays.equals(content, clean)) {
            return false;
        }
        int known = findings.size();
        collect(
                findings,
                SPOOL,
                name,
                PAYLOAD,
                new String(content, StandardCharsets.UTF_8),
                new String(clean, StandardCharsets.UTF_8));
        if (!apply) {
            return false;
        }
        Path draft = file.resolveSibling(".redacting-" + file.getFileName());
        Files.deleteIfExists(draft);
        PrivateFiles.create(draft);
        Files.write(draft, clean, StandardOpenOption.TRUNCATE_EXISTING);
        if (Files.exists(file)) {
            Files.move(
                    draft,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } else {
            Files.deleteIfExists(draft);
        }
        return findings.size() > known;
    }

    /// The first line is ours and holds no content; the rest is the payload.
    private byte[] redactedFile(byte[] file) {
        int begin = 0;
        while (begin < file.length && file[begin] != '\n') {
            begin++;
        }
        begin = Math.min(begin + 1, file.length);
        byte[] payload = Arrays.copyOfRange(file, begin, file.length);
        byte[] clean = redactor.redactJson(payload, projectSecrets.ofEvent(payload));
        if (Arrays.equals(clean, payload)) {
            return file;
        }
        byte[] whole = Arrays.copyOf(file, begin + clean.length);
        System.arraycopy(clean, 0, whole, begin, clean.length);
        return whole;
    }
}
