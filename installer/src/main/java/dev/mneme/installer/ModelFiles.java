package dev.mneme.installer;

import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.models.KnownModel;
import dev.mneme.protocol.models.ModelRegistry;
import dev.mneme.protocol.models.ModelShelf;

import java.io.IOException;

/// The registry and the shelf of one home, with refusals that a person can act on.
final class ModelFiles {

    private final ModelRegistry registry;
    private final ModelShelf shelf;

    ModelFiles(MnemeHome home) throws Failure {
        try {
            registry = ModelRegistry.of(home);
        } catch (IOException wrong) {
            throw new Failure(
                    String.valueOf(wrong.getMessage()),
                    "mend it or take it away; docs/MODELS.md shows its shape");
        }
        shelf = new ModelShelf(home, registry);
    }

    ModelRegistry registry() {
        return registry;
    }

    ModelShelf shelf() {
        return shelf;
    }

    KnownModel known(String name) throws Failure {
        return registry.find(name)
                .orElseThrow(
                        () ->
                                new Failure(
                                        "there is no model named `" + name + "`",
                                        "`mneme models list` shows those that there are"));
    }

    static String word(ModelShelf.State state) {
        return switch (state) {
            case ModelShelf.State.Ready _ -> "ready";
            case ModelShelf.State.Absent _ -> "absent";
            case ModelShelf.State.Broken _ -> "broken";
        };
    }
}
