package dev.mneme.http;

import dev.mneme.embed.BrokenModel;
import dev.mneme.jobs.ModelSwitch;
import dev.mneme.protocol.ErrorCode;
import dev.mneme.protocol.Limits;
import dev.mneme.protocol.Wire;

import io.javalin.http.Context;

import java.io.IOException;

/// `/api/models`: another embedding model while the daemon runs. Downloads are the command line's.
final class ModelRoutes {

    private static final int NAME_CHARS_MAX = 100;

    private final ModelSwitch models;
    private final Bodies bodies;

    ModelRoutes(ModelSwitch models, Bodies bodies) {
        this.models = models;
        this.bodies = bodies;
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
