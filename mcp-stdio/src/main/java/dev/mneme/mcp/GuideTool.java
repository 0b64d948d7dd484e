package dev.mneme.mcp;

/// Says how to use memory well; asks nobody, so that it answers whatever is broken.
final class GuideTool implements MemoryTool {

    @Override
    public String name() {
        return "memory_search_guide";
    }

    @Override
    public String title() {
        return "How to search memory";
    }

    @Override
    public String description() {
        return """
        Explains how to find things in memory with few tokens: which tool comes first, how to word \
        a query, what to do without hits. Call it once if you are unsure; it costs about 400 tokens.""";
    }

    @Override
    public Effect effect() {
        return Effect.READS;
    }

    @Override
    public Parameters parameters() {
        return Parameters.of();
    }

    @Override
    public String run(Arguments arguments) {
        return """
        Three layers, each ten times dearer than the one before:
        1. search(query): rows of 50 to 100 tokens, the best first: #id date type  title  [files].
        2. timeline(anchor=ID): what was recorded right before and after, in the same session.
        3. get_observations(ids=[…]): 500 to 1,000 tokens each. Only ids whose rows were not enough,
           all in one call.

        Wording a query:
        - A question works, and so do key words, a file name, an identifier (`parseRetryAfter` is
          found by `retry after` too), a line of an error message.
        - Why is it so? add type decision. What went wrong before? add bugfix or gotcha.
        - One subject a query. Two subjects are two searches.
        - Only lately: since 7d. Only about a file: files ["retry.py"]. Only this branch: branch.

        Without good hits: other words for the same thing, then cross_project. If that finds nothing
        either, it was not recorded: say so, and do not guess.

        Before you rely on a hit: it is a record of the past. Check the file it names, and name the
        id (#123). What turns out to be outdated, replace: save_memory with supersedes=[ID].""";
    }
}
