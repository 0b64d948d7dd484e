package dev.mneme.hook;

/// How long a hook may take, in one place.
///
/// The parts of an ordinary event add up to less than 250 ms: about 40 ms until the JVM runs
/// `main`, the wait for an answer, and about 30 ms to spool. The watchdog's limits are for what no
/// part can bound by itself, such as a disk that hangs.
final class Deadlines {

    /// How long stdin may take to deliver one object or its end.
    static final long STDIN_MS = 2_000;

    /// How long the daemon may take from connect to the last byte of its answer.
    static final long ANSWER_MS = 130;

    /// The same for a session's start, the daemon's own start included.
    static final long SESSION_START_MS = 1_900;

    /// How long a lesson may take, from connect to the last byte: the call it is about waits too.
    static final long LESSON_MS = 150;

    /// What is left for printing a lesson, or for giving up, before the process is ended.
    static final long LESSON_SLACK_MS = 100;

    /// How long connecting may take; on the loopback it is a matter of microseconds.
    static final long CONNECT_MS = 100;

    /// How often a daemon that is starting is asked whether it listens.
    static final long POLL_MS = 50;

    /// What is left for spooling once the daemon's time is up. It takes 20 ms; when forty sessions
    /// need it at once on a busy machine, a second is not enough, and what is not spooled is lost.
    static final long SPOOL_MS = 2_000;

    /// And for each MiB of a payload, since redacting and syncing take time in its proportion.
    static final long SPOOL_MS_PER_MIB = 150;

    private Deadlines() {}
}
