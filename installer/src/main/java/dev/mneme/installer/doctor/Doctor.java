package dev.mneme.installer.doctor;

import dev.mneme.installer.Children;
import dev.mneme.installer.ClaudeClient;
import dev.mneme.installer.DaemonControl;
import dev.mneme.installer.Failure;
import dev.mneme.installer.Surroundings;
import dev.mneme.installer.Terminal;
import dev.mneme.installer.doctor.Report.Step;
import dev.mneme.installer.program.Programs;
import dev.mneme.installer.settings.ClaudeRegistration;
import dev.mneme.installer.settings.HookRegistration;
import dev.mneme.installer.settings.ServerSettings;
import dev.mneme.protocol.FileTree;
import dev.mneme.protocol.Json;
import dev.mneme.protocol.Wire;
import dev.mneme.protocol.client.DaemonClient;
import dev.mneme.protocol.client.DaemonUnavailable;
import dev.mneme.redaction.pause.Pause;
import dev.mneme.redaction.pause.PauseFile;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/// Runs the real loop in a throwaway project: the registered hooks, the queue, the search, the
/// registered MCP server. Each step is timed; the first that fails ends the run, since what comes
/// after it could only fail for the same reason. The project is removed whatever happened.
public final class Doctor {

    private static final Duration HOOK_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration QUEUE_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration QUEUE_POLL_INTERVAL = Duration.ofMillis(50);
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(10);

    /// HNSW indexes of versions before it may be damaged by `VACUUM`.
    private static final int[] PGVECTOR_WANTED = {0, 8, 4};

    private final Surroundings surroundings;
    private final Programs programs;
    private final DaemonControl daemon;
    private final ClaudeRegistration registration;
    private final Terminal terminal;
    private final List<Step> steps = new ArrayList<>();

    /// The titles of what the search found, for the MCP server to find again.
    private final List<String> titles = new ArrayList<>();

    public Doctor(
            Surroundings surroundings,
            Programs programs,
            DaemonControl daemon,
            ClaudeRegistration registration,
            Terminal terminal) {
        this.surroundings = surroundings;
        this.programs = programs;
        this.daemon = daemon;
        this.registration = registration;
        this.terminal = terminal;
    }

    /// What a step found out: details, and a hint when it is only a warning.
    private record Finding(String detail, @Nullable String warningHint) {

        static Finding ok(String detail) {
            return new Finding(detail, null);
        }
    }

    @FunctionalInterface
    private interface Check {
        Finding run() throws Exception;
    }

    public Report run() throws IOException, InterruptedException {
        Path project = Files.createTempDirectory("mneme-doctor-").toRealPath();
        try {
            makeRepository(project);
            String marker =
                    "doctor"
                            + HexFormat.of()
                                    .toHexDigits(UUID.randomUUID().getMostSignificantBits());
            var payloads = new Payloads(project, UUID.randomUUID().toString(), marker);
            drive(payloads);
            return Report.of(steps);
        } finally {
            FileTree.delete(project);
        }
    }

    private void drive(Payloads payloads) throws InterruptedException {
        if (!step("claude code", this::claudeCode)
                || !step("daemon", this::daemonUp)
                || !step("database", this::database)
                || !step("vectors", this::vectors)) {
            return;
        }
        List<String> others = othersThatCapture();
        if (!others.isEmpty()) {
            step("beside", () -> beside(others));
        }
        step("disk", this::disk);
        step("extraction", this::extraction);
        List<Pause> paused =
                new PauseFile(programs.home().root().toFile()).current(System.currentTimeMillis());
        if (!paused.isEmpty()) {
            step("capture", () -> paused(paused));
            if (paused.stream().anyMatch(pause -> pause.kind() == Pause.Kind.ALL)) {
                // Nothing would be captured that could be looked for.
                return;
            }
        }
        try {
            boolean captured = step("hooks", () -> hooks(payloads)) && step("queue", this::queue);
            if (captured && step("observation", () -> observation(payloads))) {
                step("mcp", () -> mcp(payloads));
            }
        } finally {
            step("cleanup", () -> cleanup(payloads.project()));
        }
    }

