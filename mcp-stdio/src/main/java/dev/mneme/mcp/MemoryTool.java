package dev.mneme.mcp;

/// One tool: what the model is told of it, and what it does.
///
/// What is told is the same text at every start, since clients cache it, and stays under
/// `DESCRIPTION_CHARS_MAX`. Implementations are stateless but for what they were built with; calls
/// run in parallel.
interface MemoryTool {

    /// Claude Code cut longer descriptions and instructions at 2 KB for a long time.
    int DESCRIPTION_CHARS_MAX = 2_000;

    /// What a call changes; a client decides by it whether to ask its user.
    enum Effect {
        READS,
        /// Adds to what is stored and takes nothing away; twice is two.
        ADDS
    }

    String name();

    String title();

    /// When to use it, what comes back, what the next step is.
    String description();

    Effect effect();

    Parameters parameters();

    /// The text that answers the call.
    String run(Arguments arguments) throws ToolFailure, InterruptedException;
}
