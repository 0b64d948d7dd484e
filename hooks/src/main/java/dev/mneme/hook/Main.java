package dev.mneme.hook;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;

/// The hook program: `java … dev.mneme.hook.Main <event> [--agent name]`.
///
/// Wires the process's own streams to `Hook` and sees to it that the process ends: with exit code 0
/// after the work, or by the watchdog at the deadline.
public final class Main {

    /// Set for the run that leaves a cache behind: the JVM writes it on its orderly way out.
    private static final String TRAINING = "mneme.training";

    private Main() {}

    public static void main(String[] arguments) {
        serve(arguments);
        if (System.getProperty(TRAINING) == null) {
            // Nothing is left to do, and the orderly way out takes a millisecond.
            Runtime.getRuntime().halt(0);
        }
    }

    private static void serve(String[] arguments) {
        long startedAtMillis = System.currentTimeMillis();
        long startedNanos = System.nanoTime();
        try {
            HookCall call = HookCall.parse(arguments, startedAtMillis, startedNanos);
            HookHome home = HookHome.fromEnvironment();
            if (call == null || home == null) {
                return;
            }
            Watchdog watchdog = Watchdog.start();
            new Hook(call, home, watchdog)
                    .run(
                            new FileInputStream(FileDescriptor.in),
                            new FileOutputStream(FileDescriptor.out));
        } catch (Throwable nothingMayReachTheSession) {
            Runtime.getRuntime().halt(0);
        }
    }
}