    private boolean step(String name, Check check) throws InterruptedException {
        long startedNanos = System.nanoTime();
        Step step;
        try {
            Finding finding = terminal.watching(name, check::run);
            step =
                    new Step(
                            name,
                            finding.warningHint() == null ? Step.OK : Step.WARNING,
                            millis(startedNanos),
                            finding.detail(),
                            finding.warningHint());
        } catch (InterruptedException interrupted) {
            throw interrupted;
        } catch (Failure failure) {
            step = failed(name, startedNanos, String.valueOf(failure.getMessage()), failure.hint());
        } catch (DaemonUnavailable down) {
            step = failed(name, startedNanos, String.valueOf(down.getMessage()), down.hint());
        } catch (Exception unexpected) {
            step =
                    failed(
                            name,
                            startedNanos,
                            unexpected.toString(),
                            "install again with `mneme install`");
        }
        steps.add(step);
        print(step);
        return !step.status().equals(Step.FAILED);
    }

    private static Step failed(String name, long startedNanos, String detail, String hint) {
        return new Step(name, Step.FAILED, millis(startedNanos), detail, hint);
    }

    private void print(Step step) {
        Terminal.Mark mark =
                switch (step.status()) {
                    case Step.OK -> Terminal.Mark.OK;
                    case Step.WARNING -> Terminal.Mark.NOTE;
                    default -> Terminal.Mark.FAILED;
                };
        terminal.result(
                mark,
                step.name(),
                String.format(Locale.ROOT, "%6d ms  %s", step.ms(), step.detail()));
        if (step.hint() != null) {
            terminal.line("          hint: " + step.hint());
        }
    }

    private Finding claudeCode() throws Failure, InterruptedException {
        Optional<String> plugin = registration.enabledPlugin();
        boolean hooks = registration.registeredHook("SessionStart").isPresent();
        if (registration.areHooksManaged()) {
            return new Finding(
                    "settings that are managed for you allow no hooks but their own",
                    "nothing is captured; ask whoever manages them");
        }
        if (plugin.isPresent() && !hooks) {
            return Finding.ok("the plugin `" + plugin.get() + "` registers hooks and MCP server");
        }
        List<Path> projects = registration.otherHookFiles();
        if (!hooks && !projects.isEmpty()) {
            return Finding.ok(
                    "hooks registered for "
                            + (projects.size() == 1
                                    ? "one project, in `" + projects.getFirst() + "`"
                                    : projects.size() + " projects' settings")
                            + ", for no other");
        }
        if (!hooks) {
            return new Finding(
                    "hooks are not registered in `" + surroundings.claude().settings() + "`",
                    "register them with `mneme install`, or use the plugin");
        }
        for (HookRegistration hook : HookRegistration.ALL) {
            if (registration.registeredHook(hook.event()).isEmpty()) {
                return new Finding(
                        "the hook for "
                                + hook.event()
                                + " is not registered in `"
                                + surroundings.claude().settings()
                                + "`",
                        "register it with `mneme install`");
            }
        }
        if (registration.areHooksDisabled()) {
            return new Finding(
                    "`disableAllHooks` is set in `" + surroundings.claude().settings() + "`",
                    "nothing is captured until you take it out");
        }
        if (registration.registeredServer().isEmpty()) {
            return new Finding(
                    "the MCP server is not registered in `" + surroundings.claude().servers() + "`",
                    "register it with `mneme install`");
        }
        Optional<ClaudeClient> client = ClaudeClient.find(surroundings.environment());
        if (client.isEmpty()) {
            return new Finding(
                    "hooks and MCP server registered; no `claude` on the PATH",
                    "install Claude Code, or put it on the PATH; nothing else is missing");
        }
        return Finding.ok(
                "hooks and MCP server registered, `claude` "
                        + client.get().version().orElse("of unknown version"));
    }

    /// Where the settings cannot be read that is said elsewhere.
    private List<String> othersThatCapture() {
        try {
            return registration.othersThatCapture();
        } catch (Failure unreadable) {
            return List.of();
        }
    }

