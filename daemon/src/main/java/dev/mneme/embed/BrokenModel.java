package dev.mneme.embed;

/// A model whose files cannot be used as its row in the registry says. The message names the model
/// and what is wrong, and holds no content.
public final class BrokenModel extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public BrokenModel(String model, String why) {
        super("`" + model + "` cannot be used: " + why);
    }

    public BrokenModel(String model, String why, Throwable cause) {
        super("`" + model + "` cannot be used: " + why, cause);
    }
}
