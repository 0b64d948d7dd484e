package dev.mneme.ingest;

import dev.mneme.domain.IncomingEvent;
import dev.mneme.domain.StartSource;
import dev.mneme.domain.WorkInHand;
import dev.mneme.protocol.Json;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/// How a session begins, as its first event says, and what is being worked on in its folder.
public record SessionStart(StartSource source, WorkInHand work) {

    /// Reads files of the folder: not to be called inside a transaction.
    public static SessionStart of(IncomingEvent event) {
        JsonNode payload;
        try {
            payload = Json.tree(new String(event.payload(), StandardCharsets.UTF_8));
        } catch (JacksonException malformed) {
            payload = MissingNode.getInstance();
        }
        return new SessionStart(
                StartSource.of(payload.path("source").asString("")),
                work(payload.path("cwd").asString("")));
    }

    private static WorkInHand work(String cwd) {
        Path folder = ProjectResolver.absolutePath(cwd);
        if (folder == null) {
            return WorkInHand.UNKNOWN;
        }
        Path real = GitFiles.real(folder);
        Optional<GitFiles> repository = GitFiles.around(real);
        return repository
                .map(
                        git ->
                                new WorkInHand(
                                        GitFiles.workTreeAround(real).orElse(git.root()),
                                        git.position().branch(),
                                        git.headMovedAt().orElse(null)))
                .orElseGet(() -> new WorkInHand(real, null, null));
    }
}