    /// Two memories beside each other do no harm, but each of them costs, and both are told.
    private static Finding beside(List<String> others) {
        return new Finding(
                String.join(" and ", others)
                        + (others.size() == 1 ? " captures" : " capture")
                        + " the same sessions",
                "each keeps a memory of its own; for one alone uninstall or disable the other"
                        + " (a plugin in `/plugin`), and take in what it knows with"
                        + " `mneme import`");
    }

    private Finding daemonUp() throws Failure, InterruptedException {
        Optional<Wire.Health> running = daemon.health();
        Wire.Health health = running.isPresent() ? running.get() : daemon.start();
        String detail =
                (running.isPresent() ? "up" : "started")
                        + ", process "
                        + health.pid()
                        + ", version "
                        + health.version();
        String own = Doctor.class.getPackage().getImplementationVersion();
        if (own != null && !own.equals(health.version())) {
            return new Finding(
                    detail + ", while this program is " + own,
                    "`mneme restart` starts the daemon that is installed; `./mneme upgrade` in your"
                            + " clone installs that one's");
        }
        return Finding.ok(detail);
    }

    private Wire.Health health() throws Failure {
        return daemon.health()
                .orElseThrow(
                        () ->
                                new Failure(
                                        "the daemon does not answer",
                                        "see `mneme logs`, then `mneme restart`"));
    }

    private Finding database() throws Failure {
        Wire.DatabaseHealth database = health().db();
        if (database.error() != null) {
            throw new Failure(
                    "the database does not work: " + database.error(),
                    "see `mneme logs`, then `mneme restart`");
        }
        return Finding.ok(database.provider() + ", PostgreSQL " + database.version());
    }

    private Finding disk() throws Failure {
        Wire.StorageHealth storage = health().storage();
        if (storage == null) {
            return Finding.ok("an older daemon does not say");
        }
        Long free = storage.freeBytes();
        return new Finding(
                free == null ? "free space unknown" : free / (1000 * 1000) + " MB free",
                storage.warning());
    }

    /// A model that does not work is no reason to be unhealthy: the rules do its work meanwhile.
    private Finding extraction() throws Failure {
        Wire.ExtractionHealth extraction = health().extraction();
        if (extraction == null) {
            return Finding.ok("an older daemon does not say");
        }
        String models =
                extraction.backends().stream()
                        .map(Doctor::standing)
                        .collect(java.util.stream.Collectors.joining(", "));
        return new Finding(
                "by "
                        + extraction.inUse()
                        + (models.isEmpty() ? "" : " (" + models + ")")
                        + (extraction.paused() == null
                                ? ""
                                : ", models pause: " + extraction.paused()),
                extraction.hint());
    }

    private static String standing(Wire.BackendHealth backend) {
        String problem = backend.problem();
        return backend.name() + " " + backend.state() + (problem == null ? "" : ": " + problem);
    }

    private Finding vectors() throws Failure {
        Wire.VectorHealth vector = health().vector();
        if (!vector.extension().equals("available")) {
            return new Finding(
                    "vector search is off: pgvector is missing",
                    vector.hint() == null
                            ? "install pgvector for this PostgreSQL, then `mneme restart`"
                            : vector.hint());
        }
        String detail =
                "pgvector "
                        + vector.version()
                        + ", index "
                        + vector.index()
                        + ", "
                        + vector.rows()
                        + " rows";
        if (vector.version() != null && isOlderThanWanted(vector.version())) {
            return new Finding(
                    detail,
                    "0.8.4 or newer is wanted: older ones have faults in vacuuming HNSW indexes");
        }
        return new Finding(detail, vector.hint());
    }

    static boolean isOlderThanWanted(String version) {
        String[] parts = version.split("[^0-9]+", -1);
        for (int index = 0; index < PGVECTOR_WANTED.length; index++) {
            int part =
                    index < parts.length && !parts[index].isEmpty()
                            ? Integer.parseInt(parts[index])
                            : 0;
            if (part != PGVECTOR_WANTED[index]) {
                return part < PGVECTOR_WANTED[index];
            }
        }
        return false;
    }

