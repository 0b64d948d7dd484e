package dev.mneme.installer.settings;

import dev.mneme.installer.Failure;
import dev.mneme.installer.PrivateFiles;
import dev.mneme.installer.settings.ChangedFiles.Kind;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Puts our hooks, MCP server and skill into the files of Claude Code, and takes them out again.
public final class ClaudeRegistration {

    /// Where the programs of a hook lie, in its words as JSON.
    private static final Pattern HOME_OF_HOOKS =
            Pattern.compile("\"(?:-Xbootclasspath/a:)?([^\"]+)[/\\\\]app[/\\\\]hooks\\.jar\"");

    /// The line by which we know a skill file of ours.
    private static final String SKILL_MARK = "<!-- installed by Mneme -->";

    private final ClaudeFiles files;
    private final HookSettings hooks;
    private final ServerSettings servers;
    private final ChangedFiles changed;
    private final InstantSource clock;

    public ClaudeRegistration(ClaudeFiles files, Path home, Path app, InstantSource clock) {
        this.files = files;
        this.hooks = new HookSettings(app);
        this.servers = new ServerSettings(app);
        this.changed = new ChangedFiles(home);
        this.clock = clock;
    }

    /// What an edit did to one file.
    public enum Done {
        WRITTEN,
        UNCHANGED,
        /// Somebody else's, or changed by a person: left alone.
        FOREIGN
    }

    /// Throws where `settings.json` or `.claude.json` could not be edited; changes nothing.
    public void check() throws Failure {
        hookFile().read(text -> hooks.register(text, registration -> List.of("command")));
        serverFile().read(text -> servers.register(text, Map.of()));
    }

    /// The hooks as a file would hold them that holds nothing else.
    public String hookText(Function<HookRegistration, List<String>> command) {
        return inEmptyFile(text -> hooks.register(text, command));
    }

    /// The same for the server.
    public String serverText(Map<String, Object> entry) {
        return inEmptyFile(text -> servers.register(text, entry));
    }

    private static String inEmptyFile(SettingsFile.Change change) {
        try {
            return change.apply("{}\n");
        } catch (JsonSyntax impossible) {
            throw new IllegalStateException("an empty object can be parsed", impossible);
        }
    }

    public Done registerHooks(Function<HookRegistration, List<String>> command) throws Failure {
        return edit(
                files.settings(),
                Kind.HOOKS,
                text -> hooks.register(text, command),
                text -> hooks.unregister(text, text));
    }

    public Done registerServer(Map<String, Object> entry) throws Failure {
        return edit(
                files.servers(),
                Kind.SERVERS,
                text -> servers.register(text, entry),
                text -> servers.unregister(text, text));
    }

    public boolean isServerRegistered(Map<String, Object> entry) throws Failure {
        return serverFile().read(text -> servers.isRegistered(text, entry));
    }

    public Optional<List<String>> registeredHook(String event) throws Failure {
        return hookFile().read(text -> hooks.registered(text, event));
    }

    public Optional<ServerSettings.Registered> registeredServer() throws Failure {
        return serverFile().read(servers::registered);
    }

    /// Whether settings that somebody manages for this machine switch hooks like ours off. They are
    /// only read.
    public boolean areHooksManaged() throws Failure {
        var managed = new SettingsFile(files.managed(), clock);
        return managed.exists()
                && managed.read(
                        text -> {
                            var edit = new JsonEdit(text);
                            return isTrue(edit, "disableAllHooks")
                                    || isTrue(edit, "allowManagedHooksOnly");
                        });
    }

    /// What else captures the same sessions, as people call it: another memory's plugin or hooks,
    /// or those of a Mneme in another home. Only known ones are told apart from hooks for other
    /// ends.
    public List<String> othersThatCapture() throws Failure {
        var found = new LinkedHashSet<String>();
        hookFile()
                .read(
                        text -> {
                            new JsonEdit(text)
                                    .at(JsonText.ObjectValue.class, "enabledPlugins")
                                    .ifPresent(
                                            plugins ->
                                                    enabled(plugins, "claude-mem@")
                                                            .forEach(
                                                                    name ->
                                                                            found.add(
                                                                                    "the plugin `"
                                                                                            + name
                                                                                            + "`")));
                            for (String hook : hooks.ofOthers(text)) {
                                whose(hook).ifPresent(found::add);
                            }
                            return found;
                        });
        return List.copyOf(found);
    }

