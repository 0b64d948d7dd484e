package dev.mneme.http;

import dev.mneme.embed.BrokenModel;
import dev.mneme.jobs.ModelSwitch;
import dev.mneme.models.ModelWork;
import dev.mneme.protocol.ErrorCode;
import dev.mneme.protocol.Limits;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.Wire;
import dev.mneme.protocol.models.KnownModel;
import dev.mneme.protocol.models.ModelKind;
import dev.mneme.protocol.models.ModelRegistry;
import dev.mneme.protocol.models.ModelShelf;

import io.javalin.http.Context;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/// `/api/models`: which there are, and what the command line does with them, for the console.
final class ModelRoutes {

    private static final int NAME_CHARS_MAX = 100;

    private final ModelSwitch models;
    private final ModelWork work;
    private final MnemeHome home;
    private final Bodies bodies;

    ModelRoutes(ModelSwitch models, ModelWork work, MnemeHome home, Bodies bodies) {
        this.models = models;
        this.work = work;
        this.home = home;
        this.bodies = bodies;
    }

    /// What is on the disk is read anew: the command line downloads beside this process.
    void list(Context context) {
        answer(context, shelf());
    }

    private void answer(Context context, ModelShelf shelf) {
        var rows = new ArrayList<Wire.ModelView>();
        for (ModelKind kind : ModelKind.values()) {
            boolean nobodyChose = shelf.chosen(kind) instanceof ModelShelf.Choice.BuiltIn;
            kind.builtIn().ifPresent(name -> rows.add(builtIn(kind, name, nobodyChose)));
            for (KnownModel model : shelf.known(kind)) {
                rows.add(view(model, shelf.state(model), shelf.isChosen(model)));
            }
        }
        context.json(
                new Wire.ModelsResponse(rows, work.progress().map(ModelRoutes::view).orElse(null)));
    }

    private ModelRegistry registry() {
        try {
            return ModelRegistry.of(home);
        } catch (IOException broken) {
            throw new ApiException(
                    ErrorCode.SETTINGS_BROKEN,
                    "the list of models cannot be read",
                    "`mneme models list` says what is wrong with it");
        }
    }

    private ModelShelf shelf() {
        return new ModelShelf(home, registry());
    }

    private static Wire.ModelWorkView view(ModelWork.Progress progress) {
        return new Wire.ModelWorkView(
                progress.model(),
                progress.kind().name().toLowerCase(Locale.ROOT),
                progress.state().name().toLowerCase(Locale.ROOT),
                progress.file(),
                progress.bytes(),
                progress.total(),
                progress.problem(),
                progress.hint());
    }

    private static Wire.ModelView builtIn(ModelKind kind, String name, boolean chosen) {
        return new Wire.ModelView(
                name, kind.wireName(), "built in", chosen, null, 0L, "Apache-2.0", "no download");
    }

    private static Wire.ModelView view(KnownModel model, ModelShelf.State state, boolean chosen) {
        KnownModel.Embedding embedding = model.embedding();
        OptionalLong bytes = model.bytes();
        return new Wire.ModelView(
                model.name(),
                model.kind().wireName(),
                switch (state) {
                    case ModelShelf.State.Ready _ -> "ready";
                    case ModelShelf.State.Absent _ -> "absent";
                    case ModelShelf.State.Broken _ -> "broken";
                },
                chosen,
                embedding == null ? null : embedding.dimensions(),
                bytes.isPresent() ? bytes.getAsLong() : null,
                model.licence(),
                model.about());
    }

    /// Begins a download; the list says how far it is.
    void pull(Context context) throws IOException {
        begin(context, ModelWork.Kind.PULL);
    }

    /// Begins to read every byte of a model again.
    void verify(Context context) throws IOException {
        begin(context, ModelWork.Kind.VERIFY);
    }

