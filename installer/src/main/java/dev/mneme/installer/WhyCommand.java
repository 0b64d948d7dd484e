package dev.mneme.installer;

import dev.mneme.protocol.Json;
import dev.mneme.protocol.Wire;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/// `mneme why`: the receipt of recall: which session was told a memory, when and for which reason.
@CommandLine.Command(
        name = "why",
        mixinStandardHelpOptions = true,
        description = "Show which sessions were told a memory at their start, and why.",
        footer = {"", "Example:", "  mneme why 4711", "  mneme why --session 0b6c3f7e-…"})
final class WhyCommand extends Command {

    @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

    @CommandLine.Parameters(
            paramLabel = "ID",
            arity = "0..1",
            description = "The #id that search and sessions show.")
    private @Nullable Long id;

    @CommandLine.Option(
            names = "--session",
            paramLabel = "ID",
            description = "Instead: everything that this session was told.")
    private @Nullable String session;

    @CommandLine.Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    WhyCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Failure {
        if ((id == null) == (session == null)) {
            throw new CommandLine.ParameterException(
                    Objects.requireNonNull(spec).commandLine(), "Give an ID, or --session");
        }
        var calls = new RestCalls(daemon().client(), ShowCommand.TIMEOUT);
        if (session != null) {
            Wire.ToldResponse told =
                    calls.get(
                            "show what the session was told",
                            "/api/sessions/"
                                    + URLEncoder.encode(session, StandardCharsets.UTF_8)
                                    + "/told?limit=100",
                            Wire.ToldResponse.class);
            if (json) {
                print(told);
            } else {
                ofSession(told.told());
            }
            return DONE;
        }
        Wire.WhyResponse why =
                calls.get(
                        "say why #" + id + " was told",
                        ShowCommand.OBSERVATIONS + id + "/why",
                        Wire.WhyResponse.class);
        if (json) {
            print(why);
        } else {
            ofMemory(why);
        }
        return DONE;
    }

    private void ofMemory(Wire.WhyResponse why) {
        terminal().line("#" + why.id() + " " + why.title());
        if (why.told().isEmpty()) {
            terminal().line("no session was told this");
        }
        for (Wire.ToldView told : why.told()) {
            terminal()
                    .line(
                            told.at()
                                    + "  session "
                                    + told.sessionId()
                                    + " ("
                                    + told.source()
                                    + "): "
                                    + because(told));
        }
    }

    private void ofSession(List<Wire.ToldView> all) {
        if (all.isEmpty()) {
            terminal().line("this session was told nothing");
        }
        for (Wire.ToldView told : all) {
            terminal().line("#" + told.id() + " " + told.title() + ": " + because(told));
        }
    }

    private static String because(Wire.ToldView told) {
        return told.because() + (told.evidence() == null ? "" : " (" + told.evidence() + ")");
    }

    private void print(Object document) {
        terminal()
                .line(Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(document));
    }
}
