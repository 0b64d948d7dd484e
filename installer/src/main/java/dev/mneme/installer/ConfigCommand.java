package dev.mneme.installer;

import dev.mneme.protocol.Json;
import dev.mneme.protocol.Setting;
import dev.mneme.protocol.SettingsText;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// `mneme config`: the settings in `.env`, checked before they are written.
final class ConfigCommand {

    private ConfigCommand() {}

    static CommandLine line(Surroundings surroundings, Terminal terminal) {
        return new CommandLine(new Group(surroundings, terminal))
                .addSubcommand(new ListAll(surroundings, terminal))
                .addSubcommand(new Get(surroundings, terminal))
                .addSubcommand(new Put(surroundings, terminal))
                .addSubcommand(new Unset(surroundings, terminal));
    }

    @CommandLine.Command(
            name = "config",
            mixinStandardHelpOptions = true,
            description = "Show and change the settings in MNEME_HOME/.env.",
            synopsisSubcommandLabel = "COMMAND",
            footer = {
                "",
                "The environment wins over the file. Secrets are never shown.",
                "",
                "Example:",
                "  mneme config list",
                "  mneme config set MNEME_SESSION_TOKENS 1000"
            })
    private static final class Group extends Command {

        @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

        Group(Surroundings surroundings, Terminal terminal) {
            super(surroundings, terminal);
        }

        @Override
        public Integer call() {
            if (spec != null) {
                spec.commandLine().usage(spec.commandLine().getOut());
            }
            return DONE;
        }
    }

    /// A setting as it is now.
    ///
    /// @param from `environment`, `.env` or `default`
    private record Now(Setting setting, String value, String from) {

        static final String DEFAULT = "default";

        String shown() {
            return setting.secret() && !from.equals(DEFAULT) ? "(set, hidden)" : value;
        }
    }

    private abstract static class OnSettings extends Command {

        @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

        OnSettings(Surroundings surroundings, Terminal terminal) {
            super(surroundings, terminal);
        }

        final Setting known(String key) {
            return Setting.of(key)
                    .orElseThrow(
                            () ->
                                    new CommandLine.ParameterException(
                                            Objects.requireNonNull(spec).commandLine(),
                                            "There is no setting `"
                                                    + key
                                                    + "`; `mneme config list` shows all"));
        }

        final String text() throws IOException {
            return Files.exists(home().settings())
                    ? Files.readString(home().settings(), StandardCharsets.UTF_8)
                    : "";
        }

        final Now now(Setting setting, Map<String, String> file) {
            String outside = surroundings().environment().getOrDefault(setting.key(), "");
            if (!outside.isBlank()) {
                return new Now(setting, outside, "environment");
            }
            String inside = file.getOrDefault(setting.key(), "");
            return inside.isBlank()
                    ? new Now(setting, setting.byDefault(), Now.DEFAULT)
                    : new Now(setting, inside, ".env");
        }

        /// Writes the file anew where it is not what it was; a link is followed.
        final void write(String before, String after) throws IOException {
            if (before.equals(after)) {
                terminal().line("nothing to change");
                return;
            }
            PrivateFiles.createDirectories(home().root());
            Path file = home().settings();
            PrivateFiles.write(
                    Files.exists(file) ? file.toRealPath() : file,
                    after.getBytes(StandardCharsets.UTF_8));
        }

        final void sayWhenItCounts(Setting setting) {
            if (!surroundings().environment().getOrDefault(setting.key(), "").isBlank()) {
                terminal()
                        .warning(
                                "`"
                                        + setting.key()
                                        + "` is also set in this shell, which wins here",
                                "unset it there; a daemon that a session starts reads the file");
            }
            if (daemon().isLocked()) {
                terminal().line("it counts from the next start on: `mneme restart`");
            }
        }
    }

    @CommandLine.Command(
            name = "list",
            mixinStandardHelpOptions = true,
            description = "Every setting with its value, where that comes from, and what it means.",
            footer = {"", "Example:", "  mneme config list --json"})
    private static final class ListAll extends OnSettings {

        @CommandLine.Option(names = "--json", description = "Print one JSON document.")
        private boolean json;

        @CommandLine.Option(names = "--set", description = "Only those that somebody set.")
        private boolean set;

        ListAll(Surroundings surroundings, Terminal terminal) {
            super(surroundings, terminal);
        }

