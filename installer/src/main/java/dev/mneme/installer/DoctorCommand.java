package dev.mneme.installer;

import dev.mneme.installer.doctor.Doctor;
import dev.mneme.installer.doctor.Report;
import dev.mneme.protocol.Json;

import picocli.CommandLine;

/// `mneme doctor`.
@CommandLine.Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        description = {
            "Drive a throwaway project through hook, queue, extraction, embedding, search and MCP.",
            "The last line says `healthy`, or what is broken and its cure.",
            "With --fix it first mends what an installation would: a daemon that is down or hangs, a",
            "registration that lost a part, files that others may read, a missing token or launcher."
        },
        footer = {"", "Example:", "  mneme doctor --json", "  mneme doctor --fix"})
final class DoctorCommand extends Command {

    @CommandLine.Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    @CommandLine.Option(names = "--fix", description = "Mend what can be mended, then look.")
    private boolean fix;

    DoctorCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Exception {
        Terminal shown = json ? terminal().quiet() : terminal();
        if (fix) {
            for (String repair : new Repairs(new DoctorCommand(surroundings(), shown)).run()) {
                shown.line("fixed: " + repair);
            }
        }
        Report report =
                new Doctor(surroundings(), programs(), daemon(), registration(), shown).run();
        TranscriptsAtRisk.look(this)
                .ifPresent(risk -> shown.warning(risk.words(), TranscriptsAtRisk.HINT));
        if (json) {
            terminal()
                    .line(
                            Json.mapper()
                                    .writerWithDefaultPrettyPrinter()
                                    .writeValueAsString(report));
        } else {
            report.print(terminal());
        }
        return report.healthy() ? DONE : NOT_DONE;
    }
}
