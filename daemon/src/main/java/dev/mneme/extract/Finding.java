package dev.mneme.extract;

import dev.mneme.domain.Concept;
import dev.mneme.domain.Extraction;
import dev.mneme.domain.ObservationDraft;
import dev.mneme.domain.ObservationType;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// An observation while a rule collects it; all bounds are kept here and nowhere else.
final class Finding {

    private final ObservationType type;
    private final String title;
    private @Nullable String subtitle;
    private final List<String> paragraphs = new ArrayList<>();
    private final Set<String> facts = new LinkedHashSet<>();
    private final Set<Concept> concepts = EnumSet.noneOf(Concept.class);
    private final Set<String> filesRead = new LinkedHashSet<>();
    private final Set<String> filesModified = new LinkedHashSet<>();

    Finding(ObservationType type, String title) {
        this.type = type;
        this.title = Bounds.cut(Bounds.oneLine(title), Bounds.TITLE_CHARS_MAX);
    }

    String title() {
        return title;
    }

    Finding subtitle(String text) {
        if (!text.isBlank()) {
            subtitle = Bounds.cut(Bounds.oneLine(text), Bounds.SUBTITLE_CHARS_MAX);
        }
        return this;
    }

    /// Appends a paragraph to the narrative; a blank one is left out.
    Finding say(String paragraph) {
        if (!paragraph.isBlank()) {
            paragraphs.add(paragraph.strip());
        }
        return this;
    }

    Finding fact(String fact) {
        String line = Bounds.cut(Bounds.oneLine(fact), Bounds.FACT_CHARS_MAX);
        if (!line.isEmpty() && facts.size() < Bounds.FACTS_MAX) {
            facts.add(line);
        }
        return this;
    }

    Finding facts(Collection<String> more) {
        more.forEach(this::fact);
        return this;
    }

    Finding about(Concept concept) {
        concepts.add(concept);
        return this;
    }

    Finding aboutIf(boolean applies, Concept concept) {
        return applies ? about(concept) : this;
    }

    Finding modified(String file) {
        if (!file.isBlank()
                && file.length() <= Bounds.FILE_CHARS_MAX
                && filesModified.size() < Bounds.FILES_MAX) {
            filesModified.add(file);
        }
        return this;
    }

    Finding modified(Collection<String> files) {
        files.forEach(this::modified);
        return this;
    }

    Finding read(Collection<String> files) {
        for (String file : files) {
            if (!file.isBlank()
                    && file.length() <= Bounds.FILE_CHARS_MAX
                    && filesRead.size() < Bounds.FILES_MAX) {
                filesRead.add(file);
            }
        }
        return this;
    }

    Extraction remembered() {
        return title.isEmpty()
                ? SkipReasons.NO_DETAILS
                : new Extraction.Remembered(List.of(draft()));
    }

    /// Only with a title. A narrative is never empty: without paragraphs it is the title.
    ObservationDraft draft() {
        String narrative = paragraphs.isEmpty() ? title : String.join("\n\n", paragraphs);
        return new ObservationDraft(
                title,
                subtitle,
                type,
                Bounds.cut(narrative, Bounds.NARRATIVE_CHARS_MAX),
                List.copyOf(facts),
                List.copyOf(concepts),
                List.copyOf(filesRead),
                List.copyOf(filesModified));
    }
}