        @Override
        public Integer call() throws IOException {
            Map<String, String> file = SettingsText.parse(text());
            var all = new ArrayList<Now>();
            for (Setting setting : Setting.values()) {
                Now now = now(setting, file);
                if (!set || !now.from().equals(Now.DEFAULT)) {
                    all.add(now);
                }
            }
            if (json) {
                terminal().line(Json.write(all.stream().map(ListAll::fields).toList()));
                return DONE;
            }
            for (Now now : all) {
                terminal()
                        .line(
                                now.setting().key()
                                        + " = "
                                        + now.shown()
                                        + (now.from().equals(Now.DEFAULT)
                                                ? ""
                                                : "  [" + now.from() + "]"));
                terminal().line("    " + now.setting().meaning());
            }
            return DONE;
        }

        private static Map<String, Object> fields(Now now) {
            var fields = new LinkedHashMap<String, Object>();
            fields.put("key", now.setting().key());
            fields.put("value", now.shown());
            fields.put("from", now.from());
            fields.put("default", now.setting().byDefault());
            fields.put("meaning", now.setting().meaning());
            return fields;
        }
    }

    @CommandLine.Command(
            name = "get",
            mixinStandardHelpOptions = true,
            description = "The value of one setting, alone on a line. Secrets are not shown.",
            footer = {"", "Example:", "  mneme config get MNEME_PORT"})
    private static final class Get extends OnSettings {

        @CommandLine.Parameters(paramLabel = "KEY", description = "Such as MNEME_PORT.")
        private String key = "";

        Get(Surroundings surroundings, Terminal terminal) {
            super(surroundings, terminal);
        }

        @Override
        public Integer call() throws IOException {
            terminal().line(now(known(key), SettingsText.parse(text())).shown());
            return DONE;
        }
    }

    @CommandLine.Command(
            name = "set",
            mixinStandardHelpOptions = true,
            description = {
                "Write a setting to MNEME_HOME/.env, where it is one that the setting takes.",
                "With `-` as value it is read from stdin, so that a secret stays out of your history."
            },
            footer = {
                "",
                "Example:",
                "  mneme config set MNEME_SESSION_TOKENS 1000",
                "  mneme config set DATABASE_URL - < url.txt"
            })
    private static final class Put extends OnSettings {

        @CommandLine.Parameters(
                index = "0",
                paramLabel = "KEY",
                description = "Such as MNEME_PORT.")
        private String key = "";

        @CommandLine.Parameters(index = "1", paramLabel = "VALUE", description = "The new value.")
        private String value = "";

        Put(Surroundings surroundings, Terminal terminal) {
            super(surroundings, terminal);
        }

        @Override
        public Integer call() throws Exception {
            Setting setting = known(key);
            String wanted = value.equals("-") ? line() : value.strip();
            Optional<String> instead = setting.refuses(wanted);
            if (instead.isPresent()) {
                throw new Failure(
                        "`"
                                + setting.key()
                                + "` cannot be "
                                + (setting.secret() ? "that" : "`" + wanted + "`"),
                        "it takes " + instead.get() + "; nothing was changed");
            }
            String before = text();
            write(before, SettingsText.set(before, setting.key(), wanted));
            terminal().line(setting.key() + " = " + (setting.secret() ? "(set, hidden)" : wanted));
            sayWhenItCounts(setting);
            return DONE;
        }

        private static String line() throws IOException {
            var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            return Optional.ofNullable(in.readLine()).orElse("").strip();
        }
    }

    @CommandLine.Command(
            name = "unset",
            mixinStandardHelpOptions = true,
            description = "Take a setting out of MNEME_HOME/.env, so that its default counts.",
            footer = {"", "Example:", "  mneme config unset MNEME_PORT"})
    private static final class Unset extends OnSettings {

        @CommandLine.Parameters(paramLabel = "KEY", description = "Such as MNEME_PORT.")
        private String key = "";

        Unset(Surroundings surroundings, Terminal terminal) {
            super(surroundings, terminal);
        }

        @Override
        public Integer call() throws IOException {
            Setting setting = known(key);
            String before = text();
            write(before, SettingsText.unset(before, setting.key()));
            terminal().line(setting.key() + " = " + setting.byDefault());
            sayWhenItCounts(setting);
            return DONE;
        }
    }
}
