package dev.mneme.installer.autostart;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/// A task of the Windows task scheduler that runs when its user logs on, with their rights only.
final class WindowsTask {

    private static final String NAME = "Mneme";

    private WindowsTask() {}

    static Autostart of(Autostart.Target target) {
        Path file = target.mnemeHome().resolve("autostart.xml");
        return new Autostart(
                file,
                content(target),
                List.of(),
                List.of(List.of("schtasks", "/Create", "/F", "/TN", NAME, "/XML", file.toString())),
                List.of(List.of("schtasks", "/Delete", "/F", "/TN", NAME)));
    }

    /// A task has no environment of its own: `cmd` sets the home and starts the daemon. The default
    /// time limit of three days is taken away, as is the rule to start on mains power alone.
    private static String content(Autostart.Target target) {
        String arguments =
                "/d /c \"set \"MNEME_HOME="
                        + target.mnemeHome()
                        + "\" && "
                        + target.command().stream()
                                .map(WindowsTask::quoted)
                                .collect(Collectors.joining(" "))
                        + "\"";
        return "\uFEFF"
                + """
                <?xml version="1.0" encoding="UTF-16"?>
                <!-- %s; `mneme autostart off` removes it. -->
                <Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
                  <RegistrationInfo>
                    <Description>%s</Description>
                  </RegistrationInfo>
                  <Triggers>
                    <LogonTrigger>
                      <Enabled>true</Enabled>
                    </LogonTrigger>
                  </Triggers>
                  <Principals>
                    <Principal id="Author">
                      <LogonType>InteractiveToken</LogonType>
                      <RunLevel>LeastPrivilege</RunLevel>
                    </Principal>
                  </Principals>
                  <Settings>
                    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
                    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
                    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
                    <Hidden>true</Hidden>
                    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
                    <Priority>7</Priority>
                  </Settings>
                  <Actions Context="Author">
                    <Exec>
                      <Command>cmd.exe</Command>
                      <Arguments>%s</Arguments>
                    </Exec>
                  </Actions>
                </Task>
                """
                        .formatted(Autostart.MARK, Autostart.DESCRIPTION, Xml.text(arguments))
                        .replace("\n", "\r\n");
    }

    private static String quoted(String word) {
        return '"' + word + '"';
    }
}
