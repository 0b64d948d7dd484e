package dev.mneme.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;

import java.util.List;

/// The bodies of the REST API.
///
/// Records may only grow: every field is named explicitly, optional ones are boxed and nullable,
/// unknown ones are ignored, a JSON null counts as absent.
public final class Wire {

    private Wire() {}

    /// `POST /api/queue`: one tool event in the shape of the reference systems.
    public record QueueRequest(
            @JsonProperty("session_id") @Nullable String sessionId,
            @JsonProperty("tool_name") @Nullable String toolName,
            @JsonProperty("tool_input") @Nullable JsonNode toolInput,
            @JsonProperty("tool_response_preview") @Nullable String toolResponsePreview,
            @JsonProperty("cwd") @Nullable String cwd,
            @JsonProperty("last_user_message") @Nullable String lastUserMessage,
            @JsonProperty("tool_use_id") @Nullable String toolUseId) {}

    public record QueueResponse(
            @JsonProperty("status") String status, @JsonProperty("event_id") long eventId) {}

    /// `POST /api/sessions`.
    public record SessionRequest(
            @JsonProperty("session_id") @Nullable String sessionId,
            @JsonProperty("project") @Nullable String project,
            @JsonProperty("project_path") @Nullable String projectPath,
            @JsonProperty("agent_type") @Nullable String agentType) {}

    /// `PATCH /api/sessions/{session_id}`.
    public record SessionPatch(
            @JsonProperty("status") @Nullable String status,
            @JsonProperty("summary") @Nullable String summary) {}

    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record SessionView(
            @JsonProperty("id") long id,
            @JsonProperty("session_id") String sessionId,
            @JsonProperty("project_id") long projectId,
            @JsonProperty("project_name") String projectName,
            @JsonProperty("agent_type") String agentType,
            @JsonProperty("status") String status,
            @JsonProperty("started_at") String startedAt,
            @JsonProperty("completed_at") @Nullable String completedAt,
            @JsonProperty("summary") @Nullable String summary,
            @JsonProperty("prompt_count") int promptCount,
            @JsonProperty("start_source") @Nullable String startSource,
            @JsonProperty("end_reason") @Nullable String endReason) {}

    /// `GET /api/sessions/{session_id}`: the session and what happened in it, the newest hundred
    /// of each kind, the oldest first. Texts are null once their retention has passed.
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record SessionDetail(
            @JsonProperty("session") SessionView session,
            @JsonProperty("branch") @Nullable String branch,
            @JsonProperty("commit") @Nullable String commit,
            @JsonProperty("runs") List<SessionRun> runs,
            @JsonProperty("turns") List<SessionTurn> turns,
            @JsonProperty("agents") List<AgentReport> agents,
            @JsonProperty("compactions") List<Compaction> compactions,
            @JsonProperty("session_summary") @Nullable SummaryView sessionSummary,
            @JsonProperty("turn_summaries") List<SummaryView> turnSummaries) {}

    /// What a turn or a session came to. `scope` is `turn` or `session`; `score` is there where a
    /// search found it.
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record SummaryView(
            @JsonProperty("id") long id,
            @JsonProperty("type") String type,
            @JsonProperty("session_id") String sessionId,
            @JsonProperty("project_name") String projectName,
            @JsonProperty("scope") String scope,
            @JsonProperty("prompt_number") @Nullable Integer promptNumber,
            @JsonProperty("request") @Nullable String request,
            @JsonProperty("investigated") @Nullable String investigated,
            @JsonProperty("learned") @Nullable String learned,
            @JsonProperty("completed") @Nullable String completed,
            @JsonProperty("next_steps") @Nullable String nextSteps,
            @JsonProperty("created_at") String createdAt,
            @JsonProperty("score") @JsonInclude(JsonInclude.Include.NON_NULL)
                    @Nullable Double score) {

        /// What its `type` is called, where observations have one of theirs.
        public static final String TYPE = "summary";
    }

    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record SessionRun(
            @JsonProperty("started_at") String startedAt,
            @JsonProperty("source") @Nullable String source,
            @JsonProperty("ended_at") @Nullable String endedAt,
            @JsonProperty("end_reason") @Nullable String endReason) {}

    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record SessionTurn(
            @JsonProperty("prompt_number") int promptNumber,
            @JsonProperty("prompt") String prompt,
            @JsonProperty("started_at") String startedAt,
            @JsonProperty("ended_at") @Nullable String endedAt,
            @JsonProperty("answer") @Nullable String answer) {}

    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record AgentReport(
            @JsonProperty("agent_id") @Nullable String agentId,
            @JsonProperty("agent_type") @Nullable String agentType,
            @JsonProperty("prompt_number") int promptNumber,
            @JsonProperty("ended_at") String endedAt,
            @JsonProperty("result") @Nullable String result) {}

    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record Compaction(
            @JsonProperty("at") String at,
            @JsonProperty("trigger") @Nullable String trigger,
            @JsonProperty("summary") @Nullable String summary) {}

