package dev.mneme.installer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What people have in their fingers and scripts from the installer before.
final class OldFlagsTest {

    @ParameterizedTest
    @CsvSource({
        "--status,status",
        "-s,status",
        "install --status,status",
        "--start,start",
        "--stop,stop",
        "--migrate,migrate",
        "--migrate --dry-run,migrate --dry-run",
        "--migrate --backup,migrate --backup",
        "--backup --migrate,migrate --backup",
        "--backup,backup",
        "--uninstall,uninstall",
        "-u,uninstall",
        "install --yes,install --yes",
        "install --no-register --yes,install --no-register --yes",
        "migrate --backup,migrate --backup",
        "queue list --session -s,queue list --session -s",
        "--help,--help",
    })
    void becomeCommands(String before, String after) {
        assertThat(String.join(" ", OldFlags.translated(before.split(" ")))).isEqualTo(after);
        assertThat(OldFlags.translated(new String[0])).isEmpty();
    }
}
