package dev.mneme.hook;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/// One event's way: read it, deliver it, print the answer; spool it where delivery failed. The
/// question before a tool call goes the same way, but for the spool: without an answer in time
/// there is none.
///
/// Free of the process it runs in, so that tests can run it many times in theirs.
final class Hook {

    private static final int MIB = 1024 * 1024;

    /// Said to the person once in a session, at its start; nothing is captured any more.
    private static final byte[] FULL_SPOOL =
            ("{\"systemMessage\":\"Mneme: the daemon does not run and its spool is full, nothing is"
                            + " captured until it runs again; `mneme doctor` says why.\"}")
                    .getBytes(StandardCharsets.US_ASCII);

    private final HookCall call;
    private final HookHome home;
    private final Watchdog watchdog;
    private final DaemonCall daemon;

    Hook(HookCall call, HookHome home, Watchdog watchdog) {
        this.call = call;
        this.home = home;
        this.watchdog = watchdog;
        this.daemon = new DaemonCall(home, watchdog);
    }

    void run(InputStream stdin, OutputStream stdout) {
        try {
            if (call.isQuestion() && !home.lessonsMarker().exists()) {
                // Nobody has anything to say.
                return;
            }
            // Both at once: one waits for the host, the other loads classes.
            StdinReader reader = StdinReader.start(stdin);
            daemon.connectAhead();
            Payload payload = reader.payload();
            if (payload == null) {
                return;
            }
            String agent = call.agent();
            if (agent != null && AgentWords.areOthers(agent)) {
                ofOther(agent, payload, stdout);
                return;
            }
            if (call.isQuestion()) {
                watchdog.allow(Deadlines.LESSON_MS + Deadlines.LESSON_SLACK_MS);
                print(lessonOrNull(payload), stdout);
                return;
            }
            print(delivered(call, payload), stdout);
        } catch (Throwable nothingMayReachTheSession) {
            // A session goes on without its memory; there is nobody to tell.
            return;
        }
    }

    /// An agent with words of its own: they are translated both ways.
    private void ofOther(String agent, Payload payload, OutputStream stdout) throws IOException {
        byte[] answer = null;
        if (payload.length() > AgentWords.PAYLOAD_BYTES_MAX) {
            new HookLog(home).noteOnce("an event of " + agent + " is too large, it is not kept");
        } else {
            AgentWords.Said said =
                    AgentWords.translated(
                            agent, call.event(), payload, System.getProperty("user.dir"));
            answer = said == null ? null : delivered(call.as(said.event()), said.payload());
        }
        print(AgentWords.answer(agent, answer), stdout);
    }

    private byte @Nullable [] delivered(HookCall what, Payload payload) {
        long answerMillis =
                what.isSessionStart() ? Deadlines.SESSION_START_MS : Deadlines.ANSWER_MS;
        watchdog.allow(
                answerMillis
                        + Deadlines.SPOOL_MS
                        + Deadlines.SPOOL_MS_PER_MIB * (payload.length() / MIB));
        return deliver(what, payload, answerMillis);
    }

    private static void print(byte @Nullable [] answer, OutputStream stdout) throws IOException {
        if (answer != null && answer.length > 0) {
            stdout.write(answer);
            stdout.flush();
        }
    }

    /// The lesson to print, or null: nobody is there, nothing fits, or what came is no lesson.
    private byte @Nullable [] lessonOrNull(Payload payload)
            throws IOException, InterruptedException {
        byte[] answer =
                daemon.within(Deadlines.LESSON_MS)
                        .post(call, Timestamp.iso(call.startedAtMillis()), EventId.next(), payload);
        return answer != null && LessonAnswer.isOne(answer) ? answer : null;
    }

    /// What to print, or null where there is nothing to say.
    private byte @Nullable [] deliver(HookCall what, Payload payload, long answerMillis) {
        String eventId = EventId.next();
        String startedAt = Timestamp.iso(what.startedAtMillis());
        byte[] answer = null;
        try {
            answer = daemon.within(answerMillis).post(what, startedAt, eventId, payload);
        } catch (Exception | LinkageError | OutOfMemoryError failed) {
            answer = null;
        }
        if (answer != null) {
            return answer;
        }
        Spool spool = new Spool(home, new FileOperations());
        boolean kept = spool.save(what, startedAt, eventId, payload);
        return !kept && what.isSessionStart() && spool.isFull() ? FULL_SPOOL : null;
    }
}
