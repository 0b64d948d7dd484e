package dev.mneme.hook;

import org.jspecify.annotations.Nullable;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;

/// The hook program: `java … dev.mneme.hook.Main <event> [--agent name]`.
///
/// Wires the process's own streams to `Hook` and sees to it that the process ends: with exit code 0
/// after the work, or by the watchdog at the deadline.
public final class Main {

    private Main() {}

    public static void main(String[] arguments) {
        serve(arguments);
        // Nothing is left to do, and the orderly way out takes a millisecond.
        Runtime.getRuntime().halt(0);
    }

    /// The watchdog that still watches; null where there was nothing to do.
    static @Nullable Watchdog serve(String[] arguments) {
        long startedAtMillis = System.currentTimeMillis();
        long startedNanos = System.nanoTime();
        try {
            HookCall call = HookCall.parse(arguments, startedAtMillis, startedNanos);
            HookHome home = HookHome.fromEnvironment();
            if (call == null || home == null) {
                return null;
            }
            Watchdog watchdog = Watchdog.start();
            new Hook(call, home, watchdog)
                    .run(
                            new FileInputStream(FileDescriptor.in),
                            new FileOutputStream(FileDescriptor.out));
            return watchdog;
        } catch (Throwable nothingMayReachTheSession) {
            Runtime.getRuntime().halt(0);
            return null;
        }
    }
}
