package dev.mneme.http;

import dev.mneme.domain.ObservationType;
import dev.mneme.domain.SearchFilter;
import dev.mneme.domain.StorableText;
import dev.mneme.meter.Meters;
import dev.mneme.protocol.ErrorCode;
import dev.mneme.protocol.Limits;
import dev.mneme.protocol.Wire;
import dev.mneme.recall.HitParts;
import dev.mneme.recall.Recall;
import dev.mneme.recall.Search;
import dev.mneme.recall.SearchMode;

import io.javalin.http.Context;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/// `/api/observations/search` and `/api/observations/timeline`.
final class SearchRoutes {

    private static final int LIMIT_DEFAULT = 10;

    private static final int DEPTH_DEFAULT = 3;
    private static final int DEPTH_MAX = 50;

    private final Recall recall;
    private final Search search;
    private final Projects projects;
    private final Bodies bodies;
    private final InstantSource clock;
    private final Meters meters;

    SearchRoutes(
            Recall recall,
            Search search,
            Projects projects,
            Bodies bodies,
            InstantSource clock,
            Meters meters) {
        this.search = search;
        this.meters = meters;
        this.clock = clock;
        this.recall = recall;
        this.projects = projects;
        this.bodies = bodies;
    }

    void search(Context context) {
        var request = bodies.parse(context, Wire.SearchRequest.class, Limits.BODY_BYTES_MAX);
        String query = cut(Fields.required("query", request.query()));
        boolean crossProject = Boolean.TRUE.equals(request.crossProject());
        String project = Fields.optional(request.project());
        Instant now = clock.instant();
        List<String> typeNames = request.type() == null ? List.of() : request.type();
        List<String> observationTypes =
                typeNames.stream().filter(name -> !Wire.SummaryView.TYPE.equals(name)).toList();
        boolean summariesAlone = !typeNames.isEmpty() && observationTypes.isEmpty();
        var filter =
                new SearchFilter(
                        project == null || crossProject ? null : projects.idOf(project),
                        types(observationTypes),
                        names("concepts", request.concepts()),
                        names("files", request.files()),
                        Fields.optional(request.branch()),
                        TimeText.instant("since", Fields.optional(request.since()), now),
                        TimeText.instant("until", Fields.optional(request.until()), now),
                        Fields.optional(request.sessionId()),
                        Boolean.TRUE.equals(request.precise()),
                        Fields.within(
                                "limit",
                                request.limit(),
                                LIMIT_DEFAULT,
                                1,
                                Limits.SEARCH_LIMIT_MAX));
        SearchMode mode = mode(request.mode());
        String after = Fields.optional(request.after());
        Search.Answer answer =
                search.answer(
                        new Search.Question(
                                query,
                                mode,
                                filter,
                                !summariesAlone,
                                summaries(filter, typeNames, after),
                                after));
        Recall.Found found = answer.found();
        count(found);
        context.json(
                new Wire.SearchResponse(
                        Views.of(found.observations(), recall.freshness(found)),
                        query,
                        found.mode().wireName(),
                        found.observations().size(),
                        found.isCovered(),
                        found.coverage(),
                        answer.dropped(),
                        found.next(),
                        Boolean.TRUE.equals(request.explain()) ? explained(found) : null,
                        Views.ofSummaries(answer.summaries())));
    }

    /// As many summaries as memories where they were asked for by name; a few where nothing says
    /// otherwise. They have neither types, concepts, files nor branches of their own, and are all
    /// on the first page.
    private static Search.Summaries summaries(
            SearchFilter filter, List<String> typeNames, @Nullable String after) {
        boolean asked = typeNames.contains(Wire.SummaryView.TYPE);
        boolean othersAsked = !asked && !filter.types().isEmpty();
        if (after != null
                || othersAsked
                || !filter.concepts().isEmpty()
                || !filter.files().isEmpty()
                || filter.branch() != null) {
            return Search.Summaries.NONE;
        }
        return asked ? Search.Summaries.ASKED : Search.Summaries.BESIDE;
    }

    private void count(Recall.Found found) {
        meters.search();
        if (found.mode().asksWords()) {
            count(Meters.Arm.WORDS, found);
        }
        if (found.mode().asksMeaning()) {
            count(Meters.Arm.MEANING, found);
        }
    }

