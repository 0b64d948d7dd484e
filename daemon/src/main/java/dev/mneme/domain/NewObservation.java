package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;

/// An observation about to be stored, whoever made it.
///
/// @param madeBy an extractor's name, `api` or `manual`
/// @param fileHashes what the files it is about hold, in their order; empty where nobody looked
public record NewObservation(
        String title,
        @Nullable String subtitle,
        ObservationType type,
        @Nullable String narrative,
        List<String> facts,
        List<String> concepts,
        List<String> filesRead,
        List<String> filesModified,
        @Nullable String toolName,
        @Nullable Integer promptNumber,
        Instant createdAt,
        String madeBy,
        int madeByVersion,
        List<Long> eventIds,
        List<String> fileHashes) {

    /// Without a look at its files.
    public NewObservation(
            String title,
            @Nullable String subtitle,
            ObservationType type,
            @Nullable String narrative,
            List<String> facts,
            List<String> concepts,
            List<String> filesRead,
            List<String> filesModified,
            @Nullable String toolName,
            @Nullable Integer promptNumber,
            Instant createdAt,
            String madeBy,
            int madeByVersion,
            List<Long> eventIds) {
        this(
                title,
                subtitle,
                type,
                narrative,
                facts,
                concepts,
                filesRead,
                filesModified,
                toolName,
                promptNumber,
                createdAt,
                madeBy,
                madeByVersion,
                eventIds,
                List.of());
    }

    public NewObservation {
        facts = List.copyOf(facts);
        concepts = List.copyOf(concepts);
        filesRead = List.copyOf(filesRead);
        filesModified = List.copyOf(filesModified);
        eventIds = List.copyOf(eventIds);
        fileHashes = List.copyOf(fileHashes);
    }

    /// The same with what its files hold.
    public NewObservation withFileHashes(List<String> hashes) {
        return new NewObservation(
                title,
                subtitle,
                type,
                narrative,
                facts,
                concepts,
                filesRead,
                filesModified,
                toolName,
                promptNumber,
                createdAt,
                madeBy,
                madeByVersion,
                eventIds,
                hashes);
    }

    /// The files that it is about: those it changed, else those that were read for it.
    public List<String> aboutFiles() {
        return filesModified.isEmpty() ? filesRead : filesModified;
    }

    /// The same, made from these events.
    public NewObservation from(List<Long> events) {
        return new NewObservation(
                title,
                subtitle,
                type,
                narrative,
                facts,
                concepts,
                filesRead,
                filesModified,
                toolName,
                promptNumber,
                createdAt,
                madeBy,
                madeByVersion,
                events);
    }

    /// Everything a search may look at, as one text: what is embedded and split into terms.
    public String searchText() {
        return searchText(title, subtitle, narrative, facts, filesModified, filesRead);
    }

    public static String searchText(
            String title,
            @Nullable String subtitle,
            @Nullable String narrative,
            List<String> facts,
            List<String> filesModified,
            List<String> filesRead) {
        var text = new StringBuilder(title);
        if (subtitle != null) {
            text.append('\n').append(subtitle);
        }
        if (narrative != null) {
            text.append('\n').append(narrative);
        }
        for (String fact : facts) {
            text.append('\n').append(fact);
        }
        for (String file : filesModified) {
            text.append('\n').append(file);
        }
        for (String file : filesRead) {
            text.append('\n').append(file);
        }
        return text.toString();
    }
}
