package dev.mneme.installer;

import dev.mneme.protocol.Json;
import dev.mneme.protocol.Problem;
import dev.mneme.protocol.Wire;
import dev.mneme.protocol.client.DaemonClient;
import dev.mneme.protocol.client.DaemonUnavailable;
import dev.mneme.protocol.models.KnownModel;
import dev.mneme.protocol.models.ModelKind;
import dev.mneme.protocol.models.ModelShelf;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;

import tools.jackson.core.JacksonException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;

/// `mneme models use`.
@CommandLine.Command(
        name = "use",
        mixinStandardHelpOptions = true,
        description = {
            "Choose a model by its name, or a GGUF file for extraction by its path.",
            "A running daemon makes the vectors of a new embedding model in the background; the former",
            "one serves search until all are there. `mneme status` shows how far it is.",
            "Another model for extraction understands the next turn."
        },
        footer = {
            "",
            "`mneme-words-v1` and `rules` are built in.",
            "",
            "Example:",
            "  mneme models use nomic-embed-text-v1.5",
            "  mneme models use ~/models/own.gguf",
            "  mneme models use --cancel"
        })
final class ModelsUseCommand extends Command {

    /// A model of half a gigabyte is loaded and tried before the answer.
    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

    @CommandLine.Parameters(
            arity = "0..1",
            paramLabel = "NAME",
            description = "As `mneme models list` shows it, or the path of a GGUF file.")
    private String name = "";

    @CommandLine.Option(
            names = "--cancel",
            description = "Stay with the embedding model that serves search now.")
    private boolean cancel;

    ModelsUseCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Failure, IOException {
        if (cancel == !name.isEmpty()) {
            throw new CommandLine.ParameterException(
                    Objects.requireNonNull(spec).commandLine(),
                    "Name a model, or cancel the change to one");
        }
        if (cancel) {
            report(ask("/api/models/cancel", Map.of()));
            return DONE;
        }
        var files = new ModelFiles(home());
        if (isBuiltIn(ModelKind.EXTRACTION)) {
            return chosen(files, ModelKind.EXTRACTION, null);
        }
        if (isBuiltIn(ModelKind.EMBEDDING)) {
            return embedding(files, null);
        }
        if (name.endsWith(".gguf")) {
            return ownFile(files);
        }
        KnownModel model = files.known(name);
        checkReady(files, model);
        return model.kind() == ModelKind.EMBEDDING
                ? embedding(files, model.name())
                : chosen(files, model.kind(), model.name());
    }

    private boolean isBuiltIn(ModelKind kind) {
        return kind.builtIn().filter(name::equals).isPresent();
    }

    private int ownFile(ModelFiles files) throws Failure, IOException {
        Path path = Path.of(name).toAbsolutePath().normalize();
        if (!Files.isRegularFile(path)) {
            throw new Failure("there is no file `" + path + "`", "name a GGUF file that is there");
        }
        return chosen(files, ModelKind.EXTRACTION, path.toString());
    }

    private static void checkReady(ModelFiles files, KnownModel model) throws Failure {
        switch (files.shelf().state(model)) {
            case ModelShelf.State.Ready _ -> {}
            case ModelShelf.State.Absent _ ->
                    throw new Failure(
                            "`" + model.name() + "` is not downloaded",
                            "get it with `mneme models pull " + model.name() + "`");
            case ModelShelf.State.Broken(var file, var why) ->
                    throw new Failure(
                            "`" + model.name() + "` cannot be used: `" + file + "`: " + why,
                            "see `mneme models verify " + model.name() + "`");
        }
    }

    private int chosen(ModelFiles files, ModelKind kind, @Nullable String choice)
            throws IOException {
        files.shelf().choose(kind, choice);
        terminal().line("`" + name + "` is chosen for " + kind.wireName());
        return DONE;
    }

    /// A daemon that runs tries the model before it takes it; without one the next start does.
    private int embedding(ModelFiles files, @Nullable String choice) throws Failure, IOException {
        if (!daemon().isLocked()) {
            chosen(files, ModelKind.EMBEDDING, choice);
            terminal().line("no daemon is running: the next one makes its vectors");
            return DONE;
        }
        report(ask("/api/models/use", new Wire.ModelRequest(name)));
        return DONE;
    }

    private Wire.ModelInUse ask(String path, Object body) throws Failure {
        try {
            DaemonClient.Answer answer = daemon().client().post(path, body, TIMEOUT);
            if (answer.ok()) {
                return Json.read(answer.body(), Wire.ModelInUse.class);
            }
            Problem problem = Json.read(answer.body(), Problem.class);
            throw new Failure(
                    problem.detail() + " [" + problem.code() + "]",
                    Objects.requireNonNullElse(problem.hint(), "see `mneme doctor`"));
        } catch (DaemonUnavailable down) {
            throw new Failure(String.valueOf(down.getMessage()), down.hint(), down);
        } catch (JacksonException unreadable) {
            throw new Failure(
                    "the answer of the daemon is unreadable",
                    "restart it with `mneme restart`; it may be of another version",
                    unreadable);
        }
    }

    private void report(Wire.ModelInUse answer) {
        Wire.ModelChange change = answer.change();
        terminal().line("`" + answer.serving() + "` serves search");
        if (change != null) {
            terminal()
                    .line(
                            "`"
                                    + change.model()
                                    + "` follows when its vectors are made: "
                                    + change.done()
                                    + " of "
                                    + change.total());
        }
    }
}