    /// `POST /api/observations`, and each element of a batch.
    public record ObservationRequest(
            @JsonProperty("session_id") @Nullable String sessionId,
            @JsonProperty("project") @Nullable String project,
            @JsonProperty("title") @Nullable String title,
            @JsonProperty("subtitle") @Nullable String subtitle,
            @JsonProperty("type") @Nullable String type,
            @JsonProperty("narrative") @Nullable String narrative,
            @JsonProperty("facts") @Nullable List<String> facts,
            @JsonProperty("concepts") @Nullable List<String> concepts,
            @JsonProperty("files_read") @Nullable List<String> filesRead,
            @JsonProperty("files_modified") @Nullable List<String> filesModified,
            @JsonProperty("tool_name") @Nullable String toolName,
            @JsonProperty("prompt_number") @Nullable Integer promptNumber,
            @JsonProperty("created_at") @Nullable String createdAt) {}

    public record BatchRequest(
            @JsonProperty("observations") @Nullable List<ObservationRequest> observations) {}

    public record BatchResponse(@JsonProperty("ids") List<Long> ids) {}

    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record ObservationView(
            @JsonProperty("id") long id,
            @JsonProperty("session_id") long sessionId,
            @JsonProperty("project_id") long projectId,
            @JsonProperty("project_name") String projectName,
            @JsonProperty("title") String title,
            @JsonProperty("subtitle") @Nullable String subtitle,
            @JsonProperty("type") String type,
            @JsonProperty("narrative") @Nullable String narrative,
            @JsonProperty("facts") List<String> facts,
            @JsonProperty("concepts") List<String> concepts,
            @JsonProperty("files_read") List<String> filesRead,
            @JsonProperty("files_modified") List<String> filesModified,
            @JsonProperty("tool_name") @Nullable String toolName,
            @JsonProperty("prompt_number") @Nullable Integer promptNumber,
            @JsonProperty("event_ids") List<Long> eventIds,
            @JsonProperty("branch") @JsonInclude(JsonInclude.Include.NON_NULL)
                    @Nullable String branch,
            @JsonProperty("commit") @JsonInclude(JsonInclude.Include.NON_NULL)
                    @Nullable String commit,
            @JsonProperty("has_embedding") boolean hasEmbedding,
            @JsonProperty("created_at") String createdAt,
            @JsonProperty("closed_at") @JsonInclude(JsonInclude.Include.NON_NULL)
                    @Nullable String closedAt,
            @JsonProperty("superseded_by") @JsonInclude(JsonInclude.Include.NON_NULL)
                    @Nullable Long supersededBy,
            @JsonProperty("superseded_because") @JsonInclude(JsonInclude.Include.NON_NULL)
                    @Nullable String supersededBecause,
            @JsonProperty("superseded_score") @JsonInclude(JsonInclude.Include.NON_NULL)
                    @Nullable Float supersededScore,
            @JsonProperty("pinned_at") @JsonInclude(JsonInclude.Include.NON_NULL)
                    @Nullable String pinnedAt,
            @JsonProperty("edited_at") @JsonInclude(JsonInclude.Include.NON_NULL)
                    @Nullable String editedAt,
            @JsonProperty("freshness") @JsonInclude(JsonInclude.Include.NON_NULL)
                    @Nullable Freshness freshness,
            @JsonProperty("score") @Nullable Double score) {}

