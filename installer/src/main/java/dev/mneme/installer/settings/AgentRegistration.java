package dev.mneme.installer.settings;

import dev.mneme.installer.Failure;
import dev.mneme.installer.settings.ChangedFiles.Kind;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Puts our server, and hooks where there are such, into the files of other agents, and takes them
/// out again: byte for byte where nobody else has written since.
public final class AgentRegistration {

    private final Agent.Places places;
    private final Agent.Ours ours;
    private final ChangedFiles changed;
    private final InstantSource clock;

    public AgentRegistration(Agent.Places places, Agent.Ours ours, Path home, InstantSource clock) {
        this.places = places;
        this.ours = ours;
        this.changed = new ChangedFiles(home);
        this.clock = clock;
    }

    /// What was done to one file.
    public record Step(Path file, String what) {}

    /// Registers; every file is looked at before the first is written.
    public List<Step> register(Agent agent) throws Failure {
        List<Agent.Part> parts = agent.parts(places, ours);
        for (Agent.Part part : parts) {
            Optional<String> foreign =
                    file(part).read(text -> part.format().foreign(text, ours.app()));
            if (foreign.isPresent()) {
                throw new Failure(
                        "`" + part.file() + "` " + part.format().ofOthers(),
                        "rename or remove it, then run the command again; nothing was changed");
            }
            if (part.format() instanceof OwnFile own && isChanged(part, own)) {
                throw new Failure(
                        "`" + part.file() + "` is ours, and somebody changed it",
                        "rename or remove it, then run the command again; nothing was changed");
            }
            file(part).read(part.format()::put);
        }
        var steps = new ArrayList<Step>();
        for (Agent.Part part : parts) {
            steps.add(new Step(part.file(), put(agent, part)));
        }
        return steps;
    }

    private boolean isChanged(Agent.Part part, OwnFile own) throws Failure {
        SettingsFile file = file(part);
        if (!file.exists()) {
            return false;
        }
        byte[] bytes = file.bytes();
        boolean recorded =
                changed.of(part.file())
                        .filter(record -> record.writtenSha256().equals(ChangedFiles.sha256(bytes)))
                        .isPresent();
        String text = new String(bytes, StandardCharsets.UTF_8);
        return !recorded && !text.isBlank() && !text.equals(own.content());
    }

    private String put(Agent agent, Agent.Part part) throws Failure {
        List<String> created;
        try {
            created = Folders.create(java.util.Objects.requireNonNull(part.file().getParent()));
        } catch (IOException failed) {
            throw new Failure(
                    "cannot create `" + part.file().getParent() + "` (" + failed.getMessage() + ")",
                    "check that its parent folder can be written by you",
                    failed);
        }
        SettingsFile.Outcome outcome = file(part).edit(part.format()::put);
        if (!outcome.changed()) {
            Folders.removeEmpty(created);
            return "already there";
        }
        remember(agent, part, outcome, created);
        if (part.format().executable()) {
            makeExecutable(part.file());
        }
        return "registered";
    }

    private static void makeExecutable(Path file) throws Failure {
        if (!file.toFile().setExecutable(true, true)) {
            throw new Failure(
                    "cannot make `" + file + "` executable", "check that it can be changed by you");
        }
    }

    /// The original stays the one of the first time as long as only we have written.
    private void remember(
            Agent agent, Agent.Part part, SettingsFile.Outcome outcome, List<String> created)
            throws Failure {
        byte[] before = outcome.before().getBytes(StandardCharsets.UTF_8);
        Optional<ChangedFiles.Change> known = changed.of(part.file());
        boolean onlyUs =
                known.filter(record -> record.writtenSha256().equals(ChangedFiles.sha256(before)))
                        .isPresent();
        byte[] original = onlyUs ? changed.original(known.get()) : cleaned(part, before);
        changed.remember(
                new ChangedFiles.Change(
                        part.file().toString(),
                        Kind.AGENT,
                        onlyUs ? known.get().existed() : outcome.existed(),
                        ChangedFiles.sha256(outcome.after().getBytes(StandardCharsets.UTF_8)),
                        known.map(ChangedFiles.Change::createdDirectories).orElse(created),
                        agent.word()),
                original);
    }

