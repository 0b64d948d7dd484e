package dev.mneme.installer;

import dev.mneme.protocol.Json;
import dev.mneme.protocol.Wire;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;

import java.io.Console;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/// `mneme forget`: shows what would go, asks, and takes it out.
@CommandLine.Command(
        name = "forget",
        mixinStandardHelpOptions = true,
        description = {
            "Take something out of memory: observations by id, or everything that meets all the"
                    + " conditions given.",
            "",
            "What is forgotten can be restored for a week (MNEME_FORGET_DAYS), unless `--now`"
                    + " erases it at once."
        },
        footer = {
            "",
            "Example:",
            "  mneme forget --last 30m",
            "  mneme forget --path src/billing --dry-run",
            "  mneme forget 4711 --now",
            "  mneme forget --restore 3"
        })
final class ForgetCommand extends Command {

    @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

    @CommandLine.Parameters(
            paramLabel = "ID",
            arity = "0..*",
            description = "Observations, by the #id that search shows.")
    private List<Long> ids = new ArrayList<>();

    @CommandLine.Option(
            names = "--session",
            paramLabel = "ID",
            description = "What happened in this session.")
    private @Nullable String session;

    @CommandLine.Option(
            names = "--last",
            paramLabel = "SPAN",
            description = "What happened in the last 30m, 12h or 7d.")
    private @Nullable String last;

    @CommandLine.Option(
            names = "--query",
            paramLabel = "TEXT",
            description = "Observations with all these words; prompts and events with the text.")
    private @Nullable String query;

    @CommandLine.Option(
            names = "--path",
            paramLabel = "PATH",
            description = "What was read or written there; a folder covers what is under it.")
    private @Nullable String path;

    @CommandLine.Option(
            names = "--project",
            paramLabel = "PROJECT",
            description = "A project by id, name, alias or path (`.` is the current folder).")
    private @Nullable String project;

    @CommandLine.Option(names = "--now", description = "Erase at once; nothing can be restored.")
    private boolean now;

    @CommandLine.Option(names = "--dry-run", description = "Only show what would go.")
    private boolean dryRun;

    @CommandLine.Option(names = "--yes", description = "Do not ask.")
    private boolean yes;

    @CommandLine.Option(
            names = "--list",
            description = "List what was forgotten, and what can be restored.")
    private boolean list;

    @CommandLine.Option(
            names = "--restore",
            paramLabel = "NUMBER",
            description = "Bring back what was forgotten under this number.")
    private @Nullable Long restore;

    @CommandLine.Option(
            names = "--erase",
            paramLabel = "NUMBER",
            description = "Erase now what was forgotten under this number.")
    private @Nullable Long erase;

    @CommandLine.Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    ForgetCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Exception {
        boolean chosen =
                !ids.isEmpty()
                        || session != null
                        || last != null
                        || query != null
                        || path != null
                        || project != null;
        int verbs =
                (chosen ? 1 : 0)
                        + (list ? 1 : 0)
                        + (restore == null ? 0 : 1)
                        + (erase == null ? 0 : 1);
        if (verbs != 1) {
            throw wrong("Say what to forget, or one of --list, --restore and --erase");
        }
        var calls = new ForgetCalls(daemon().client());
        if (list) {
            show(calls.list());
        } else if (restore != null) {
            show(calls.restore(restore));
        } else if (erase != null) {
            if (isConfirmed("Erase " + erase + " for good?")) {
                show(calls.erase(erase));
            }
        } else {
            forget(calls);
        }
        return DONE;
    }

    /// What the preview showed is what goes: the second request names how far the first looked.
    private void forget(ForgetCalls calls) throws Exception {
        Wire.ForgetResponse preview =
                terminal().quiet().watching("looking", () -> calls.forget(request(true, null)));
        boolean nothing = isNothing(preview.counts());
        if (dryRun || nothing) {
            if (json) {
                print(preview);
            } else {
                describe(preview);
            }
            return;
        }
        if (!json) {
            describe(preview);
        }
        if (!isConfirmed(now ? "Erase this for good?" : "Forget this?")) {
            return;
        }
        Wire.ForgetResponse done =
                terminal()
                        .quiet()
                        .watching("forgetting", () -> calls.forget(request(false, preview.asOf())));
        if (json) {
            print(done);
            return;
        }
        if (done.id() == null) {
            terminal().line("nothing was left to forget");
        } else if (done.restorableUntil() == null) {
            terminal().line("erased: " + described(done.counts()));
            warnOf(done.unwritten());
        } else {
            terminal().line("forgotten: " + described(done.counts()));
            terminal()
                    .line(
                            "until "
                                    + done.restorableUntil()
                                    + " it comes back with `mneme forget --restore "
                                    + done.id()
                                    + "`");
        }
    }