    private static Optional<String> whose(String hook) {
        if (hook.contains("dev.mneme.hook.Main")) {
            Matcher home = HOME_OF_HOOKS.matcher(hook);
            return Optional.of(
                    home.find() ? "a Mneme in `" + home.group(1) + "`" : "a Mneme in another home");
        }
        return Stream.of("agent-memory", "claude-mem")
                .filter(hook::contains)
                .map(name -> "the hooks of " + name)
                .findFirst();
    }

    private static boolean isTrue(JsonEdit edit, String name) {
        return edit.at(name).map(JsonText::compact).filter("true"::equals).isPresent();
    }

    /// Our plugin, by the name under which the user's settings enable it.
    public Optional<String> enabledPlugin() throws Failure {
        return hookFile()
                .read(
                        text ->
                                new JsonEdit(text)
                                        .at(JsonText.ObjectValue.class, "enabledPlugins")
                                        .flatMap(ClaudeRegistration::ours));
    }

    private static Optional<String> ours(JsonText.ObjectValue plugins) {
        return enabled(plugins, ServerSettings.NAME + "@").findFirst();
    }

    private static Stream<String> enabled(JsonText.ObjectValue plugins, String beginning) {
        return plugins.members().stream()
                .filter(plugin -> plugin.name().startsWith(beginning))
                .filter(plugin -> JsonText.compact(plugin.value()).equals("true"))
                .map(JsonText.Member::name);
    }

    /// `disableAllHooks` in the user's settings switches ours off too.
    public boolean areHooksDisabled() throws Failure {
        return hookFile()
                .read(
                        text ->
                                new JsonEdit(text)
                                        .at("disableAllHooks")
                                        .map(JsonText::compact)
                                        .filter("true"::equals)
                                        .isPresent());
    }

    /// Installs the skill; a skill of that name that is not ours, or was changed, stays.
    public Done installSkill() throws Failure {
        return installSkill(files.skillFile());
    }

    private Done installSkill(Path file) throws Failure {
        byte[] wanted = skill();
        try {
            Optional<ChangedFiles.Change> record = changed.of(file);
            if (Files.exists(file)) {
                byte[] present = Files.readAllBytes(file);
                if (java.util.Arrays.equals(present, wanted)) {
                    return Done.UNCHANGED;
                }
                if (!isOurSkill(present, record)) {
                    return Done.FOREIGN;
                }
            }
            List<String> created =
                    record.isPresent()
                            ? record.get().createdDirectories()
                            : Folders.create(Objects.requireNonNull(file.getParent()));
            PrivateFiles.createDirectoriesIfMissing(Objects.requireNonNull(file.getParent()));
            changed.remember(
                    new ChangedFiles.Change(
                            file.toString(),
                            Kind.SKILL,
                            false,
                            ChangedFiles.sha256(wanted),
                            created),
                    new byte[0]);
            PrivateFiles.write(file, wanted);
            return Done.WRITTEN;
        } catch (IOException failed) {
            throw new Failure(
                    "cannot write the skill `" + file + "` (" + failed.getMessage() + ")",
                    "check that its folder can be written by you",
                    failed);
        }
    }

    public boolean isSkillInstalled() {
        try {
            return Files.exists(files.skillFile())
                    && Files.readString(files.skillFile()).contains(SKILL_MARK);
        } catch (IOException unreadable) {
            return false;
        }
    }

    private static boolean isOurSkill(byte[] present, Optional<ChangedFiles.Change> record) {
        return new String(present, StandardCharsets.UTF_8).contains(SKILL_MARK)
                && record.filter(
                                known -> known.writtenSha256().equals(ChangedFiles.sha256(present)))
                        .isPresent();
    }

