package dev.mneme.mcp;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.Optional;

/// Ends this process when the one that started it is gone.
///
/// The end of input usually tells; it does not when another process still holds the pipe, as a
/// sibling that inherited it does, and on Windows.
final class ParentWatch {

    static final Duration POLL_INTERVAL = Duration.ofSeconds(10);

    private static final Logger logger = LoggerFactory.getLogger(ParentWatch.class);

    private ParentWatch() {}

    /// Starts the watching thread; without a visible parent, as in a container of its own, there is
    /// nothing to watch.
    static void start() {
        Optional<ProcessHandle> parent = ProcessHandle.current().parent();
        if (parent.isEmpty()) {
            return;
        }
        Thread.ofPlatform()
                .name("parent-watch")
                .daemon(true)
                .start(() -> haltWhenGone(parent.get()));
    }

    private static void haltWhenGone(ProcessHandle parent) {
        try {
            while (isParent(parent)) {
                Thread.sleep(POLL_INTERVAL);
            }
        } catch (InterruptedException stop) {
            return;
        }
        logger.warn("stopped because the parent ended pid={}", parent.pid());
        Runtime.getRuntime().halt(0);
    }

    /// A killed process that nobody waited for still counts as alive; but its children have been
    /// given to another parent by then.
    private static boolean isParent(ProcessHandle parent) {
        return parent.isAlive()
                && ProcessHandle.current().parent().map(ProcessHandle::pid).orElse(-1L)
                        == parent.pid();
    }
}
