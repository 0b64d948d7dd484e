package dev.mneme.mcp.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.protocol.MnemeHome;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;

import java.nio.file.Files;
import java.nio.file.Path;

/// What reaches the log file, and what must not.
final class FileLoggerTest {

    @TempDir Path root;

    @Test
    void leavesOutWhatOtherLibrariesPassAsArguments() throws Exception {
        Logger foreign = logger("io.modelcontextprotocol.spec.Session");
        foreign.warn("no handler for {}", "secret");
        foreign.error("failed", new IllegalStateException("secret"));
        foreign.info("secret");
        assertThat(log())
                .contains("WARN")
                .contains("no handler for {}")
                .contains("java.lang.IllegalStateException")
                .contains("at dev.mneme.mcp.log.FileLoggerTest")
                .doesNotContain("secret");
    }

    @Test
    void writesOurOwnMessagesWithTheirArgumentsOnOneLine() throws Exception {
        logger("dev.mneme.mcp.StdioLoop").warn("stopped reason={}", "a\nb");
        assertThat(log()).contains("stopped reason=a b\n");
    }

    @Test
    void keepsTwoPartsAtMost() throws Exception {
        Logger logger = logger("dev.mneme.mcp.StdioLoop");
        Files.createDirectories(file().getParent());
        for (int part = 0; part < 3; part++) {
            Files.writeString(file(), "x".repeat((int) LogFile.PART_BYTES_MAX + 1));
            logger.warn("turned part={}", part);
            assertThat(log()).contains("turned part=" + part).hasSizeLessThan(1_000);
        }
        try (var parts = Files.list(file().getParent())) {
            assertThat(parts).hasSize(2);
        }
    }

    @Test
    void createsNoHome() {
        var absent = root.resolve("absent");
        new FileLogger("dev.mneme.Any", new LogFile(new MnemeHome(absent))).warn("nothing");
        assertThat(absent).doesNotExist();
    }

    private Logger logger(String name) {
        return new FileLogger(name, new LogFile(new MnemeHome(root)));
    }

    private Path file() {
        return root.resolve("log").resolve("mcp-stdio.log");
    }

    private String log() throws Exception {
        return Files.readString(file());
    }
}