    /// What was there, less an entry of ours that we kept no record of.
    private static byte[] cleaned(Agent.Part part, byte[] before) {
        String text = new String(before, StandardCharsets.UTF_8);
        if (text.isBlank()) {
            return before;
        }
        try {
            return part.format().remove(text, text).getBytes(StandardCharsets.UTF_8);
        } catch (JsonSyntax impossible) {
            throw new IllegalStateException("the text was parsed a moment ago", impossible);
        }
    }

    /// Takes our entries out of one agent's files.
    public List<Step> unregister(Agent agent) throws Failure {
        var steps = new ArrayList<Step>();
        var created = new ArrayList<List<String>>();
        for (Agent.Part part : agent.parts(places, ours)) {
            Optional<ChangedFiles.Change> record = changed.of(part.file());
            String what = record.isPresent() ? undo(part, record.get()) : removeUnrecorded(part);
            if (record.isPresent()) {
                created.add(record.get().createdDirectories());
                changed.forget(record.get());
            }
            steps.add(new Step(part.file(), what));
        }
        // A folder that two files share is empty only now; what lies deeper was made later.
        for (List<String> folders : created.reversed()) {
            Folders.removeEmpty(folders);
        }
        return steps;
    }

    /// Takes our entries out of the files of all agents that we ever registered with.
    public List<Step> unregisterAll() throws Failure {
        var steps = new ArrayList<Step>();
        var done = new ArrayList<Agent>();
        List<ChangedFiles.Change> records =
                changed.all().stream().filter(record -> record.kind() == Kind.AGENT).toList();
        for (ChangedFiles.Change record : records) {
            Optional<Agent> agent = Optional.ofNullable(record.agent()).flatMap(Agent::of);
            if (agent.isPresent() && !done.contains(agent.get())) {
                done.add(agent.get());
                steps.addAll(unregister(agent.get()));
            }
        }
        // A folder that two agents share is empty only now.
        for (ChangedFiles.Change record : records) {
            Folders.removeEmpty(record.createdDirectories());
        }
        return steps;
    }

    private String undo(Agent.Part part, ChangedFiles.Change record) throws Failure {
        SettingsFile file = file(part);
        if (!file.exists()) {
            return "already gone";
        }
        byte[] original = changed.original(record);
        if (ChangedFiles.sha256(file.bytes()).equals(record.writtenSha256())) {
            file.restore(original, record.existed());
            return record.existed() ? "restored" : "removed";
        }
        if (part.format() instanceof OwnFile) {
            return "kept: it was changed by you";
        }
        String before = new String(original, StandardCharsets.UTF_8);
        file.edit(text -> part.format().remove(text, before));
        return "our entries removed, your later changes kept";
    }

    private String removeUnrecorded(Agent.Part part) throws Failure {
        SettingsFile file = file(part);
        if (!file.exists()
                || file.read(text -> part.format().foreign(text, ours.app())).isPresent()) {
            return "nothing of ours there";
        }
        if (part.format() instanceof OwnFile own) {
            if (!own.content().equals(new String(file.bytes(), StandardCharsets.UTF_8))) {
                return "kept: it was changed by you";
            }
            file.restore(new byte[0], false);
            return "removed";
        }
        return file.edit(text -> part.format().remove(text, text)).changed()
                ? "our entries removed"
                : "nothing of ours there";
    }

    /// What a person would put in themselves, file by file.
    public List<Step> print(Agent agent) throws Failure {
        var steps = new ArrayList<Step>();
        for (Agent.Part part : agent.parts(places, ours)) {
            try {
                steps.add(new Step(part.file(), part.format().snippet()));
            } catch (JsonSyntax impossible) {
                throw new IllegalStateException("an empty text can be parsed", impossible);
            }
        }
        return steps;
    }

    private SettingsFile file(Agent.Part part) {
        return new SettingsFile(part.file(), part.format().empty(), clock);
    }
}