    private void begin(Context context, ModelWork.Kind kind) throws IOException {
        ModelShelf shelf = shelf();
        if (!work.begin(known(name(context)), kind)) {
            throw new ApiException(
                    ErrorCode.CONFLICT,
                    "another model is being downloaded or read",
                    "wait for it, or stop it first");
        }
        answer(context, shelf);
    }

    /// Ends a download or a reading; what has arrived stays for the next.
    void stop(Context context) {
        if (!work.stop()) {
            throw new ApiException(
                    ErrorCode.CONFLICT,
                    "nothing is being downloaded or read",
                    "`mneme models list` shows what is here");
        }
        answer(context, shelf());
    }

    void remove(Context context) throws IOException {
        ModelShelf shelf = shelf();
        KnownModel model = known(name(context));
        ModelSwitch.Progress vectors = models.progress();
        boolean serves =
                model.name().equals(vectors.serving()) || model.name().equals(vectors.target());
        // What does without a model may lose its one at any time.
        if (model.kind().builtIn().isPresent() && (shelf.isChosen(model) || serves)) {
            throw new ApiException(
                    ErrorCode.CONFLICT,
                    "`" + model.name() + "` is in use",
                    "choose another one first",
                    "name");
        }
        if (work.isAt(model)) {
            throw new ApiException(
                    ErrorCode.CONFLICT,
                    "`" + model.name() + "` is being downloaded or read",
                    "stop that first",
                    "name");
        }
        shelf.remove(model);
        answer(context, shelf);
    }

    private String name(Context context) throws IOException {
        var request = bodies.parse(context, Wire.ModelRequest.class, Limits.BODY_BYTES_MAX);
        String name = Fields.required("name", request.name());
        Fields.bounded("name", name, NAME_CHARS_MAX);
        return name;
    }

    private KnownModel known(String name) {
        return registry()
                .find(name)
                .orElseThrow(
                        () ->
                                new ApiException(
                                        ErrorCode.NOT_FOUND,
                                        "there is no model named `" + name + "`",
                                        "see `mneme models list`",
                                        "name"));
    }

    /// Answers when an embedding model was loaded and tried; its vectors are made afterwards. A
    /// model of another kind is taken with the next turn or search.
    void use(Context context) throws IOException {
        String name = name(context);
        try {
            ModelShelf shelf = shelf();
            Optional<KnownModel> model = registry().find(name);
            if (ModelKind.EXTRACTION.builtIn().filter(name::equals).isPresent()) {
                shelf.choose(ModelKind.EXTRACTION, null);
            } else if (model.isEmpty() || model.get().kind() == ModelKind.EMBEDDING) {
                models.use(name);
            } else {
                requireReady(shelf, model.get());
                shelf.choose(model.get().kind(), name);
            }
        } catch (BrokenModel broken) {
            throw unusable(String.valueOf(broken.getMessage()));
        }
        context.json(inUse());
    }

    private static void requireReady(ModelShelf shelf, KnownModel model) {
        switch (shelf.state(model)) {
            case ModelShelf.State.Ready _ -> {}
            case ModelShelf.State.Absent _ ->
                    throw unusable("`" + model.name() + "` is not downloaded");
            case ModelShelf.State.Broken(var file, var why) ->
                    throw unusable("`" + model.name() + "`: `" + file + "`: " + why);
        }
    }

    private static ApiException unusable(String why) {
        return new ApiException(
                ErrorCode.MODEL_UNUSABLE,
                why,
                "nothing has changed; see `mneme models list`",
                "name");
    }

    void cancel(Context context) throws IOException {
        if (!models.cancel()) {
            throw new ApiException(
                    ErrorCode.CONFLICT,
                    "no other model is on its way",
                    "`mneme status` shows which one serves");
        }
        context.json(inUse());
    }

    private Wire.ModelInUse inUse() {
        ModelSwitch.Progress progress = models.progress();
        String target = progress.target();
        return new Wire.ModelInUse(
                progress.serving(),
                target == null
                        ? null
                        : new Wire.ModelChange(target, progress.done(), progress.total()));
    }
}
