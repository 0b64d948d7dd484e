package dev.mneme.http;

import dev.mneme.protocol.Wire;

import java.util.List;

/// Every operation of the REST surface.
final class Endpoints {

    private Endpoints() {}

    static List<Endpoint> of(
            EventRoutes events,
            SessionRoutes sessions,
            ObservationRoutes observations,
            CorrectionRoutes corrections,
            ReceiptRoutes receipts,
            SearchRoutes search,
            Projects projects,
            HealthRoute health,
            MetricsRoute metrics,
            QueueRoutes queue,
            PauseRoutes pauses,
            ForgetRoutes forget,
            RedactRoutes redact,
            ModelRoutes models,
            CostRoutes costs,
            ConsoleRoutes console,
            LessonRoutes lessons,
            PlannedCallRoute plannedCalls,
            MoveRoutes moves) {
        return List.of(
                Endpoint.get(
                                "/api/health",
                                health::show,
                                "The state of the daemon, its database, its queue and its disk; needs no token")
                        .answers(Wire.Health.class)
                        .forConsole(),
                Endpoint.get(
                                "/metrics",
                                metrics::show,
                                "Figures for Prometheus, in its text format")
                        .answers(String.class),
                // Before the pattern that would take it for an event.
                Endpoint.post(
                        "/api/hooks/pre-tool-use",
                        plannedCalls::ask,
                        "The lesson for a tool call that an agent is about to make, as its hook prints it"),
                Endpoint.post(
                        "/api/hooks/{event}",
                        events::hook,
                        "One event as the host sent it to a hook; the answer is what the hook prints"),
                Endpoint.post(
                                EventRoutes.QUEUE_PATH,
                                events::queue,
                                "One tool call, by an agent without hooks")
                        .takes(Wire.QueueRequest.class)
                        .answers(Wire.QueueResponse.class),
                Endpoint.get(
                                "/api/queue",
                                queue::list,
                                "What became of each captured event, the newest first")
                        .answers(Wire.QueueJobs.class)
                        .text("session", "The session's id as its agent knows it")
                        .text("state", "Only jobs in this state")
                        .flag("all", "Completed ones as well")
                        .whole("limit", "Jobs at most")
                        .forConsole(),
                Endpoint.delete("/api/queue", queue::purge, "Removes jobs that are over")
                        .answers(Wire.QueuePurged.class)
                        .requiredText("state", "completed, cancelled or discarded")
                        .text("older_than", "As 30m, 12h or 7d"),
                Endpoint.post("/api/queue/retry", queue::retryAll, "Tries all dead jobs once more")
                        .answers(Wire.QueueRetried.class)
                        .requiredText("state", "discarded")
                        .forConsole(),
                Endpoint.get("/api/queue/{id}", queue::show, "What became of one captured event")
                        .answers(Wire.QueueJob.class)
                        .flag("payload", "What the host sent, while it is kept")
                        .forConsole(),
                Endpoint.post("/api/queue/{id}/retry", queue::retry, "Tries a dead job once more")
                        .answers(Wire.QueueJob.class)
                        .forConsole(),
                Endpoint.get("/api/pause", pauses::list, "What is not captured now")
                        .answers(Wire.Pauses.class)
                        .forConsole(),
                Endpoint.post(
                                "/api/pause",
                                pauses::pause,
                                "Stops capture for everything, a project or a session")
                        .takes(Wire.PauseRequest.class)
                        .answers(Wire.Pauses.class),
                Endpoint.post("/api/resume", pauses::resume, "Captures again")
                        .takes(Wire.PauseRequest.class)
                        .answers(Wire.Pauses.class),
                Endpoint.post(
                                "/api/sessions",
                                sessions::create,
                                "Begins a session, for agents without hooks")
                        .takes(Wire.SessionRequest.class)
                        .answers(Wire.SessionView.class),
                Endpoint.get("/api/sessions", sessions::list, "Sessions, the newest first")
                        .answersListOf(Wire.SessionView.class)
                        .text("project", "Id, name, alias or path")
                        .text("status", "active, completed or failed")
                        .whole("limit", "Sessions at most")
                        .forConsole(),
                Endpoint.get(
                                "/api/sessions/{session_id}",
                                sessions::show,
                                "A session with its turns and what they came to")
                        .answers(Wire.SessionDetail.class)
                        .forConsole(),
                Endpoint.patch(
                                "/api/sessions/{session_id}",
                                sessions::patch,
                                "Ends a session or says what it came to")
                        .takes(Wire.SessionPatch.class),
                Endpoint.get(
                                "/api/sessions/{session_id}/told",
                                receipts::ofSession,
                                "What a session was told when it started, and why")
                        .answers(Wire.ToldResponse.class)
                        .whole("limit", "Memories at most")
                        .forConsole(),
                Endpoint.get(
                                "/api/summaries",
                                sessions::summaries,
                                "What sessions came to, the newest first; with a query what speaks of it")
                        .answersListOf(Wire.SummaryView.class)
                        .forConsole()
                        .text("query", "Words to look for")
                        .text("project", "Id, name, alias or path")
                        .whole("limit", "Summaries at most"),
                Endpoint.post(
                                "/api/observations",
                                observations::create,
                                "Stores an observation; an Idempotency-Key makes a repeated request harmless")
                        .takes(Wire.ObservationRequest.class)
                        .answers(Wire.ObservationView.class),
                Endpoint.get(
                                "/api/observations",
                                observations::list,
                                "Observations, the newest first")
                        .answersListOf(Wire.ObservationView.class)
                        .text("project", "Id, name, alias or path")
                        .text("type", "One of the eight types")
                        .text(
                                "session",
                                "All of this session instead, the oldest first, closed ones too")
                        .whole("limit", "Observations at most")
                        .whole("offset", "So many are left out first")
                        .forConsole(),
                Endpoint.post(
                                "/api/observations/batch",
                                observations::createBatch,
                                "Stores up to 1,000 observations, all or none")
                        .takes(Wire.BatchRequest.class)
                        .answers(Wire.BatchResponse.class),
                Endpoint.post(
                                "/api/observations/search",
                                search::search,
                                "Finds observations by words and by meaning")
                        .takes(Wire.SearchRequest.class)
                        .answers(Wire.SearchResponse.class)
                        .forConsole(),
                Endpoint.post(
                                "/api/observations/timeline",
                                search::timeline,
                                "What was recorded around an observation in its session")
                        .takes(Wire.TimelineRequest.class)
                        .answers(Wire.TimelineResponse.class),
                Endpoint.post(
                                "/api/observations/get",
                                observations::get,
                                "Several observations by id")
                        .takes(Wire.GetRequest.class)
                        .answers(Wire.GetResponse.class),
                Endpoint.get("/api/observations/{id}", observations::one, "One observation")
                        .answers(Wire.ObservationView.class)
                        .forConsole(),
                Endpoint.get(
                                "/api/observations/{id}/origin",
                                receipts::origin,
                                "Who made an observation, and of which events")
                        .answers(Wire.OriginView.class)
                        .forConsole(),
                Endpoint.get(
                                "/api/observations/{id}/why",
                                receipts::ofObservation,
                                "Which sessions were told an observation when they started, and why")
                        .answers(Wire.WhyResponse.class)
                        .whole("limit", "Sessions at most")
                        .forConsole(),
                Endpoint.post(
                                "/api/observations/{id}/edit",
                                corrections::edit,
                                "Puts other words in place of what an observation says")
                        .takes(Wire.EditRequest.class)
                        .answers(Wire.ObservationView.class)
                        .forConsole(),
                Endpoint.post(
                                "/api/observations/{id}/pin",
                                corrections::pin,
                                "Has an observation told at every start of its project, or no longer")
                        .takes(Wire.PinRequest.class)
                        .answers(Wire.ObservationView.class)
                        .forConsole(),
                Endpoint.post(
                                "/api/observations/{id}/close",
                                corrections::close,
                                "Takes an observation out of recall")
                        .takes(Wire.CloseRequest.class)
                        .answers(Wire.ObservationView.class)
                        .forConsole(),
                Endpoint.post(
                                "/api/observations/{id}/reopen",
                                corrections::reopen,
                                "Brings a closed observation back")
                        .answers(Wire.ObservationView.class)
                        .forConsole(),
                Endpoint.post(
                                "/api/memories",
                                observations::save,
                                "Saves something in one's own words, and closes what it supersedes")
                        .takes(Wire.MemoryRequest.class)
                        .answers(Wire.MemoryResponse.class),
                Endpoint.post(
                                "/api/lessons",
                                lessons::create,
                                "Keeps a lesson; the same again is answered with the first")
                        .takes(Wire.LessonRequest.class)
                        .answers(Wire.LessonView.class),
                Endpoint.get("/api/lessons", lessons::list, "Lessons, the gravest first")
                        .answersListOf(Wire.LessonView.class)
                        .text("project", "Id, name, alias or path; those of all projects come too")
                        .text("severity", "critical, warning or info")
                        .text("state", "proposed, active, retired or all")
                        .flag("active", "False for retired ones")
                        .whole("limit", "Lessons at most")
                        .whole("offset", "So many are left out first")
                        .forConsole(),
                Endpoint.post("/api/lessons/search", lessons::search, "Finds lessons by words")
                        .takes(Wire.LessonSearchRequest.class)
                        .answers(Wire.LessonsResponse.class),
                Endpoint.post(
                                "/api/lessons/match",
                                lessons::match,
                                "What would be told before such a call; nothing is counted")
                        .takes(Wire.LessonMatchRequest.class)
                        .answers(Wire.LessonsResponse.class),
                Endpoint.get("/api/lessons/{id}", lessons::show, "One lesson")
                        .answers(Wire.LessonView.class)
                        .forConsole(),
                Endpoint.patch("/api/lessons/{id}", lessons::patch, "Changes a lesson")
                        .takes(Wire.LessonPatch.class)
                        .answers(Wire.LessonView.class),
                Endpoint.delete("/api/lessons/{id}", lessons::delete, "Removes a lesson")
                        .answers(Wire.LessonDeleted.class),
                Endpoint.post(
                                "/api/lessons/{id}/accept",
                                lessons::accept,
                                "Has a proposed or retired lesson told from now on")
                        .answers(Wire.LessonView.class)
                        .forConsole(),
                Endpoint.post(
                                "/api/lessons/{id}/retire",
                                lessons::retire,
                                "Has a lesson told no more")
                        .answers(Wire.LessonView.class)
                        .forConsole(),
                Endpoint.get(
                                "/api/projects",
                                projects::list,
                                "Projects, the most recently used first")
                        .answers(Wire.ProjectsResponse.class)
                        .whole("limit", "Projects at most")
                        .forConsole(),
                Endpoint.delete(
                                "/api/projects",
                                projects::delete,
                                "Deletes a project with everything in it")
                        .requiredText("project", "Id, name, alias or path"),
                Endpoint.post("/api/projects/merge", projects::merge, "Makes two projects one")
                        .takes(Wire.ProjectMergeRequest.class)
                        .answers(Wire.ProjectView.class)
                        .forConsole(),
                Endpoint.post(
                                "/api/projects/rename",
                                projects::rename,
                                "Gives a project another name; the old one stays an alias")
                        .takes(Wire.ProjectRenameRequest.class)
                        .answers(Wire.ProjectView.class)
                        .forConsole(),
                Endpoint.post(
                                "/api/projects/alias",
                                projects::alias,
                                "Adds an alias to a project, or takes it away")
                        .takes(Wire.ProjectAliasRequest.class)
                        .answers(Wire.ProjectView.class),
                Endpoint.get(
                                "/api/export",
                                moves::exportPage,
                                "Everything that is stored, page by page, as records that an import takes")
                        .answers(Wire.ExportResponse.class)
                        .text("project", "Id, name, alias or path; everything where absent")
                        .text("after", "The `next` of the page before"),
                Endpoint.post(
                                "/api/import",
                                moves::take,
                                "Takes in records of an export, or those that were made of another system's")
                        .takes(Wire.ImportRequest.class)
                        .answers(Wire.ImportResponse.class),
                Endpoint.post(
                                "/api/forget",
                                forget::forget,
                                "Takes something out of memory, or shows what would go")
                        .takes(Wire.ForgetRequest.class)
                        .answers(Wire.ForgetResponse.class),
                Endpoint.get("/api/forget", forget::list, "What was forgotten, the newest first")
                        .answers(Wire.ForgottenList.class)
                        .whole("limit", "Acts of forgetting at most"),
                Endpoint.post(
                                "/api/forget/restore",
                                forget::restore,
                                "Brings back what was forgotten")
                        .takes(Wire.ForgottenRequest.class)
                        .answers(Wire.ForgottenView.class),
                Endpoint.post(
                                "/api/forget/erase",
                                forget::erase,
                                "Erases what was forgotten for good")
                        .takes(Wire.ForgottenRequest.class)
                        .answers(Wire.ErasedResponse.class),
                Endpoint.post(
                                "/api/redact",
                                redact::slice,
                                "Looks for secrets in a slice of what is stored")
                        .takes(Wire.RedactRequest.class)
                        .answers(Wire.RedactResponse.class),
                Endpoint.get(
                                "/api/models",
                                models::list,
                                "The models that are known, and which are there")
                        .answers(Wire.ModelsResponse.class)
                        .forConsole(),
                Endpoint.post("/api/models/use", models::use, "Chooses a model for its kind")
                        .takes(Wire.ModelRequest.class)
                        .answers(Wire.ModelInUse.class)
                        .forConsole(),
                Endpoint.post(
                                "/api/models/cancel",
                                models::cancel,
                                "Stays with the embedding model that serves")
                        .answers(Wire.ModelInUse.class)
                        .forConsole(),
                Endpoint.post(
                                "/api/models/pull",
                                models::pull,
                                "Begins to download a model; one at a time")
                        .takes(Wire.ModelRequest.class)
                        .answers(Wire.ModelsResponse.class)
                        .forConsole(),
                Endpoint.post(
                                "/api/models/verify",
                                models::verify,
                                "Begins to read every byte of a model again")
                        .takes(Wire.ModelRequest.class)
                        .answers(Wire.ModelsResponse.class)
                        .forConsole(),
                Endpoint.post(
                                "/api/models/stop",
                                models::stop,
                                "Ends a download or a reading; what has arrived stays")
                        .answers(Wire.ModelsResponse.class)
                        .forConsole(),
                Endpoint.post("/api/models/remove", models::remove, "Removes a downloaded model")
                        .takes(Wire.ModelRequest.class)
                        .answers(Wire.ModelsResponse.class)
                        .forConsole(),
                Endpoint.post(
                                "/api/console/code",
                                console::code,
                                "A code that lets a browser in, once and within a minute")
                        .answers(Wire.ConsoleCode.class),
                Endpoint.post(
                                ConsoleRoutes.KEY,
                                console::key,
                                "A key for a code, which is sent as the bearer token")
                        .answers(Wire.ConsoleKey.class),
                Endpoint.get("/api/cost", costs::show, "What language models took")
                        .answers(Wire.CostResponse.class)
                        .whole("days", "The last so many days")
                        .forConsole());
    }
}
