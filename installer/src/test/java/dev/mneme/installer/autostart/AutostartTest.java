package dev.mneme.installer.autostart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.installer.Children;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import javax.xml.parsers.DocumentBuilderFactory;

/// The three files, field by field, for a home that has everything in its name that a format might
/// stumble over.
final class AutostartTest {

    private static final String AWKWARD = "a $HOME & 100% \"of\" <it>";

    @TempDir Path folder;

    @Test
    void theUnitSaysWhatSystemdNeeds() throws Exception {
        Autostart unit = Autostart.Kind.SYSTEMD.of(target());
        assertThat(unit.file())
                .isEqualTo(folder.resolve("home/.config/systemd/user/mneme.service"));
        assertThat(unit.content())
                .startsWith("# Written by `mneme autostart on`")
                .contains("\nType=exec\n")
                .contains("\nUMask=0077\n")
                .contains("\nSuccessExitStatus=143\n")
                .contains("\nRestart=on-failure\n")
                .contains("\nWantedBy=default.target\n")
                .contains(
                        "\nEnvironment=\"MNEME_HOME="
                                + folder
                                + "/a $HOME & 100%% \\\"of\\\" <it>\"\n")
                .contains("/java\" \"-Dx=$$y\" \"-jar\" \"daemon.jar\"\n");
        assertThat(unit.enable())
                .contains(List.of("systemctl", "--user", "enable", "mneme.service"));

        Autostart elsewhere =
                Autostart.Kind.SYSTEMD.of(
                        new Autostart.Target(
                                target().command(),
                                target().mnemeHome(),
                                target().userHome(),
                                Map.of("XDG_CONFIG_HOME", "/etc/me")));
        assertThat(elsewhere.file()).isEqualTo(Path.of("/etc/me/systemd/user/mneme.service"));
    }