    static byte[] skill() {
        try (InputStream in =
                Objects.requireNonNull(
                        ClaudeRegistration.class.getResourceAsStream("mem-search.md"))) {
            return in.readAllBytes();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /// What uninstalling did to one file.
    public record Undone(Path file, String what) {}

    /// Takes everything out of every file that we ever registered in.
    public List<Undone> unregister() throws Failure {
        var undone = new ArrayList<Undone>();
        for (ChangedFiles.Change record : changed.all()) {
            if (record.kind() == Kind.AGENT) {
                continue;
            }
            try {
                undone.add(new Undone(record.file(), undo(record)));
            } catch (Failure unreadable) {
                if (isOwn(record.file())) {
                    throw unreadable;
                }
                // A project's broken file keeps nobody from leaving.
                undone.add(new Undone(record.file(), "left as it is: " + unreadable.getMessage()));
                continue;
            }
            Folders.removeEmpty(record.createdDirectories());
            changed.forget(record);
        }
        undone.addAll(unregisterUnrecorded());
        return undone;
    }

    private boolean isOwn(Path file) {
        return List.of(files.settings(), files.servers(), files.skillFile()).contains(file);
    }

    /// Without a record (a restored backup, a home that was moved) our entries still go.
    private List<Undone> unregisterUnrecorded() throws Failure {
        var undone = new ArrayList<>(unregisterUnrecordedHooks());
        if (files.servers().toFile().exists()
                && serverFile().edit(text -> servers.unregister(text, text)).changed()) {
            undone.add(new Undone(files.servers(), "our MCP server removed"));
        }
        return undone;
    }

    private List<Undone> unregisterUnrecordedHooks() throws Failure {
        return files.settings().toFile().exists()
                        && hookFile().edit(text -> hooks.unregister(text, text)).changed()
                ? List.of(new Undone(files.settings(), "our hooks removed"))
                : List.of();
    }

    /// Takes out what is in the files of this registration alone: those of one project. What the
    /// project's other settings need as well, server and skill, stays with them.
    public List<Undone> unregisterHere() throws Failure {
        Path other = files.otherSettings();
        boolean shared = Files.exists(other) && runsOurHooks(other);
        var undone = new ArrayList<Undone>();
        // The skill lies in a folder that the settings may have made.
        List<Path> ours =
                shared
                        ? List.of(files.settings())
                        : List.of(files.skillFile(), files.servers(), files.settings());
        for (Path file : ours) {
            Optional<ChangedFiles.Change> record = changed.of(file);
            if (record.isPresent()) {
                undone.add(new Undone(file, undo(record.get())));
                Folders.removeEmpty(record.get().createdDirectories());
                handOver(record.get().createdDirectories(), other);
                changed.forget(record.get());
            }
        }
        undone.addAll(shared ? unregisterUnrecordedHooks() : unregisterUnrecorded());
        return undone;
    }

    /// Folders that we made and that are needed still go with the last file that needs them.
    private void handOver(List<String> created, Path to) throws Failure {
        Optional<ChangedFiles.Change> heir = changed.of(to);
        List<String> left =
                created.stream().filter(folder -> Files.isDirectory(Path.of(folder))).toList();
        if (heir.isPresent() && !left.isEmpty()) {
            changed.remember(heir.get().alsoCreated(left), changed.original(heir.get()));
        }
    }

    /// Files of projects that hold hooks of ours: those that are not this registration's. What
    /// cannot be read holds none that would run.
    public List<Path> otherHookFiles() throws Failure {
        return others().stream()
                .filter(record -> record.kind() == Kind.HOOKS)
                .map(ChangedFiles.Change::file)
                .filter(this::runsOurHooks)
                .toList();
    }

    private boolean runsOurHooks(Path file) {
        try {
            return holdsOurHooks(file);
        } catch (Failure unreadable) {
            return false;
        }
    }

    private List<ChangedFiles.Change> others() throws Failure {
        return changed.all().stream()
                .filter(record -> record.kind() != Kind.AGENT && !isOwn(record.file()))
                .filter(record -> Files.exists(record.file()))
                .toList();
    }

    /// What became of a file that is not of this registration.
    ///
    /// @param problem why it could not be brought up to date; null where it was
    public record Refreshed(Path file, @Nullable Failure problem) {}

    /// Brings what is in every other file that we ever registered in up to date: hooks of different
    /// versions would be two for the client, and capture everything twice. A file from which
    /// somebody took our entries stays without, and one that cannot be changed keeps no other from
    /// it.
    public List<Refreshed> refreshOthers(
            Function<HookRegistration, List<String>> command, Map<String, Object> entry)
            throws Failure {
        var refreshed = new ArrayList<Refreshed>();
        for (ChangedFiles.Change record : others()) {
            try {
                if (refresh(record, command, entry) == Done.WRITTEN) {
                    refreshed.add(new Refreshed(record.file(), null));
                }
            } catch (Failure problem) {
                refreshed.add(new Refreshed(record.file(), problem));
            }
        }
        return refreshed;
    }

    private Done refresh(
            ChangedFiles.Change record,
            Function<HookRegistration, List<String>> command,
            Map<String, Object> entry)
            throws Failure {
        return switch (record.kind()) {
            case HOOKS ->
                    holdsOurHooks(record.file())
                            ? edit(
                                    record.file(),
                                    Kind.HOOKS,
                                    text -> hooks.register(text, command),
                                    text -> hooks.unregister(text, text))
                            : Done.UNCHANGED;
            case SERVERS ->
                    new SettingsFile(record.file(), clock).read(servers::registered).isPresent()
                            ? edit(
                                    record.file(),
                                    Kind.SERVERS,
                                    text -> servers.register(text, entry),
                                    text -> servers.unregister(text, text))
                            : Done.UNCHANGED;
            case SKILL -> installSkill(record.file());
            case AGENT -> Done.FOREIGN;
        };
    }

    private boolean holdsOurHooks(Path file) throws Failure {
        return new SettingsFile(file, clock)
                .read(text -> !hooks.unregister(text, text).equals(text));
    }

    private String undo(ChangedFiles.Change record) throws Failure {
        var file = new SettingsFile(record.file(), clock);
        if (!file.exists()) {
            return "already gone";
        }
        boolean untouched = ChangedFiles.sha256(file.bytes()).equals(record.writtenSha256());
        byte[] original = changed.original(record);
        if (untouched) {
            file.restore(original, record.existed());
            return record.existed() ? "restored" : "removed";
        }
        String before = new String(original, StandardCharsets.UTF_8);
        switch (record.kind()) {
            case HOOKS -> file.edit(text -> hooks.unregister(text, before));
            case SERVERS -> file.edit(text -> servers.unregister(text, before));
            case SKILL -> {
                return "kept: it was changed by you";
            }
            case AGENT -> throw new IllegalStateException("not a file of Claude Code");
        }
        return "our entries removed, your later changes kept";
    }

    private Done edit(
            Path path, Kind kind, SettingsFile.Change change, SettingsFile.Change withoutUs)
            throws Failure {
        var file = new SettingsFile(path, clock);
        List<String> created;
        try {
            created = Folders.create(Objects.requireNonNull(path.getParent()));
        } catch (IOException failed) {
            throw new Failure(
                    "cannot create `" + path.getParent() + "` (" + failed.getMessage() + ")",
                    "check that its parent folder can be written by you",
                    failed);
        }
        SettingsFile.Outcome outcome = file.edit(change);
        if (!outcome.changed()) {
            Folders.removeEmpty(created);
            return Done.UNCHANGED;
        }
        remember(path, kind, outcome, created, withoutUs);
        return Done.WRITTEN;
    }

    /// The original stays the one of the first installation as long as only we have written.
    private void remember(
            Path path,
            Kind kind,
            SettingsFile.Outcome outcome,
            List<String> created,
            SettingsFile.Change withoutUs)
            throws Failure {
        byte[] before = outcome.before().getBytes(StandardCharsets.UTF_8);
        Optional<ChangedFiles.Change> known = changed.of(path);
        boolean onlyUs =
                known.filter(record -> record.writtenSha256().equals(ChangedFiles.sha256(before)))
                        .isPresent();
        byte[] original = onlyUs ? changed.original(known.get()) : cleaned(before, withoutUs);
        boolean existed = onlyUs ? known.get().existed() : outcome.existed();
        var record =
                new ChangedFiles.Change(
                        path.toString(),
                        kind,
                        existed,
                        ChangedFiles.sha256(outcome.after().getBytes(StandardCharsets.UTF_8)),
                        known.map(ChangedFiles.Change::createdDirectories).orElse(created));
        changed.remember(record, original);
    }

    /// What was there, less entries of ours from before we kept records.
    private static byte[] cleaned(byte[] before, SettingsFile.Change withoutUs) {
        String text = new String(before, StandardCharsets.UTF_8);
        try {
            return text.isBlank() || text.equals("\uFEFF")
                    ? before
                    : withoutUs.apply(text).getBytes(StandardCharsets.UTF_8);
        } catch (JsonSyntax impossible) {
            throw new IllegalStateException("the text was parsed a moment ago", impossible);
        }
    }

    private SettingsFile hookFile() {
        return new SettingsFile(files.settings(), clock);
    }

    private SettingsFile serverFile() {
        return new SettingsFile(files.servers(), clock);
    }
}
