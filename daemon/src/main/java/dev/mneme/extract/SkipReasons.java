package dev.mneme.extract;

import dev.mneme.domain.Extraction;

/// Why an event that was kept holds nothing to remember. The words are stored and counted: they
/// never change. What is not worth keeping at all is decided before, where events come in.
final class SkipReasons {

    /// A prompt, the start or the end of a session: kept as such, not as an observation.
    static final Extraction NOT_AN_OBSERVATION = skip("not-an-observation");

    /// The payload is not a JSON object, or its parts have shapes no host sends.
    static final Extraction MALFORMED_PAYLOAD = skip("malformed-payload");

    /// The payload names a tool but not what it did.
    static final Extraction NO_DETAILS = skip("no-details");

    /// It only looked: files, searches, listings, status.
    static final Extraction READ_ONLY = skip("read-only");

    /// A tool of the host that these rules do not know.
    static final Extraction UNKNOWN_TOOL = skip("unknown-tool");

    /// A search that matched nothing reports that as a failure.
    static final Extraction NO_MATCH = skip("no-match");

    /// The user stopped it.
    static final Extraction INTERRUPTED = skip("interrupted");

    /// The edit was refused because the text or the file was not as the agent thought.
    static final Extraction EDIT_REFUSED = skip("edit-refused");

    /// Nothing but blanks changed, or nothing at all.
    static final Extraction WHITESPACE_ONLY = skip("whitespace-only");

    /// Work below a temporary directory, outside the project.
    static final Extraction TEMPORARY_FILE = skip("temporary-file");

    static final Extraction PACKAGE_INSTALL = skip("package-install");

    /// A build, a format or a lint run that found nothing.
    static final Extraction ROUTINE_BUILD = skip("routine-build");

    /// Fetch, pull, push, stash, switching branches.
    static final Extraction ROUTINE_GIT = skip("routine-git");

    /// A command that succeeded and left nothing to remember.
    static final Extraction ROUTINE_COMMAND = skip("routine-command");

    /// A test run whose outcome cannot be read from its output.
    static final Extraction UNCLEAR_OUTCOME = skip("unclear-outcome");

    /// An agent was started; its report comes later.
    static final Extraction AGENT_LAUNCHED = skip("agent-launched");

    static final Extraction AGENT_FAILED = skip("agent-failed");

    /// The turn ended without a text, or the lookup or question had no answer.
    static final Extraction NO_ANSWER = skip("no-answer");

    /// A text without substance, or a question back.
    static final Extraction TRIVIAL_ANSWER = skip("trivial-answer");

    /// A change that its own turn took back.
    static final String TAKEN_BACK = "taken-back";

    /// An answer that says what was done, in a turn that changed nothing.
    static final String NOTHING_CHANGED = "nothing-changed";

    /// A question that was answered without a look at the project, and names nothing of it.
    static final String NOT_OF_THE_PROJECT = "not-of-the-project";

    /// A wish that was answered by a question, without a look at anything.
    static final String ASKED_BACK = "asked-back";

    /// Tests and builds that confirmed what was known.
    static final String ROUTINE_CHECK = "routine-check";

    /// What another memory of the same turn tells.
    static final String SAID_BEFORE = "said-before";

    private SkipReasons() {}

    private static Extraction skip(String reason) {
        return new Extraction.Skipped(reason);
    }
}