    /// Whether the files of a memory hold what they held when it was written: `state` is `fresh`,
    /// `changed`, `moved` or `gone`, `commits` how many were made there since, where git's log
    /// tells, and `files` those that are not what they were, a moved one as `old -> new`.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Freshness(
            @JsonProperty("state") String state,
            @JsonProperty("commits") @Nullable Integer commits,
            @JsonProperty("files") @Nullable List<String> files) {}

    /// `POST /api/observations/{id}/edit`: what is absent stays as it is.
    public record EditRequest(
            @JsonProperty("title") @Nullable String title,
            @JsonProperty("subtitle") @Nullable String subtitle,
            @JsonProperty("type") @Nullable String type,
            @JsonProperty("narrative") @Nullable String narrative,
            @JsonProperty("facts") @Nullable List<String> facts) {}

    /// `POST /api/observations/{id}/pin`.
    public record PinRequest(@JsonProperty("pinned") @Nullable Boolean pinned) {}

    /// `GET /api/observations/{id}/why`: to whom it was told, the newest first.
    public record WhyResponse(
            @JsonProperty("id") long id,
            @JsonProperty("title") String title,
            @JsonProperty("told") List<ToldView> told) {}

    /// `GET /api/sessions/{session_id}/told`.
    public record ToldResponse(
            @JsonProperty("session_id") String sessionId,
            @JsonProperty("told") List<ToldView> told) {}

    /// One memory that a session was told at its start. `reason` is a fixed word, `because` the
    /// same for people, `evidence` the file, branch or step behind it.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record ToldView(
            @JsonProperty("id") long id,
            @JsonProperty("title") String title,
            @JsonProperty("session_id") String sessionId,
            @JsonProperty("source") String source,
            @JsonProperty("reason") String reason,
            @JsonProperty("because") String because,
            @JsonProperty("evidence") @Nullable String evidence,
            @JsonProperty("at") String at) {}

    /// `POST /api/observations/{id}/close`: what replaced it, if something did.
    public record CloseRequest(@JsonProperty("superseded_by") @Nullable Long supersededBy) {}

    /// `POST /api/observations/search`. `mode` is `hybrid` (default), `rrf`, `vector` or `fts`.
    /// `files` are paths or their ends; `since` and `until` are instants, days or spans back from
    /// now as in `7d`; `after` is the `next` of the page before; `precise` leaves out what does not
    /// stand out, be it everything.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record SearchRequest(
            @JsonProperty("query") @Nullable String query,
            @JsonProperty("project") @Nullable String project,
            @JsonProperty("cross_project") @Nullable Boolean crossProject,
            @JsonProperty("type") @Nullable List<String> type,
            @JsonProperty("concepts") @Nullable List<String> concepts,
            @JsonProperty("files") @Nullable List<String> files,
            @JsonProperty("branch") @Nullable String branch,
            @JsonProperty("since") @Nullable String since,
            @JsonProperty("until") @Nullable String until,
            @JsonProperty("session_id") @Nullable String sessionId,
            @JsonProperty("limit") @Nullable Integer limit,
            @JsonProperty("after") @Nullable String after,
            @JsonProperty("mode") @Nullable String mode,
            @JsonProperty("explain") @Nullable Boolean explain,
            @JsonProperty("precise") @Nullable Boolean precise) {

        /// Without filters.
        public SearchRequest(
                @Nullable String query,
                @Nullable String project,
                @Nullable Boolean crossProject,
                @Nullable List<String> type,
                @Nullable Integer limit,
                @Nullable String mode) {
            this(
                    query,
                    project,
                    crossProject,
                    type,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    limit,
                    null,
                    mode,
                    null,
                    null);
        }
    }

    /// `covered` says whether anything stored answers the query; `dropped` names what did not
    /// answer in time (words, meaning, reranker, summaries); `next` is there while there is more;
    /// `explain` where it was asked for.
    /// `summaries` are turns and sessions that speak of it, on the first page; their ids are their
    /// own. Among the types asked for, `summary` asks for them.
    public record SearchResponse(
            @JsonProperty("observations") List<ObservationView> observations,
            @JsonProperty("query") String query,
            @JsonProperty("mode") String mode,
            @JsonProperty("total") int total,
            @JsonProperty("covered") @Nullable Boolean covered,
            @JsonProperty("coverage") @Nullable Double coverage,
            @JsonProperty("dropped") @JsonInclude(JsonInclude.Include.NON_EMPTY)
                    @Nullable List<String> dropped,
            @JsonProperty("next") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String next,
            @JsonProperty("explain") @JsonInclude(JsonInclude.Include.NON_NULL)
                    @Nullable List<HitExplanation> explain,
            @JsonProperty("summaries") @JsonInclude(JsonInclude.Include.NON_EMPTY)
                    @Nullable List<SummaryView> summaries) {}

    /// What the score of a hit is made of, in the order of the hits.
    public record HitExplanation(
            @JsonProperty("id") long id,
            @JsonProperty("words") double words,
            @JsonProperty("neighbours") double neighbours,
            @JsonProperty("session") double session,
            @JsonProperty("length") double length,
            @JsonProperty("meaning") double meaning,
            @JsonProperty("recency") double recency,
            @JsonProperty("reranker") double reranker) {}

    /// `POST /api/observations/timeline`: what happened around one observation in its session.
    public record TimelineRequest(
            @JsonProperty("anchor") @Nullable Long anchor,
            @JsonProperty("query") @Nullable String query,
            @JsonProperty("depth_before") @Nullable Integer depthBefore,
            @JsonProperty("depth_after") @Nullable Integer depthAfter,
            @JsonProperty("project") @Nullable String project) {}

    public record TimelineResponse(
            @JsonProperty("anchor") @Nullable Long anchor,
            @JsonProperty("entries") List<TimelineEntry> entries) {}

    /// `position` is `before`, `anchor` or `after`.
    public record TimelineEntry(
            @JsonProperty("position") String position,
            @JsonProperty("observation") ObservationView observation) {}

    /// `POST /api/observations/get`: several by id, and summaries by theirs; ids that do not exist
    /// are named.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record GetRequest(
            @JsonProperty("ids") @Nullable List<Long> ids,
            @JsonProperty("summary_ids") @Nullable List<Long> summaryIds) {}

    public record GetResponse(
            @JsonProperty("observations") List<ObservationView> observations,
            @JsonProperty("missing") List<Long> missing,
            @JsonProperty("summaries") @JsonInclude(JsonInclude.Include.NON_EMPTY)
                    @Nullable List<SummaryView> summaries,
            @JsonProperty("missing_summaries") @JsonInclude(JsonInclude.Include.NON_EMPTY)
                    @Nullable List<Long> missingSummaries) {}

    /// `POST /api/memories`: what a person or an agent wants kept, in its own words; what it
    /// supersedes is closed with it.
    public record MemoryRequest(
            @JsonProperty("text") @Nullable String text,
            @JsonProperty("title") @Nullable String title,
            @JsonProperty("project") @Nullable String project,
            @JsonProperty("type") @Nullable String type,
            @JsonProperty("supersedes") @Nullable List<Long> supersedes) {}

    public record MemoryResponse(
            @JsonProperty("saved") boolean saved,
            @JsonProperty("id") long id,
            @JsonProperty("title") String title,
            @JsonProperty("project_name") String projectName) {}

    /// `GET /api/health`, the only endpoint without a token.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Health(
            @JsonProperty("status") String status,
            @JsonProperty("version") String version,
            @JsonProperty("pid") long pid,
            @JsonProperty("db") DatabaseHealth db,
            @JsonProperty("embeddings") EmbeddingHealth embeddings,
            @JsonProperty("queue") QueueHealth queue,
            @JsonProperty("progress") @Nullable ProgressHealth progress,
            @JsonProperty("vector") VectorHealth vector,
            @JsonProperty("storage") @Nullable StorageHealth storage,
            @JsonProperty("extraction") @Nullable ExtractionHealth extraction) {}

    /// Who understands turns. `in_use` made the last ones: the name of a backend, or `rules`.
    /// `paused` says why models are not asked; `hint` what to do about a problem.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record ExtractionHealth(
            @JsonProperty("in_use") String inUse,
            @JsonProperty("backends") List<BackendHealth> backends,
            @JsonProperty("paused") @Nullable String paused,
            @JsonProperty("hint") @Nullable String hint,
            @JsonProperty("today") @Nullable CostFigures today) {}

    /// `state` is `ready`, `loaded`, `resting`, `paused`, `failing` or `broken`.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record BackendHealth(
            @JsonProperty("name") String name,
            @JsonProperty("model") String model,
            @JsonProperty("state") String state,
            @JsonProperty("problem") @Nullable String problem) {}

    /// What models took; `dollars` by the prices in the settings.
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record CostFigures(
            @JsonProperty("calls") long calls,
            @JsonProperty("tokens_in") long tokensIn,
            @JsonProperty("tokens_out") long tokensOut,
            @JsonProperty("seconds") double seconds,
            @JsonProperty("cpu_seconds") double cpuSeconds,
            @JsonProperty("dollars") double dollars) {}

    /// `project` is null where it is not known, or no more.
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record CostRow(
            @JsonProperty("day") String day,
            @JsonProperty("project") @Nullable String project,
            @JsonProperty("backend") String backend,
            @JsonProperty("model") String model,
            @JsonProperty("figures") CostFigures figures) {}

    /// The caps that are set; null for as much as they like.
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record CostCaps(
            @JsonProperty("calls_per_day") @Nullable Long callsPerDay,
            @JsonProperty("tokens_per_day") @Nullable Long tokensPerDay,
            @JsonProperty("dollars_per_day") @Nullable Double dollarsPerDay,
            @JsonProperty("tokens_per_call") @Nullable Long tokensPerCall) {}

    /// What `GET /api/cost` answers, the latest day first.
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record CostResponse(
            @JsonProperty("days") int days,
            @JsonProperty("today") CostFigures today,
            @JsonProperty("total") CostFigures total,
            @JsonProperty("caps") CostCaps caps,
            @JsonProperty("paused") @Nullable String paused,
            @JsonProperty("rows") List<CostRow> rows) {}

    /// `provider` is `embedded`, `external` or `docker`.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record DatabaseHealth(
            @JsonProperty("status") String status,
            @JsonProperty("provider") String provider,
            @JsonProperty("version") @Nullable String version,
            @JsonProperty("pgvector") @Nullable String pgvector,
            @JsonProperty("error") @Nullable String error) {}

    /// `status` is `ok`, `off` without pgvector, or `degraded` with the `problem` that keeps the
    /// chosen model from serving. `model` serves queries; `change` says which one is to follow.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record EmbeddingHealth(
            @JsonProperty("status") String status,
            @JsonProperty("model") String model,
            @JsonProperty("dimensions") int dimensions,
            @JsonProperty("provider") String provider,
            @JsonProperty("pending") long pending,
            @JsonProperty("change") @Nullable ModelChange change,
            @JsonProperty("problem") @Nullable String problem) {}

    /// The model whose vectors are being made, and of how many observations it has them.
    public record ModelChange(
            @JsonProperty("model") String model,
            @JsonProperty("done") long done,
            @JsonProperty("total") long total) {}

    /// `POST /api/models/use`, `pull`, `verify` and `remove`.
    public record ModelRequest(@JsonProperty("name") @Nullable String name) {}

    /// What `POST /api/models/use` and `/cancel` answer: the model that serves, and the one that
    /// is to follow.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record ModelInUse(
            @JsonProperty("serving") String serving,
            @JsonProperty("change") @Nullable ModelChange change) {}

    /// All counts are -1 while the database cannot be asked.
    public record QueueHealth(
            @JsonProperty("pending") long pending,
            @JsonProperty("scheduled") long scheduled,
            @JsonProperty("dead") long dead,
            @JsonProperty("spooled") long spooled,
            @JsonProperty("refused") long refused,
            @JsonProperty("observations_total") long observationsTotal) {}

    /// How the queue gets on: `state` is `idle`, `working`, or `stalled` where something has been
    /// due for ten minutes and nothing was done in that time. `oldest_job_seconds` is the age of
    /// the oldest job that is due and not done.
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record ProgressHealth(
            @JsonProperty("state") String state,
            @JsonProperty("oldest_job_seconds") @Nullable Long oldestJobSeconds,
            @JsonProperty("last_success_at") @Nullable String lastSuccessAt) {}

    /// What is on the disk. `growth_bytes_per_day` is the average since `growth_since`, at most a
    /// week ago, and null before there are figures of two days; `warning` says that space is short.
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record StorageHealth(
            @JsonProperty("database_bytes") @Nullable Long databaseBytes,
            @JsonProperty("growth_bytes_per_day") @Nullable Long growthBytesPerDay,
            @JsonProperty("growth_since") @Nullable String growthSince,
            @JsonProperty("spool_bytes") long spoolBytes,
            @JsonProperty("spool_bytes_max") long spoolBytesMax,
            @JsonProperty("log_bytes") long logBytes,
            @JsonProperty("free_bytes") @Nullable Long freeBytes,
            @JsonProperty("warning") @Nullable String warning) {}

    /// `extension` is `available` or `missing`; `index` is `hnsw` or `none`.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record VectorHealth(
            @JsonProperty("extension") String extension,
            @JsonProperty("version") @Nullable String version,
            @JsonProperty("index") String index,
            @JsonProperty("rows") long rows,
            @JsonProperty("hint") @Nullable String hint) {}

    /// `GET /api/projects`, the most recently used first.
    public record ProjectsResponse(
            @JsonProperty("projects") List<ProjectView> projects,
            @JsonProperty("total") int total) {}

    /// `paths` are the roots where the project is now, `remotes` are in normal form.
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record ProjectView(
            @JsonProperty("id") long id,
            @JsonProperty("name") String name,
            @JsonProperty("aliases") List<String> aliases,
            @JsonProperty("paths") List<String> paths,
            @JsonProperty("remotes") List<String> remotes,
            @JsonProperty("sessions") long sessions,
            @JsonProperty("observations") long observations,
            @JsonProperty("last_event_at") @Nullable String lastEventAt) {}

    /// `POST /api/projects/merge`: everything of `from` belongs to `into` afterwards.
    public record ProjectMergeRequest(
            @JsonProperty("from") @Nullable String from,
            @JsonProperty("into") @Nullable String into) {}

    /// `POST /api/projects/rename`: the old name stays as an alias.
    public record ProjectRenameRequest(
            @JsonProperty("project") @Nullable String project,
            @JsonProperty("name") @Nullable String name) {}

    /// `POST /api/projects/alias`: adds an alias, or takes it away again.
    public record ProjectAliasRequest(
            @JsonProperty("project") @Nullable String project,
            @JsonProperty("alias") @Nullable String alias,
            @JsonProperty("remove") @Nullable Boolean remove) {}

    /// `POST /api/pause` and `POST /api/resume`: everything, a project or a session.
    ///
    /// @param time how long, as 30m, 12h or 7d; absent means until it is resumed
    public record PauseRequest(
            @JsonProperty("all") @Nullable Boolean all,
            @JsonProperty("project") @Nullable String project,
            @JsonProperty("session_id") @Nullable String sessionId,
            @JsonProperty("for") @Nullable String time) {}

    /// One pause; `kind` is `all`, `project`, `session` or, where a `.mneme` file says so, `file`.
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record PauseView(
            @JsonProperty("kind") String kind,
            @JsonProperty("name") @Nullable String name,
            @JsonProperty("folders") List<String> folders,
            @JsonProperty("since") @Nullable String since,
            @JsonProperty("until") @Nullable String until) {}

    /// `GET /api/pause`, and what a change leaves.
    public record Pauses(@JsonProperty("paused") List<PauseView> paused) {}

    /// One of the projects that an ambiguous name may mean.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record ProjectCandidate(
            @JsonProperty("id") long id,
            @JsonProperty("name") String name,
            @JsonProperty("path") @Nullable String path) {}

    /// `GET /api/queue`: the newest first, one for each captured event.
    public record QueueJobs(@JsonProperty("jobs") List<QueueJob> jobs) {}

    /// What became of one captured event. `event` is the hook's path, as in `post-tool-use`;
    /// `payload` is there only when asked for, and only until its retention has passed.
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record QueueJob(
            @JsonProperty("id") long id,
            @JsonProperty("tool_use_id") @Nullable String toolUseId,
            @JsonProperty("event") String event,
            @JsonProperty("state") String state,
            @JsonProperty("outcome") @Nullable String outcome,
            @JsonProperty("skip_reason") @Nullable String skipReason,
            @JsonProperty("attempt") int attempt,
            @JsonProperty("max_attempts") int maxAttempts,
            @JsonProperty("last_error") @Nullable String lastError,
            @JsonProperty("event_id") long eventId,
            @JsonProperty("session_id") String sessionId,
            @JsonProperty("project_name") @Nullable String projectName,
            @JsonProperty("tool_name") @Nullable String toolName,
            @JsonProperty("occurred_at") String occurredAt,
            @JsonProperty("created_at") String createdAt,
            @JsonProperty("scheduled_at") String scheduledAt,
            @JsonProperty("attempted_at") @Nullable String attemptedAt,
            @JsonProperty("finalized_at") @Nullable String finalizedAt,
            @JsonProperty("payload_kept") boolean payloadKept,
            @JsonProperty("payload") @JsonInclude(JsonInclude.Include.NON_NULL)
                    @Nullable String payload) {}

    /// What `mneme open` puts into a link.
    public record ConsoleCode(
            @JsonProperty("code") String code,
            @JsonProperty("expires_in_seconds") long expiresInSeconds) {}

    /// What the console sends as its bearer token from then on.
    public record ConsoleKey(@JsonProperty("key") String key) {}

    /// `GET /api/observations/{id}/origin`. `made_by` is an extractor, `api` or `manual`; `events`
    /// are those that are still kept, in their order.
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record OriginView(
            @JsonProperty("id") long id,
            @JsonProperty("session_id") String sessionId,
            @JsonProperty("made_by") String madeBy,
            @JsonProperty("made_by_version") int madeByVersion,
            @JsonProperty("stored_at") String storedAt,
            @JsonProperty("events") List<OriginEvent> events) {}

    /// `job_id` names what `GET /api/queue/{id}` shows; null once that is gone.
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record OriginEvent(
            @JsonProperty("event_id") long eventId,
            @JsonProperty("job_id") @Nullable Long jobId,
            @JsonProperty("session_id") String sessionId,
            @JsonProperty("event") String event,
            @JsonProperty("tool_name") @Nullable String toolName,
            @JsonProperty("agent_type") @Nullable String agentType,
            @JsonProperty("branch") @Nullable String branch,
            @JsonProperty("occurred_at") String occurredAt,
            @JsonProperty("payload_kept") boolean payloadKept) {}

    /// `GET /api/models`. `work` is what is being downloaded or read again, or how the last of that
    /// ended.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record ModelsResponse(
            @JsonProperty("models") List<ModelView> models,
            @JsonProperty("work") @Nullable ModelWorkView work) {}

    /// `kind` is `pull` or `verify`; `state` is `running`, `done`, `stopped` or `failed`. `bytes`
    /// of
    /// `total` are there of `file`.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record ModelWorkView(
            @JsonProperty("model") String model,
            @JsonProperty("kind") String kind,
            @JsonProperty("state") String state,
            @JsonProperty("file") String file,
            @JsonProperty("bytes") long bytes,
            @JsonProperty("total") @Nullable Long total,
            @JsonProperty("problem") @Nullable String problem,
            @JsonProperty("hint") @Nullable String hint) {}

    /// `kind` is `embedding`, `extraction` or `reranking`; `state` is `built in`, `ready`, `absent`
    /// or `broken`.
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record ModelView(
            @JsonProperty("name") String name,
            @JsonProperty("kind") String kind,
            @JsonProperty("state") String state,
            @JsonProperty("chosen") boolean chosen,
            @JsonProperty("dimensions") @Nullable Integer dimensions,
            @JsonProperty("bytes") @Nullable Long bytes,
            @JsonProperty("licence") String licence,
            @JsonProperty("about") String about) {}

    /// `POST /api/queue/retry?state=discarded`.
    public record QueueRetried(@JsonProperty("retried") long retried) {}

    /// `DELETE /api/queue`.
    public record QueuePurged(@JsonProperty("purged") long purged) {}

    /// `POST /api/forget`: observations by id, or everything that meets every condition given.
    ///
    /// `last` is a span of time as `30m`; `path` is absolute, or relative to the project named;
    /// `now` erases at once; `as_of` of a preview makes sure that nothing goes which it did not
    /// show.
    public record ForgetRequest(
            @JsonProperty("ids") @Nullable List<Long> ids,
            @JsonProperty("session") @Nullable String session,
            @JsonProperty("last") @Nullable String last,
            @JsonProperty("query") @Nullable String query,
            @JsonProperty("path") @Nullable String path,
            @JsonProperty("project") @Nullable String project,
            @JsonProperty("dry_run") @Nullable Boolean dryRun,
            @JsonProperty("now") @Nullable Boolean now,
            @JsonProperty("as_of") @Nullable ForgetAsOf asOf) {}

    /// The newest event and observation that a preview looked at, and when.
    public record ForgetAsOf(
            @JsonProperty("event") @Nullable Long event,
            @JsonProperty("observation") @Nullable Long observation,
            @JsonProperty("at") @Nullable String at) {}

    /// How many rows of each kind; `spooled` counts files of the spool.
    public record ForgetCounts(
            @JsonProperty("observations") int observations,
            @JsonProperty("events") int events,
            @JsonProperty("jobs") int jobs,
            @JsonProperty("prompts") int prompts,
            @JsonProperty("summaries") int summaries,
            @JsonProperty("sessions") int sessions,
            @JsonProperty("projects") int projects,
            @JsonProperty("spooled") int spooled,
            @JsonProperty("lessons") int lessons) {}

    /// `id` is what it can be restored under; null in a preview and where nothing was found.
    /// `related` counts observations that stay although an event they were made from goes;
    /// `unwritten` names tables whose files still hold what was erased from them.
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record ForgetResponse(
            @JsonProperty("dry_run") boolean dryRun,
            @JsonProperty("id") @Nullable Long id,
            @JsonProperty("counts") ForgetCounts counts,
            @JsonProperty("titles") List<String> titles,
            @JsonProperty("related") int related,
            @JsonProperty("restorable_until") @Nullable String restorableUntil,
            @JsonProperty("unwritten") List<String> unwritten,
            @JsonProperty("as_of") ForgetAsOf asOf) {}

    /// `GET /api/forget`, the newest first.
    public record ForgottenList(@JsonProperty("forgotten") List<ForgottenView> forgotten) {}

    /// `state` is `restorable`, `restored` or `erased`; `chosen_by` names the ways of choosing.
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record ForgottenView(
            @JsonProperty("id") long id,
            @JsonProperty("state") String state,
            @JsonProperty("chosen_by") String chosenBy,
            @JsonProperty("forgotten_at") String forgottenAt,
            @JsonProperty("restorable_until") String restorableUntil,
            @JsonProperty("counts") ForgetCounts counts) {}

    /// `POST /api/forget/restore` and `POST /api/forget/erase`.
    public record ForgottenRequest(@JsonProperty("id") @Nullable Long id) {}

    /// `POST /api/forget/erase`.
    public record ErasedResponse(
            @JsonProperty("erased") long erased,
            @JsonProperty("unwritten") List<String> unwritten) {}

    /// `POST /api/lessons`. Without a project it holds in every one; `severity` is `critical`,
    /// `warning` (the default) or `info`; without a trigger it is told at a session's start alone.
    ///
    /// @param triggerTool as in `Edit|Write|mcp__github__*`
    /// @param triggerPattern RE2, looked for in a call's input
    public record LessonRequest(
            @JsonProperty("title") @Nullable String title,
            @JsonProperty("rule") @Nullable String rule,
            @JsonProperty("severity") @Nullable String severity,
            @JsonProperty("project") @Nullable String project,
            @JsonProperty("trigger_tool") @Nullable String triggerTool,
            @JsonProperty("trigger_pattern") @Nullable String triggerPattern,
            @JsonProperty("source_observation_id") @Nullable Long sourceObservationId) {}

    /// `PATCH /api/lessons/{id}`: what is null stays; an empty text takes a trigger, or the
    /// project, away. `active` accepts or retires.
    public record LessonPatch(
            @JsonProperty("title") @Nullable String title,
            @JsonProperty("rule") @Nullable String rule,
            @JsonProperty("severity") @Nullable String severity,
            @JsonProperty("project") @Nullable String project,
            @JsonProperty("trigger_tool") @Nullable String triggerTool,
            @JsonProperty("trigger_pattern") @Nullable String triggerPattern,
            @JsonProperty("active") @Nullable Boolean active) {}

    /// `POST /api/lessons/search`: lessons of the project, if one is named, and those of all.
    public record LessonSearchRequest(
            @JsonProperty("query") @Nullable String query,
            @JsonProperty("project") @Nullable String project,
            @JsonProperty("severity") @Nullable String severity,
            @JsonProperty("state") @Nullable String state,
            @JsonProperty("limit") @Nullable Integer limit) {}

    /// `POST /api/lessons/match`: what would be told before such a call. Nothing is counted.
    public record LessonMatchRequest(
            @JsonProperty("tool_name") @Nullable String toolName,
            @JsonProperty("tool_input") @Nullable JsonNode toolInput,
            @JsonProperty("project") @Nullable String project) {}

    /// `state` is `proposed`, `active` or `retired`; `source` is `manual` or `proposed`. The
    /// project is null for a lesson that holds in every one.
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record LessonView(
            @JsonProperty("id") long id,
            @JsonProperty("project_id") @Nullable Long projectId,
            @JsonProperty("project_name") @Nullable String projectName,
            @JsonProperty("title") String title,
            @JsonProperty("rule") String rule,
            @JsonProperty("severity") String severity,
            @JsonProperty("trigger_tool") @Nullable String triggerTool,
            @JsonProperty("trigger_pattern") @Nullable String triggerPattern,
            @JsonProperty("state") String state,
            @JsonProperty("active") boolean active,
            @JsonProperty("source") String source,
            @JsonProperty("observation_ids") List<Long> observationIds,
            @JsonProperty("trigger_count") long triggerCount,
            @JsonProperty("last_triggered_at") @Nullable String lastTriggeredAt,
            @JsonProperty("created_at") String createdAt,
            @JsonProperty("score") @Nullable Double score) {}

    /// `POST /api/lessons/search` and `POST /api/lessons/match`, the best first.
    public record LessonsResponse(@JsonProperty("lessons") List<LessonView> lessons) {}

    /// `DELETE /api/lessons/{id}`.
    public record LessonDeleted(@JsonProperty("deleted") long deleted) {}

    /// `POST /api/redact`: one slice of a scan; `next` of the answer before goes on with it.
    public record RedactRequest(
            @JsonProperty("apply") @Nullable Boolean apply,
            @JsonProperty("next") @Nullable String next) {}

    /// `next` is null at the end; `changed` counts the rows and files that were redacted.
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record RedactResponse(
            @JsonProperty("findings") List<RedactFinding> findings,
            @JsonProperty("rows") int rows,
            @JsonProperty("changed") int changed,
            @JsonProperty("next") @Nullable String next) {}

    /// Where a secret lies, and which one by its fingerprint; never the secret.
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record RedactFinding(
            @JsonProperty("kind") String kind,
            @JsonProperty("table") String table,
            @JsonProperty("id") String id,
            @JsonProperty("field") String field,
            @JsonProperty("fingerprint") @Nullable String fingerprint) {}

    /// `POST /api/import`: records as an export writes them, in their order. `source` is `bundle`
    /// for what a database of ours exported, or the name of another system. `again` brings back
    /// what was taken in before and is here no more, or was forgotten.
    public record ImportRequest(
            @JsonProperty("source") @Nullable String source,
            @JsonProperty("records") @Nullable List<@Nullable JsonNode> records,
            @JsonProperty("dry_run") @Nullable Boolean dryRun,
            @JsonProperty("again") @Nullable Boolean again) {}

    /// What became of the records, counted by their kind.
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record ImportResponse(
            @JsonProperty("counts") List<ImportCount> counts,
            @JsonProperty("rejected") List<ImportRejection> rejected) {}

    /// `paused` are those that happened while capture was paused.
    public record ImportCount(
            @JsonProperty("record") String record,
            @JsonProperty("stored") int stored,
            @JsonProperty("known") int known,
            @JsonProperty("forgotten") int forgotten,
            @JsonProperty("paused") int paused) {}

    /// One record that could not be taken, by its place in the request.
    public record ImportRejection(
            @JsonProperty("index") int index,
            @JsonProperty("record") String record,
            @JsonProperty("reason") String reason) {}

    /// `GET /api/export`: records in the order in which an import wants them; `next` is null behind
    /// the last page.
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record ExportResponse(
            @JsonProperty("records") List<JsonNode> records,
            @JsonProperty("next") @Nullable String next) {}
}
