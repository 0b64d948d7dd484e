package dev.mneme.installer;

import dev.mneme.protocol.DaemonInfo;
import dev.mneme.protocol.Wire;

import picocli.CommandLine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// `mneme open`: the console in a browser.
///
/// The link holds a code that opens once and within a minute. The access token stays in its file:
/// what stands on a command line can be seen by others on the machine.
@CommandLine.Command(
        name = "open",
        mixinStandardHelpOptions = true,
        description = {
            "Open the console in your browser, with a link that holds once, for a minute.",
            "Without a browser here, --print shows the link."
        },
        footer = {"", "Example:", "  mneme open --print"})
final class OpenCommand extends Command {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    /// A program that hands an address to a browser is done soon, or is the browser itself.
    private static final Duration OPENER_TIMEOUT = Duration.ofSeconds(5);

    @CommandLine.Option(names = "--print", description = "Print the link, open nothing.")
    private boolean print;

    OpenCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Failure, InterruptedException {
        Wire.ConsoleCode code =
                new RestCalls(daemon().client(), TIMEOUT)
                        .post(
                                "get a link for the console",
                                "/api/console/code",
                                Map.of(),
                                Wire.ConsoleCode.class);
        int port =
                daemon().client()
                        .info()
                        .map(DaemonInfo::port)
                        .orElseThrow(
                                () ->
                                        new Failure(
                                                "the daemon has just ended",
                                                "start it with `mneme start`"));
        String link = "http://127.0.0.1:" + port + "/#open=" + code.code();
        if (print) {
            terminal().line(link);
            return DONE;
        }
        Optional<List<String>> opener = opener(System.getProperty("os.name"));
        if (opener.isEmpty() || !opens(opener.get(), link)) {
            throw new Failure(
                    "no program here opens a browser",
                    "open the link of `mneme open --print` by hand, within "
                            + code.expiresInSeconds()
                            + " seconds");
        }
        terminal().line("the console opens in your browser");
        return DONE;
    }

    /// What opens an address on this system, where it is there.
    private Optional<List<String>> opener(String system) {
        String name = system.toLowerCase(Locale.ROOT);
        if (name.startsWith("windows")) {
            return Optional.of(List.of("rundll32", "url.dll,FileProtocolHandler"));
        }
        String program = name.startsWith("mac") ? "open" : "xdg-open";
        for (String folder : surroundings().environment().getOrDefault("PATH", "").split(":", -1)) {
            Path file = Path.of(folder.isEmpty() ? "." : folder).resolve(program);
            if (Files.isExecutable(file)) {
                return Optional.of(List.of(file.toString()));
            }
        }
        return Optional.empty();
    }

    /// One that does not end in time has become the browser, or its parent.
    private static boolean opens(List<String> opener, String link) throws InterruptedException {
        var command = new ArrayList<>(opener);
        command.add(link);
        try {
            Process process =
                    new ProcessBuilder(command)
                            .redirectInput(ProcessBuilder.Redirect.from(nowhere()))
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            return !process.waitFor(OPENER_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                    || process.exitValue() == 0;
        } catch (IOException cannotStart) {
            return false;
        }
    }

    private static java.io.File nowhere() {
        boolean windows =
                System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows");
        return new java.io.File(windows ? "NUL" : "/dev/null");
    }
}