    private static Finding paused(List<Pause> paused) {
        return paused.stream().anyMatch(pause -> pause.kind() == Pause.Kind.ALL)
                ? new Finding(
                        "capture is paused for everything, so the loop cannot be checked",
                        "end it with `mneme resume --all`")
                : new Finding(
                        "capture is paused for some projects or sessions: " + paused.size(),
                        "`mneme status` names them");
    }

    private Finding hooks(Payloads payloads) throws Exception {
        long startedNanos = System.nanoTime();
        hook("SessionStart", payloads.sessionStart(), payloads.project());
        hook("UserPromptSubmit", payloads.userPromptSubmit(), payloads.project());
        hook("PreToolUse", payloads.preToolUse(), payloads.project());
        hook("PostToolUse", payloads.edit(), payloads.project());
        hook("Stop", payloads.stop(), payloads.project());
        return Finding.ok("5 hooks, " + millis(startedNanos) / 5 + " ms each");
    }

    private void hook(String event, String payload, Path project) throws Exception {
        List<String> command = hookCommand(event);
        Children.Ended ended =
                Children.run(
                        Children.Call.of(command, project, HOOK_TIMEOUT)
                                .with(
                                        Map.of(
                                                "MNEME_HOME",
                                                programs.home().root().toString(),
                                                "CLAUDE_PROJECT_DIR",
                                                project.toString(),
                                                "MNEME_DISABLED",
                                                "",
                                                "CLAUDE_CODE_REMOTE",
                                                ""))
                                .input(payload));
        if (!ended.ok()) {
            throw new Failure(
                    "the hook for "
                            + event
                            + (ended.timedOut()
                                    ? " did not end within " + HOOK_TIMEOUT.toSeconds() + " s"
                                    : " ended with exit code "
                                            + ended.exitCode()
                                            + ": "
                                            + ended.lastLine()),
                    "install again with `mneme install`");
        }
        if (!isEmptyOrObject(ended.out())) {
            throw new Failure(
                    "the hook for " + event + " printed something that is not one JSON object",
                    "install again with `mneme install`");
        }
    }

    private List<String> hookCommand(String event) throws Failure, IOException {
        Optional<List<String>> registered = registration.registeredHook(event);
        if (registered.isPresent()) {
            return registered.get();
        }
        String argument =
                HookRegistration.ALL.stream()
                        .filter(hook -> hook.event().equals(event))
                        .findFirst()
                        .orElseThrow()
                        .argument();
        return programs.hook(argument);
    }

    private static boolean isEmptyOrObject(String out) {
        if (out.isBlank()) {
            return true;
        }
        try {
            return Json.tree(out).isObject();
        } catch (JacksonException notJson) {
            return false;
        }
    }

    /// Other sessions may keep the queue busy; then the search for our own marker decides.
    private Finding queue() throws Failure, InterruptedException {
        long deadlineNanos = System.nanoTime() + QUEUE_TIMEOUT.toNanos();
        Wire.Health health = health();
        while (System.nanoTime() < deadlineNanos) {
            if (health.queue().pending() == 0 && health.embeddings().pending() == 0) {
                String problem = health.embeddings().problem();
                if (problem != null) {
                    return new Finding(
                            problem,
                            "get the model again with `mneme models pull`, or choose another one"
                                    + " with `mneme models use`");
                }
                return Finding.ok(
                        "drained, "
                                + health.queue().observationsTotal()
                                + (health.queue().observationsTotal() == 1
                                        ? " observation"
                                        : " observations")
                                + " in all, model "
                                + health.embeddings().model());
            }
            Thread.sleep(QUEUE_POLL_INTERVAL);
            health = health();
        }
        return new Finding(
                health.queue().pending()
                        + " jobs and "
                        + health.embeddings().pending()
                        + " embeddings still pending after "
                        + QUEUE_TIMEOUT.toSeconds()
                        + " s",
                "see `mneme status` again in a while; `mneme logs` says what is slow");
    }

