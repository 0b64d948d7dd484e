package dev.mneme.http;

import dev.mneme.embed.BrokenModel;
import dev.mneme.jobs.ModelSwitch;
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
import java.util.OptionalLong;

/// `/api/models`: another embedding model while the daemon runs. Downloads are the command line's.
final class ModelRoutes {

    private static final int NAME_CHARS_MAX = 100;

    private final ModelSwitch models;
    private final MnemeHome home;
    private final Bodies bodies;

    ModelRoutes(ModelSwitch models, MnemeHome home, Bodies bodies) {
        this.models = models;
        this.home = home;
        this.bodies = bodies;
    }

    /// What is on the disk is read anew: the command line downloads beside this process.
    void list(Context context) {
        try {
            var shelf = new ModelShelf(home, ModelRegistry.of(home));
            var rows = new ArrayList<Wire.ModelView>();
            for (ModelKind kind : ModelKind.values()) {
                ModelShelf.Choice chosen = shelf.chosen(kind);
                kind.builtIn()
                        .ifPresent(
                                name ->
                                        rows.add(
                                                builtIn(
                                                        kind,
                                                        name,
                                                        chosen
                                                                instanceof
                                                                ModelShelf.Choice.BuiltIn)));
                for (KnownModel model : shelf.known(kind)) {
                    boolean isChosen =
                            chosen instanceof ModelShelf.Choice.Known(KnownModel own, var _)
                                    && own.name().equals(model.name());
                    rows.add(view(model, shelf.state(model), isChosen));
                }
            }
            context.json(new Wire.ModelsResponse(rows));
        } catch (IOException broken) {
            throw new ApiException(
                    ErrorCode.SETTINGS_BROKEN,
                    "the list of models cannot be read",
                    "`mneme models list` says what is wrong with it");
        }
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

    /// Answers when the model was loaded and tried; its vectors are made afterwards.
    void use(Context context) throws IOException {
        var request = bodies.parse(context, Wire.ModelRequest.class, Limits.BODY_BYTES_MAX);
        String name = Fields.required("name", request.name());
        Fields.bounded("name", name, NAME_CHARS_MAX);
        try {
            models.use(name);
        } catch (BrokenModel broken) {
            throw new ApiException(
                    ErrorCode.MODEL_UNUSABLE,
                    String.valueOf(broken.getMessage()),
                    "nothing has changed; see `mneme models list`",
                    "name");
        }
        context.json(inUse());
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
