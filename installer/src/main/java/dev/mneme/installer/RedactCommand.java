package dev.mneme.installer;

import dev.mneme.protocol.Json;
import dev.mneme.protocol.Wire;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;

/// `mneme redact --scan`: today's rules over what is stored already.
@CommandLine.Command(
        name = "redact",
        mixinStandardHelpOptions = true,
        description = {
            "Look for secrets in what is stored already, and take them out.",
            "Names the kind, the place and the fingerprint of each; never the secret."
        },
        footer = {
            "",
            "Exit codes: 0 nothing was found or all of it was taken out, 1 there are secrets.",
            "",
            "Example:",
            "  mneme redact --scan",
            "  mneme redact --scan --apply"
        })
final class RedactCommand extends Command {

    /// How often a long scan says how far it is.
    private static final Duration PROGRESS_INTERVAL = Duration.ofSeconds(5);

    /// What is listed; a count says how many there are.
    private static final int LISTED_MAX = 1_000;

    @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

    @CommandLine.Option(names = "--scan", description = "Look through everything that is stored.")
    private boolean scan;

    @CommandLine.Option(names = "--apply", description = "Replace what is found by its mark.")
    private boolean apply;

    @CommandLine.Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    RedactCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Failure {
        if (!scan) {
            throw new CommandLine.ParameterException(
                    Objects.requireNonNull(spec).commandLine(), "Missing option: --scan");
        }
        var calls = new ForgetCalls(daemon().client());
        var listed = new ArrayList<Wire.RedactFinding>();
        long found = 0;
        long rows = 0;
        long changed = 0;
        long saidNanos = System.nanoTime();
        String next = null;
        do {
            Wire.RedactResponse slice = calls.redact(apply, next);
            rows += slice.rows();
            changed += slice.changed();
            found += slice.findings().size();
            for (Wire.RedactFinding finding : slice.findings()) {
                if (listed.size() < LISTED_MAX) {
                    listed.add(finding);
                }
            }
            next = slice.next();
            if (System.nanoTime() - saidNanos > PROGRESS_INTERVAL.toNanos()) {
                terminal().err().println("  ... " + rows + " rows, " + found + " found");
                saidNanos = System.nanoTime();
            }
        } while (next != null);
        report(listed, found, rows, changed);
        return found > 0 && !apply ? NOT_DONE : DONE;
    }

    private void report(List<Wire.RedactFinding> listed, long found, long rows, long changed) {
        if (json) {
            var document = new LinkedHashMap<String, Object>();
            document.put("applied", apply);
            document.put("rows", rows);
            document.put("found", found);
            document.put("changed", changed);
            document.put("findings", listed);
            terminal()
                    .line(
                            Json.mapper()
                                    .writerWithDefaultPrettyPrinter()
                                    .writeValueAsString(document));
            return;
        }
        for (Wire.RedactFinding finding : listed) {
            String fingerprint = finding.fingerprint();
            terminal()
                    .line(
                            finding.kind()
                                    + "  "
                                    + finding.table()
                                    + " "
                                    + finding.id()
                                    + " "
                                    + finding.field()
                                    + (fingerprint == null ? "" : "  " + fingerprint));
        }
        if (found > listed.size()) {
            terminal().line("and " + (found - listed.size()) + " more");
        }
        if (found == 0) {
            terminal().line("no secrets in " + rows + " rows");
        } else if (apply) {
            terminal().line(found + " taken out of " + changed + " of " + rows + " rows");
        } else {
            terminal().line(found + " found in " + rows + " rows");
            terminal().line("take them out with `mneme redact --scan --apply`");
        }
    }
}