    private void count(Meters.Arm arm, Recall.Found found) {
        meters.asked(arm);
        if (found.dropped().contains(arm.name().toLowerCase(Locale.ROOT))) {
            meters.dropped(arm);
        }
    }

    private static List<Wire.HitExplanation> explained(Recall.Found found) {
        return found.observations().stream()
                .map(
                        observation -> {
                            HitParts parts =
                                    Objects.requireNonNull(found.parts().get(observation.id()));
                            return new Wire.HitExplanation(
                                    observation.id(),
                                    parts.words(),
                                    parts.neighbours(),
                                    parts.session(),
                                    parts.length(),
                                    parts.meaning(),
                                    parts.recency(),
                                    parts.reranker());
                        })
                .toList();
    }

    private static List<String> names(String path, @Nullable List<String> names) {
        if (names == null) {
            return List.of();
        }
        if (names.size() > Limits.LIST_ITEMS_MAX) {
            throw ApiException.invalid(
                    path,
                    "has " + names.size() + " items",
                    "send at most " + Limits.LIST_ITEMS_MAX);
        }
        var checked = new ArrayList<String>();
        for (int i = 0; i < names.size(); i++) {
            checked.add(StorableText.of(Fields.required(path + "[" + i + "]", names.get(i))));
        }
        return checked;
    }

    void timeline(Context context) {
        var request = bodies.parse(context, Wire.TimelineRequest.class, Limits.BODY_BYTES_MAX);
        int before =
                Fields.within("depth_before", request.depthBefore(), DEPTH_DEFAULT, 0, DEPTH_MAX);
        int after = Fields.within("depth_after", request.depthAfter(), DEPTH_DEFAULT, 0, DEPTH_MAX);
        Optional<Long> anchor = anchor(request);
        if (anchor.isEmpty()) {
            context.json(new Wire.TimelineResponse(null, List.of()));
            return;
        }
        var around =
                recall.around(anchor.get(), before, after)
                        .orElseThrow(
                                () ->
                                        new ApiException(
                                                ErrorCode.NOT_FOUND,
                                                "there is no observation " + anchor.get(),
                                                "search for the anchor first",
                                                "anchor"));
        var entries = new ArrayList<Wire.TimelineEntry>();
        around.before().forEach(o -> entries.add(new Wire.TimelineEntry("before", Views.of(o))));
        entries.add(new Wire.TimelineEntry("anchor", Views.of(around.anchor())));
        around.after().forEach(o -> entries.add(new Wire.TimelineEntry("after", Views.of(o))));
        context.json(new Wire.TimelineResponse(anchor.get(), entries));
    }

    /// The given anchor, or the best hit of the given query.
    private Optional<Long> anchor(Wire.TimelineRequest request) {
        if (request.anchor() != null) {
            return Optional.of(request.anchor());
        }
        String query = Fields.optional(request.query());
        if (query == null) {
            throw ApiException.invalid(
                    "anchor", "is missing, and so is `query`", "send an id or a query");
        }
        String project = Fields.optional(request.project());
        var filter =
                new SearchFilter(project == null ? null : projects.idOf(project), List.of(), 1);
        return recall.search(cut(query), SearchMode.HYBRID, filter).observations().stream()
                .findFirst()
                .map(hit -> hit.id());
    }

    private static List<ObservationType> types(@Nullable List<String> names) {
        var types = new ArrayList<ObservationType>();
        if (names == null) {
            return types;
        }
        for (int i = 0; i < names.size(); i++) {
            String path = "type[" + i + "]";
            types.add(
                    ObservationType.ofWireName(Fields.required(path, names.get(i)))
                            .orElseThrow(
                                    () ->
                                            ApiException.invalid(
                                                    path,
                                                    "is none of the known types",
                                                    "send decision, bugfix, feature, refactor,"
                                                            + " discovery, change, pattern,"
                                                            + " gotcha or summary")));
        }
        return types;
    }

    private static SearchMode mode(@Nullable String name) {
        if (name == null || name.isBlank()) {
            return SearchMode.HYBRID;
        }
        return SearchMode.ofWireName(name)
                .orElseThrow(
                        () ->
                                ApiException.invalid(
                                        "mode",
                                        "is none of the known modes",
                                        "send hybrid, rrf, vector or fts"));
    }

    private static String cut(String query) {
        return query.length() <= Limits.QUERY_CHARS_MAX
                ? query
                : query.substring(0, Limits.QUERY_CHARS_MAX);
    }
}
