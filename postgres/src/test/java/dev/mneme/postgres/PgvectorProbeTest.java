package dev.mneme.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class PgvectorProbeTest {

    /// The lines as an installation on an older distribution saw them.
    @Test
    void aLibraryForAnotherMachineIsSaidInPlainWords() {
        assertThat(
                        PgvectorProbe.plainly(
                                "backend> 2026-11-21 10:00:00.000 UTC [7] ERROR:  could not load"
                                        + " library \"/x/vector.so\": /lib/x86_64-linux-gnu/libm.so.6:"
                                        + " version `GLIBC_2.38' not found (required by /x/vector.so)"))
                .isEqualTo(
                        "built for a newer system than this one (it wants version 2.38 of the C"
                                + " library)");
        assertThat(
                        PgvectorProbe.plainly(
                                "ERROR:  incompatible library \"/x/vector.so\": version mismatch"))
                .isEqualTo("built for another version of PostgreSQL");
        assertThat(PgvectorProbe.plainly("not there")).isEqualTo("not there");
    }
}
