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
            "The last line says `healthy`, or what is broken and its cure."
        },
        footer = {"", "Example:", "  mneme doctor --json"})
final class DoctorCommand extends Command {

    @CommandLine.Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    DoctorCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Exception {
        Terminal shown = json ? terminal().quiet() : terminal();
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
