package dev.mneme.extract.model;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Whether this machine has better things to do than to run a model: on battery, or busy.
///
/// Read from where Linux says so; where nothing says so, it has not.
///
/// @param power a folder with one folder for each supply, as `/sys/class/power_supply`
/// @param load a file as `/proc/loadavg`
/// @param batteryPercentMin below which a battery that discharges is spared; over 100 spares it
///     always, 0 never
/// @param loadMax of the last minute, for all processors together; 0 for any
public record Machine(Path power, Path load, int batteryPercentMin, double loadMax) {

    public static final Path POWER = Path.of("/sys/class/power_supply");
    public static final Path LOAD = Path.of("/proc/loadavg");

    /// Why a model is not to run now; empty when it may.
    public Optional<String> busy() {
        return battery().or(this::crowd);
    }

    private Optional<String> battery() {
        if (batteryPercentMin == 0 || !Files.isDirectory(power)) {
            return Optional.empty();
        }
        try (DirectoryStream<Path> supplies = Files.newDirectoryStream(power)) {
            for (Path supply : supplies) {
                // Batteries of mice and keyboards have the scope `Device`.
                if (word(supply, "type").equals("Battery")
                        && !word(supply, "scope").equals("Device")
                        && word(supply, "status").equals("Discharging")
                        && number(word(supply, "capacity"), 100) < batteryPercentMin) {
                    return Optional.of("the battery is to last");
                }
            }
        } catch (IOException | DirectoryIteratorException unreadable) {
            // A machine that does not say how it is powered is powered.
        }
        return Optional.empty();
    }

    private Optional<String> crowd() {
        if (loadMax <= 0) {
            return Optional.empty();
        }
        String text = read(load);
        int end = text.indexOf(' ');
        return number(end < 0 ? text : text.substring(0, end), 0) > loadMax
                ? Optional.of("the machine is busy")
                : Optional.empty();
    }

    private static String word(Path supply, String file) {
        return read(supply.resolve(file)).strip();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException absent) {
            return "";
        }
    }

    private static double number(String text, double otherwise) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException none) {
            return otherwise;
        }
    }
}