    private Wire.ForgetRequest request(boolean preview, Wire.@Nullable ForgetAsOf asOf) {
        return new Wire.ForgetRequest(
                ids.isEmpty() ? null : ids,
                session,
                last,
                query,
                path == null ? null : Path.of(path).toAbsolutePath().normalize().toString(),
                project == null ? null : RestCalls.absolute(project),
                preview,
                now,
                asOf);
    }

    private boolean isConfirmed(String question) throws Failure {
        if (yes) {
            return true;
        }
        Console console =
                Terminal.console()
                        .orElseThrow(
                                () ->
                                        new Failure(
                                                "cannot ask: there is no terminal",
                                                "confirm with `--yes`"));
        if ("y".equalsIgnoreCase(console.readLine("%s [y/N] ", question))) {
            return true;
        }
        terminal().line("nothing was changed");
        return false;
    }

    private void describe(Wire.ForgetResponse preview) {
        if (isNothing(preview.counts())) {
            terminal().line("nothing to forget");
            return;
        }
        terminal().line("would go: " + described(preview.counts()));
        preview.titles().forEach(title -> terminal().line("  " + title));
        int more = preview.counts().observations() - preview.titles().size();
        if (more > 0) {
            terminal().line("  and " + more + " more");
        }
        if (preview.related() > 0) {
            terminal()
                    .line(
                            counted(preview.related(), "observation")
                                    + " made from the same events would stay");
        }
    }

    private static boolean isNothing(Wire.ForgetCounts counts) {
        return described(counts).isEmpty();
    }

    private static String described(Wire.ForgetCounts counts) {
        var parts = new ArrayList<String>();
        add(parts, counts.observations(), "observation");
        add(parts, counts.events(), "event");
        add(parts, counts.prompts(), "prompt");
        add(parts, counts.jobs(), "job");
        add(parts, counts.sessions(), "session");
        add(parts, counts.summaries(), "session summary");
        add(parts, counts.projects(), "project");
        add(parts, counts.lessons(), "lesson");
        add(parts, counts.spooled(), "spooled file");
        return String.join(", ", parts);
    }

    private static void add(List<String> parts, int count, String noun) {
        if (count > 0) {
            parts.add(counted(count, noun));
        }
    }

    private static String counted(int count, String noun) {
        if (count == 1) {
            return "1 " + noun;
        }
        return count
                + " "
                + (noun.endsWith("y") ? noun.substring(0, noun.length() - 1) + "ies" : noun + "s");
    }

    private void show(Wire.ForgottenList forgotten) {
        if (json) {
            print(forgotten);
        } else if (forgotten.forgotten().isEmpty()) {
            terminal().line("nothing was forgotten");
        } else {
            forgotten.forgotten().forEach(this::row);
        }
    }

    private void row(Wire.ForgottenView view) {
        terminal()
                .line(
                        String.format(
                                Locale.ROOT,
                                "%-5d %-11s by %s at %s: %s",
                                view.id(),
                                view.state(),
                                view.chosenBy(),
                                view.forgottenAt(),
                                described(view.counts())));
    }

    private void show(Wire.ForgottenView restored) {
        if (json) {
            print(restored);
        } else {
            terminal().line("restored: " + described(restored.counts()));
        }
    }

    private void show(Wire.ErasedResponse erased) {
        if (json) {
            print(erased);
        } else {
            terminal().line("erased " + erased.erased());
            warnOf(erased.unwritten());
        }
    }

    private void warnOf(List<String> unwritten) {
        if (!unwritten.isEmpty()) {
            terminal()
                    .warning(
                            "files of these tables may still hold bytes of it: "
                                    + String.join(", ", unwritten),
                            "they were busy or too large; run `VACUUM FULL` on them later");
        }
    }

    private void print(Object document) {
        terminal()
                .line(Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(document));
    }

    private CommandLine.ParameterException wrong(String message) {
        return new CommandLine.ParameterException(
                Objects.requireNonNull(spec).commandLine(), message);
    }
}
