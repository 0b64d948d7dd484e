package dev.mneme.protocol.models;

import com.fasterxml.jackson.annotation.JsonProperty;

import dev.mneme.protocol.Json;
import dev.mneme.protocol.MnemeHome;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The models that can be had: those that Mneme knows, and those of `$MNEME_HOME/models/own.json`,
/// which has the same shape and wins where a name is in both.
public final class ModelRegistry {

    private static final long OWN_BYTES_MAX = 1024 * 1024;

    private record Rows(@JsonProperty("models") @Nullable List<KnownModel> models) {}

    private final Map<String, KnownModel> byName;

    private ModelRegistry(Map<String, KnownModel> byName) {
        this.byName = byName;
    }

    /// What Mneme knows by itself.
    public static ModelRegistry builtIn() {
        return new ModelRegistry(rows(builtInText()));
    }

    /// Throws `IOException` that says what is wrong where the own registry cannot be used.
    public static ModelRegistry of(MnemeHome home) throws IOException {
        var file = home.models().resolve("own.json");
        var byName = new LinkedHashMap<>(rows(builtInText()));
        try {
            if (Files.size(file) > OWN_BYTES_MAX) {
                throw new IOException("`" + file + "` is larger than " + OWN_BYTES_MAX + " bytes");
            }
            byName.putAll(rows(Files.readString(file)));
        } catch (NoSuchFileException none) {
            return new ModelRegistry(byName);
        } catch (JacksonException | IllegalArgumentException wrong) {
            throw new IOException("cannot use `" + file + "`: " + why(wrong), wrong);
        }
        return new ModelRegistry(byName);
    }

    public List<KnownModel> models() {
        return new ArrayList<>(byName.values());
    }

    public Optional<KnownModel> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    private static Map<String, KnownModel> rows(String text) {
        List<KnownModel> models = Json.read(text, Rows.class).models();
        var byName = new LinkedHashMap<String, KnownModel>();
        for (KnownModel model : models == null ? List.<KnownModel>of() : models) {
            byName.put(model.name(), model);
        }
        return byName;
    }

    private static String builtInText() {
        try (InputStream in = ModelRegistry.class.getResourceAsStream("registry.json")) {
            if (in == null) {
                throw new IllegalStateException("this program lacks its `registry.json`");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new IllegalStateException("cannot read `registry.json`", unreadable);
        }
    }

    /// What a row's own check said, where that is behind it.
    private static String why(RuntimeException wrong) {
        Throwable cause = wrong;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        String message = String.valueOf(cause.getMessage());
        int line = message.indexOf('\n');
        return line < 0 ? message : message.substring(0, line);
    }
}
