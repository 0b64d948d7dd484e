package dev.mneme.hook;

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
