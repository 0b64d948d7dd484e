package dev.mneme.installer;

import dev.mneme.protocol.Bytes;
import dev.mneme.protocol.models.KnownModel;
import dev.mneme.protocol.models.Mirror;
import dev.mneme.protocol.models.ModelPull;
import dev.mneme.protocol.models.ModelShelf;
import dev.mneme.protocol.models.PullFailure;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;

import java.time.Duration;
import java.util.Locale;

/// `mneme models pull`.
@CommandLine.Command(
        name = "pull",
        mixinStandardHelpOptions = true,
        description = {
            "Download a model. Goes on where an earlier download broke off; what arrives is checked",
            "against size and checksum before it is used."
        },
        footer = {"", "Example:", "  mneme models pull nomic-embed-text-v1.5"})
final class ModelsPullCommand extends Command {

    @CommandLine.Parameters(paramLabel = "NAME", description = "As `mneme models list` shows it.")
    private String name = "";

    ModelsPullCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Exception {
        var files = new ModelFiles(home());
        KnownModel model = files.known(name);
        try {
            new ModelPull(home(), files.shelf(), Mirror.of(home(), surroundings().environment()))
                    .run(model, new Shown(terminal(), Terminal.console().isPresent()));
        } catch (PullFailure failed) {
            throw new Failure(String.valueOf(failed.getMessage()), failed.hint(), failed);
        }
        if (!(files.shelf().state(model) instanceof ModelShelf.State.Ready)) {
            throw new Failure(
                    "`" + name + "` was changed while it was downloaded",
                    "see `mneme models verify " + name + "`");
        }
        terminal().line("`" + name + "` is ready; choose it with `mneme models use " + name + "`");
        return DONE;
    }

    /// On a terminal a line that is overwritten, else one now and then; both on stderr.
    private static final class Shown implements ModelPull.Listener {

        private static final Duration TERMINAL_INTERVAL = Duration.ofMillis(200);
        private static final Duration LOG_INTERVAL = Duration.ofSeconds(10);
        private static final int BAR_CHARS = 30;

        private final Terminal terminal;
        private final boolean live;
        private final Duration interval;
        private final long startedNanos = System.nanoTime();
        private long shownNanos = System.nanoTime();
        private long firstBytes = -1;

        Shown(Terminal terminal, boolean live) {
            this.terminal = terminal;
            this.live = live;
            this.interval = live ? TERMINAL_INTERVAL : LOG_INTERVAL;
        }

        @Override
        public void progress(KnownModel.File file, long bytes, @Nullable Long total) {
            if (firstBytes < 0) {
                firstBytes = bytes;
            }
            long now = System.nanoTime();
            if (now - shownNanos < interval.toNanos()) {
                return;
            }
            shownNanos = now;
            double seconds = (now - startedNanos) / 1e9;
            String line =
                    "  "
                            + file.name()
                            + "  "
                            + (total == null ? "" : bar(bytes, total) + "  ")
                            + Bytes.text(bytes)
                            + (total == null ? "" : " of " + Bytes.text(total))
                            + String.format(
                                    Locale.ROOT,
                                    ", %s/s",
                                    Bytes.text((long) ((bytes - firstBytes) / seconds)));
            if (live) {
                terminal.err().print("\r" + line + "\u001b[K");
                terminal.err().flush();
            } else {
                terminal.err().println(line);
            }
        }

        private static String bar(long bytes, long total) {
            int filled = (int) (BAR_CHARS * bytes / Math.max(1, total));
            return "["
                    + "#".repeat(filled)
                    + ".".repeat(BAR_CHARS - filled)
                    + "] "
                    + 100 * bytes / Math.max(1, total)
                    + " %";
        }

        @Override
        public void done(KnownModel.File file, String sha256, boolean recorded) {
            if (live) {
                terminal.err().print("\r\u001b[K");
            }
            firstBytes = -1;
            terminal.line(
                    "  "
                            + file.name()
                            + "  SHA-256 "
                            + sha256
                            + (recorded
                                    ? ": unknown to the registry, recorded from this download"
                                    : ": as the registry knows it"));
        }
    }
}