    /// systemd's own judge, where this machine has it.
    @Test
    void systemdAcceptsTheUnit() throws Exception {
        // systemd takes no quotes in the path of a program, however they are written.
        Path program = folder.resolve(AWKWARD.replace("\"", "")).resolve("java");
        Files.createDirectories(program.getParent());
        Files.writeString(program, "#!/bin/sh\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path file = folder.resolve("mneme.service");
        var plain =
                new Autostart.Target(
                        List.of(program.toString(), "-Dx=$y", "-jar", "daemon.jar"),
                        folder.resolve(AWKWARD),
                        folder,
                        Map.of());
        Files.write(file, Autostart.Kind.SYSTEMD.of(plain).bytes());
        var words = new ArrayList<>(Autostart.Kind.SYSTEMD.of(target()).check());
        words.add(file.toString());
        try {
            Children.Ended ended = judged(words);
            String unit = Files.readString(file);
            Files.writeString(file, unit.replace("ExecStart=\"", "ExecStart=\"/nowhere"));
            if (judged(words).ok()) {
                System.out.println("not run: `systemd-analyze` does not judge units here");
                return;
            }
            assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
            assertThat(ended.err()).doesNotContain("mneme.service");
        } catch (IOException noSystemd) {
            System.out.println("not run: there is no `systemd-analyze` here");
        }
    }

    private Children.Ended judged(List<String> words) throws IOException, InterruptedException {
        return Children.run(
                Children.Call.of(words, folder, Duration.ofSeconds(60))
                        .with(Map.of("XDG_RUNTIME_DIR", folder.toString())));
    }

    @Test
    void thePropertyListSaysWhatLaunchdNeeds() throws Exception {
        Autostart agent = Autostart.Kind.LAUNCHD.of(target());
        assertThat(agent.file())
                .isEqualTo(folder.resolve("home/Library/LaunchAgents/dev.mneme.daemon.plist"));
        Element dictionary = (Element) parse(agent.bytes()).getElementsByTagName("dict").item(0);
        Map<String, Node> fields = fields(dictionary);
        assertThat(fields.keySet())
                .containsExactlyInAnyOrder(
                        "Label",
                        "ProgramArguments",
                        "EnvironmentVariables",
                        "RunAtLoad",
                        "KeepAlive",
                        "ThrottleInterval",
                        "ExitTimeOut",
                        "ProcessType",
                        "Umask");
        assertThat(text(field(fields, "Label"))).isEqualTo("dev.mneme.daemon");
        assertThat(strings((Element) field(fields, "ProgramArguments")))
                .isEqualTo(target().command());
        assertThat(fields((Element) field(fields, "EnvironmentVariables")))
                .hasEntrySatisfying(
                        "MNEME_HOME",
                        value ->
                                assertThat(text(value)).isEqualTo(target().mnemeHome().toString()));
        assertThat(field(fields, "RunAtLoad").getNodeName()).isEqualTo("true");
        assertThat(
                        field(fields((Element) field(fields, "KeepAlive")), "SuccessfulExit")
                                .getNodeName())
                .isEqualTo("false");
        assertThat(text(field(fields, "Umask"))).as("077").isEqualTo("63");
        assertThat(text(field(fields, "ProcessType"))).isEqualTo("Background");
    }

    @Test
    void theTaskSaysWhatWindowsNeeds() throws Exception {
        Autostart task = Autostart.Kind.WINDOWS.of(target());
        byte[] bytes = task.bytes();
        assertThat(bytes).startsWith(0xFF, 0xFE);
        Document document =
                parse(
                        new String(bytes, 2, bytes.length - 2, StandardCharsets.UTF_16LE)
                                .replace("UTF-16", "UTF-8")
                                .getBytes(StandardCharsets.UTF_8));
        assertThat(one(document, "LogonType")).isEqualTo("InteractiveToken");
        assertThat(one(document, "RunLevel")).isEqualTo("LeastPrivilege");
        assertThat(one(document, "MultipleInstancesPolicy")).isEqualTo("IgnoreNew");
        assertThat(one(document, "DisallowStartIfOnBatteries")).isEqualTo("false");
        assertThat(one(document, "StopIfGoingOnBatteries")).isEqualTo("false");
        assertThat(one(document, "ExecutionTimeLimit")).isEqualTo("PT0S");
        assertThat(one(document, "Hidden")).isEqualTo("true");
        assertThat(one(document, "Command")).isEqualTo("cmd.exe");
        assertThat(one(document, "Arguments"))
                .startsWith("/d /c \"set \"MNEME_HOME=" + target().mnemeHome() + "\" && \"")
                .endsWith("\"-jar\" \"daemon.jar\"\"");
        assertThat(document.getElementsByTagName("LogonTrigger").getLength()).isEqualTo(1);
        assertThat(task.enable().getFirst())
                .startsWith("schtasks", "/Create", "/F", "/TN", "Mneme", "/XML");
    }

    private Autostart.Target target() {
        Path awkward = folder.resolve(AWKWARD);
        return new Autostart.Target(
                List.of(awkward.resolve("java").toString(), "-Dx=$y", "-jar", "daemon.jar"),
                awkward,
                folder.resolve("home"),
                Map.of());
    }

    private static Document parse(byte[] xml) throws Exception {
        var factory = DocumentBuilderFactory.newInstance();
        factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
        return factory.newDocumentBuilder().parse(new ByteArrayInputStream(xml));
    }

    private static String one(Document document, String tag) {
        NodeList found = document.getElementsByTagName(tag);
        assertThat(found.getLength()).as(tag).isEqualTo(1);
        return text(found.item(0));
    }

    private static String text(Node node) {
        return node.getTextContent();
    }

    /// The keys of a property list's dictionary with the elements behind them.
    private static Map<String, Node> fields(Element dictionary) {
        var fields = new java.util.LinkedHashMap<String, Node>();
        List<Node> children = elements(dictionary);
        for (int index = 0; index < children.size(); index += 2) {
            assertThat(children.get(index).getNodeName()).isEqualTo("key");
            fields.put(text(children.get(index)), children.get(index + 1));
        }
        return fields;
    }

    private static Node field(Map<String, Node> fields, String name) {
        return Objects.requireNonNull(fields.get(name), name);
    }

    private static List<String> strings(Element array) {
        return elements(array).stream().map(AutostartTest::text).toList();
    }

    private static List<Node> elements(Element parent) {
        var elements = new ArrayList<Node>();
        for (Node child = parent.getFirstChild(); child != null; child = child.getNextSibling()) {
            if (child.getNodeType() == Node.ELEMENT_NODE) {
                elements.add(child);
            }
        }
        return elements;
    }
}
