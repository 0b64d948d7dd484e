package dev.mneme.installer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

/// `mneme open` as people use it.
final class OpenCommandIT {

    @TempDir Path directory;

    @Test
    void opensTheLinkInABrowserOrPrintsIt() throws Exception {
        try (var sandbox = new Sandbox(directory, "open")) {
            Children.Ended down = sandbox.mneme("open");
            assertThat(down.exitCode()).isEqualTo(1);
            assertThat(sandbox.filtered(down.err()))
                    .isEqualTo(
                            """
                            error: no daemon is running for `~/.mneme`
                            hint: start it with `mneme start`
                            """);

            sandbox.startDaemon();
            Children.Ended printed = sandbox.mneme("open", "--print");
            assertThat(printed.exitCode()).as(printed.err()).isZero();
            assertThat(printed.out())
                    .matches("http://127\\.0\\.0\\.1:[0-9]+/#open=one-time-code\n");

            Path programs = Files.createDirectories(directory.resolve("programs"));
            Path opened = directory.resolve("opened");
            Path opener = programs.resolve("xdg-open");
            Files.writeString(opener, "#!/bin/sh\nprintf '%s\\n' \"$@\" > '" + opened + "'\n");
            Files.setPosixFilePermissions(opener, PosixFilePermissions.fromString("rwxr-xr-x"));
            Children.Ended shown =
                    sandbox.mneme(Map.of("PATH", programs + ":/usr/bin:/bin"), "open");
            assertThat(shown.exitCode()).as(shown.err()).isZero();
            assertThat(shown.out()).isEqualTo("the console opens in your browser\n");
            assertThat(Files.readString(opened)).isEqualTo(printed.out());

            Files.writeString(opener, "#!/bin/sh\nexit 3\n");
            Children.Ended none =
                    sandbox.mneme(Map.of("PATH", programs + ":/usr/bin:/bin"), "open");
            assertThat(none.exitCode()).isEqualTo(1);
            assertThat(none.err())
                    .isEqualTo(
                            """
                            error: no program here opens a browser
                            hint: open the link of `mneme open --print` by hand, within 60 seconds
                            """);
            assertThat(sandbox.mneme("open", "elsewhere").exitCode()).isEqualTo(2);
        }
    }
}
