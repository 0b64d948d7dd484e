package dev.mneme.installer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// `mneme autostart` on this system; the files for the others are compared field by field in
/// `AutostartTest`.
final class AutostartCommandIT {

    @TempDir Path directory;

    @Test
    void goesOnAndOffAndWithTheInstallation() throws Exception {
        try (var sandbox = new Sandbox(directory, "autostart")) {
            Map<String, String> before = Sandbox.snapshot(sandbox.home());
            assertThat(sandbox.mneme("install", "--yes", "--no-register").exitCode()).isZero();
            assertThat(sandbox.mneme("autostart", "status").out()).isEqualTo("off\n");
            Path unit = sandbox.home().resolve(".config/systemd/user/mneme.service");

            Children.Ended on = sandbox.mneme("autostart", "on");

            assertThat(on.exitCode()).as(on.err()).isZero();
            assertThat(sandbox.filtered(on.out()))
                    .startsWith("written: `~/.config/systemd/user/mneme.service`\n");
            assertThat(Files.readString(unit))
                    .isEqualTo(sandbox.mneme("autostart", "on", "--print").out());
            assertThat(sandbox.filtered(sandbox.mneme("autostart", "status").out()))
                    .isEqualTo("on: `~/.config/systemd/user/mneme.service`\n");
            assertThat(sandbox.mneme("autostart", "on").out()).startsWith("already on");
            assertThat(sandbox.mneme("autostart", "on", "--print", "--system", "launchd").out())
                    .contains("<plist version=\"1.0\">");

            assertThat(sandbox.filtered(sandbox.mneme("autostart", "off").out()))
                    .isEqualTo("removed: `~/.config/systemd/user/mneme.service`\n");
            assertThat(unit).doesNotExist();
            assertThat(sandbox.mneme("autostart", "off").out()).isEqualTo("already off\n");

            assertThat(unit.getParent()).as("we made it").doesNotExist();
            Files.createDirectories(unit.getParent());
            Files.writeString(unit, "[Unit]\nDescription=mine\n");
            Children.Ended foreign = sandbox.mneme("autostart", "on");
            assertThat(foreign.exitCode()).isEqualTo(1);
            assertThat(foreign.err()).contains("not ours");
            Files.delete(unit);

            sandbox.mneme("autostart", "on");
            assertThat(sandbox.mneme("uninstall", "--yes", "--purge").out())
                    .contains("autostart: removed");
            assertThat(Sandbox.snapshot(sandbox.home())).isEqualTo(before);
            assertThat(sandbox.mneme("autostart", "sideways").exitCode()).isEqualTo(2);
            assertThat(sandbox.mneme("autostart", "--help").out()).contains("Example:");
        }
    }
}