    private Finding observation(Payloads payloads) throws Exception {
        DaemonClient.Answer answer =
                daemon.client()
                        .post(
                                "/api/observations/search",
                                new Wire.SearchRequest(
                                        payloads.marker(),
                                        payloads.project().toString(),
                                        null,
                                        null,
                                        10,
                                        null),
                                CALL_TIMEOUT);
        if (!answer.ok()) {
            throw new Failure(
                    "the search answered " + answer.status() + ": " + answer.body().strip(),
                    "see `mneme logs`");
        }
        Wire.SearchResponse found = Json.read(answer.body(), Wire.SearchResponse.class);
        List<Wire.ObservationView> ours =
                found.observations().stream()
                        .filter(view -> Json.write(view).contains(payloads.marker()))
                        .toList();
        if (ours.isEmpty()) {
            throw new Failure(
                    "what the hooks sent did not become a memory",
                    "see `mneme logs` and the dead jobs in `mneme status`");
        }
        ours.forEach(view -> titles.add(view.title()));
        boolean vectorsAvailable = health().vector().extension().equals("available");
        boolean embedded = ours.stream().anyMatch(Wire.ObservationView::hasEmbedding);
        if (vectorsAvailable && !embedded) {
            throw new Failure("the memory was stored without its embedding", "see `mneme logs`");
        }
        return Finding.ok(
                ours.size() + " found" + (embedded ? " with embedding" : ", without embedding"));
    }

    private Finding mcp(Payloads payloads) throws Exception {
        ServerSettings.Registered server =
                registration
                        .registeredServer()
                        .orElse(
                                new ServerSettings.Registered(
                                        programs.server(), programs.serverEnvironment()));
        long startedNanos = System.nanoTime();
        try (var conversation =
                new McpConversation(server.command(), server.environment(), payloads.project())) {
            conversation.initialize();
            long initializedMs = millis(startedNanos);
            List<String> tools = conversation.toolNames();
            if (!tools.contains("search")) {
                throw new Failure(
                        "the MCP server offers no tool `search`",
                        "install again with `mneme install`");
            }
            String found =
                    conversation.call(
                            "search",
                            Map.of(
                                    "query",
                                    payloads.marker(),
                                    "project",
                                    payloads.project().toString()));
            // The server may repeat the query, so the marker alone proves nothing.
            if (titles.stream().noneMatch(title -> plain(found).contains(plain(title)))) {
                throw new Failure(
                        "the MCP tool `search` did not find the memory", "see `mneme logs`");
            }
            return Finding.ok(
                    tools.size()
                            + " tools, initialize in "
                            + initializedMs
                            + " ms, search finds it");
        }
    }

    /// Without what quoting in JSON, once or twice, puts between the words.
    private static String plain(String text) {
        return text.replace("\\", "").replaceAll("\\s+", " ");
    }

    private Finding cleanup(Path project) throws Exception {
        DaemonClient.Answer answer =
                daemon.client()
                        .delete(
                                "/api/projects?project="
                                        + URLEncoder.encode(
                                                project.toString(), StandardCharsets.UTF_8),
                                CALL_TIMEOUT);
        if (!answer.ok() && answer.status() != 404) {
            throw new Failure(
                    "the throwaway project was not removed: the daemon answered " + answer.status(),
                    "see `mneme logs`; the project is named `" + project.getFileName() + "`");
        }
        return Finding.ok("the throwaway project is gone");
    }

    /// A repository as far as anybody looks who wants to know where a project begins.
    private static void makeRepository(Path project) throws IOException {
        Path git = Files.createDirectories(project.resolve(".git"));
        Files.createDirectories(git.resolve("objects"));
        Files.createDirectories(git.resolve("refs").resolve("heads"));
        Files.writeString(git.resolve("HEAD"), "ref: refs/heads/main\n");
        Files.writeString(
                git.resolve("config"), "[core]\n\trepositoryformatversion = 0\n\tbare = false\n");
        Files.writeString(project.resolve("retry.txt"), "retries = 50\n");
    }

    private static long millis(long startedNanos) {
        return (System.nanoTime() - startedNanos) / 1_000_000;
    }
}
