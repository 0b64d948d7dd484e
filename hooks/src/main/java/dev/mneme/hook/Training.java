package dev.mneme.hook;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.nio.charset.StandardCharsets;

/// The run that leaves a cache of classes behind: `java … dev.mneme.hook.Training <event>`.
///
/// It goes the ways that an event can go: one is delivered to whoever plays the daemon in
/// `$MNEME_HOME`, another finds no daemon and is spooled below it. A hook that has to spool is late
/// already, and has more to load than one that delivers.
public final class Training {

    private static final String SPOOLED =
            "{\"session_id\":\"training\",\"cwd\":\"/\",\"hook_event_name\":\"PostToolUse\","
                    + "\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"export TOKEN=abc\"},"
                    + "\"tool_response\":{\"stdout\":\"caf\\u00e9 \u00e9\"}}";

    private Training() {}

    public static void main(String[] arguments) {
        Watchdog delivering = Main.serve(arguments);
        HookHome home = HookHome.fromEnvironment();
        if (delivering == null || home == null) {
            return;
        }
        delivering.end();
        File withoutDaemon = new File(home.root(), "without-daemon");
        HookCall call = HookCall.parse(arguments, System.currentTimeMillis(), System.nanoTime());
        if (call == null || !withoutDaemon.mkdir()) {
            return;
        }
        Watchdog spooling = Watchdog.start();
        new Hook(call, new HookHome(withoutDaemon), spooling)
                .run(
                        new ByteArrayInputStream(SPOOLED.getBytes(StandardCharsets.UTF_8)),
                        System.out);
        spooling.end();
    }
}
