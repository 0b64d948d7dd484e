package dev.mneme.extract.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

final class MachineTest {

    @TempDir Path folder;
    private Path power;
    private Path load;

    @BeforeEach
    void makeAMachine() throws IOException {
        power = Files.createDirectory(folder.resolve("power_supply"));
        load = Files.writeString(folder.resolve("loadavg"), "0.20 0.10 0.05 1/200 4711\n");
        supply("AC", "Mains", "", "");
    }

    private void supply(String name, String type, String status, String capacity)
            throws IOException {
        Path supply = Files.createDirectories(power.resolve(name));
        Files.writeString(supply.resolve("type"), type + "\n");
        Files.writeString(supply.resolve("status"), status + "\n");
        Files.writeString(supply.resolve("capacity"), capacity + "\n");
    }

    private Machine machine(int batteryPercentMin, double loadMax) {
        return new Machine(power, load, batteryPercentMin, loadMax);
    }

    @Test
    void aBatteryThatDischargesIsSparedBelowItsBound() throws IOException {
        supply("BAT0", "Battery", "Discharging", "49");
        assertThat(machine(50, 0).busy()).contains("the battery is to last");
        assertThat(machine(49, 0).busy()).isEmpty();
        assertThat(machine(0, 0).busy()).isEmpty();
        assertThat(machine(101, 0).busy()).isPresent();

        supply("BAT0", "Battery", "Charging", "10");
        assertThat(machine(50, 0).busy()).isEmpty();
    }

    @Test
    void theBatteryOfAMouseIsNotTheMachines() throws IOException {
        supply("hidpp_battery_0", "Battery", "Discharging", "5");
        Files.writeString(power.resolve("hidpp_battery_0").resolve("scope"), "Device\n");
        assertThat(machine(50, 0).busy()).isEmpty();
    }

    @Test
    void aBusyMachineIsLeftAlone() throws IOException {
        assertThat(machine(50, 4).busy()).isEmpty();
        Files.writeString(load, "4.01 1.00 1.00 1/200 4711\n");
        assertThat(machine(50, 4).busy()).contains("the machine is busy");
        assertThat(machine(50, 0).busy()).isEmpty();
    }

    @Test
    void aMachineThatSaysNothingIsFree() throws IOException {
        Files.writeString(load, "");
        assertThat(new Machine(folder.resolve("none"), load, 50, 1).busy()).isEmpty();
        assertThat(new Machine(folder.resolve("none"), folder.resolve("no"), 50, 1).busy())
                .isEmpty();
    }
}
