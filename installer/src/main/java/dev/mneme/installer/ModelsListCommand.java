package dev.mneme.installer;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

import dev.mneme.protocol.Bytes;
import dev.mneme.protocol.Json;
import dev.mneme.protocol.models.KnownModel;
import dev.mneme.protocol.models.ModelKind;
import dev.mneme.protocol.models.ModelShelf;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/// `mneme models list`.
@CommandLine.Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = "List the models that are known, which are here, and which are chosen.",
        footer = {
            "",
            "States: built in, ready, absent, broken. A star marks the chosen one of each kind.",
            "",
            "Example:",
            "  mneme models list --json"
        })
final class ModelsListCommand extends Command {

    @CommandLine.Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    ModelsListCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @JsonInclude(JsonInclude.Include.ALWAYS)
    private record Row(
            @JsonProperty("name") String name,
            @JsonProperty("kind") String kind,
            @JsonProperty("state") String state,
            @JsonProperty("chosen") boolean chosen,
            @JsonProperty("dimensions") @Nullable Integer dimensions,
            @JsonProperty("bytes") @Nullable Long bytes,
            @JsonProperty("licence") String licence,
            @JsonProperty("about") String about) {}

    private record Rows(@JsonProperty("models") List<Row> models) {}

    @Override
    public Integer call() throws Failure {
        var files = new ModelFiles(home());
        var rows = new ArrayList<Row>();
        for (ModelKind kind : ModelKind.values()) {
            kind.builtIn().ifPresent(name -> rows.add(builtIn(files, kind, name)));
            for (KnownModel model : files.shelf().known(kind)) {
                rows.add(row(files, model));
            }
            ownFile(files, kind).ifPresent(rows::add);
        }
        if (json) {
            terminal()
                    .line(
                            Json.mapper()
                                    .writerWithDefaultPrettyPrinter()
                                    .writeValueAsString(new Rows(rows)));
        } else {
            rows.forEach(this::print);
        }
        return DONE;
    }

    private static Row builtIn(ModelFiles files, ModelKind kind, String name) {
        return new Row(
                name,
                kind.wireName(),
                "built in",
                files.shelf().chosen(kind) instanceof ModelShelf.Choice.BuiltIn,
                null,
                0L,
                "Apache-2.0",
                "no download");
    }

    private static Row row(ModelFiles files, KnownModel model) {
        KnownModel.Embedding embedding = model.embedding();
        OptionalLong bytes = model.bytes();
        return new Row(
                model.name(),
                model.kind().wireName(),
                ModelFiles.word(files.shelf().state(model)),
                files.shelf().isChosen(model),
                embedding == null ? null : embedding.dimensions(),
                bytes.isPresent() ? bytes.getAsLong() : null,
                model.licence(),
                model.about());
    }

    private static Optional<Row> ownFile(ModelFiles files, ModelKind kind) {
        return files.shelf().chosen(kind) instanceof ModelShelf.Choice.File(var path)
                ? Optional.of(
                        new Row(
                                path.toString(),
                                kind.wireName(),
                                Files.isRegularFile(path) ? "ready" : "absent",
                                true,
                                null,
                                null,
                                "unknown",
                                "a file of your own"))
                : Optional.empty();
    }

    private void print(Row row) {
        Long bytes = row.bytes();
        String size = bytes == null ? "?" : bytes == 0 ? "-" : Bytes.text(bytes);
        terminal()
                .line(
                        String.format(
                                        Locale.ROOT,
                                        "%s %-28s %-10s %-8s %7s  %-10s  %s",
                                        row.chosen() ? "*" : " ",
                                        row.name(),
                                        row.kind(),
                                        row.state(),
                                        size,
                                        row.licence(),
                                        row.about())
                                .stripTrailing());
    }
}
