package dev.mneme.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.protocol.HookHeaders;
import dev.mneme.protocol.Limits;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.SessionEnvironment;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// The names that programs repeat because they share no class are the same names.
///
/// The programs are not on the class path of this module; their classes are loaded from where the
/// build put them.
final class ContractTest {

    private static URLClassLoader programs;

    @BeforeAll
    static void loadPrograms() throws IOException {
        var urls = new ArrayList<URL>();
        for (String module :
                List.of("hooks", "redaction", "daemon", "mcp-stdio", "installer", "protocol")) {
            Path classes = Person.sourceTree().resolve(module).resolve("target/classes");
            assertThat(classes).isDirectory();
            urls.add(classes.toUri().toURL());
        }
        programs =
                new URLClassLoader(urls.toArray(URL[]::new), ContractTest.class.getClassLoader());
    }

    @AfterAll
    static void closePrograms() throws IOException {
        programs.close();
    }

    @Test
    void hooksSendTheHeadersThatTheDaemonReads() throws Exception {
        String sender = constants("dev.mneme.hook.DaemonCall");

        assertThat(sender)
                .contains(HookHeaders.STARTED_AT + ": ")
                .contains(HookHeaders.EVENT_ID + ": ");
    }

    @Test
    void hooksAndOthersKeepTheSameKeysFromADaemonTheyStart() throws Exception {
        Object keys = constant(programs.loadClass("dev.mneme.hook.DaemonStart"), "FOREIGN_KEYS");

        assertThat((String[]) keys).containsExactlyElementsOf(SessionEnvironment.FOREIGN_KEYS);
    }

    @Test
    void hooksAndDaemonAgreeOnTheSpool() throws Exception {
        Class<?> drain = programs.loadClass("dev.mneme.ingest.SpoolDrain");
        Class<?> spool = programs.loadClass("dev.mneme.hook.Spool");

        assertThat(constant(spool, "FORMAT"))
                .isEqualTo(constant(drain, "MAGIC") + " " + constant(drain, "VERSION") + " ");
        assertThat(constant(spool, "SUFFIX")).isEqualTo(constant(drain, "SUFFIX"));
        assertThat(constant(spool, "TEMPORARY_PREFIX").toString()).startsWith(".");
        assertThat(constant(spool, "SPOOL_BYTES_MAX")).isEqualTo(Limits.SPOOL_BYTES_MAX);
    }

    @Test
    void hooksAndTheDaemonMeanTheSameByALesson() throws Exception {
        Class<?> deadlines = programs.loadClass("dev.mneme.hook.Deadlines");
        assertThat(constant(deadlines, "LESSON_MS")).isEqualTo(Limits.LESSON_WAIT.toMillis());
    }

    @Test
    void hooksKnowTheEventsThatTheDaemonKnows() throws Exception {
        Object events = constant(programs.loadClass("dev.mneme.hook.HookCall"), "EVENTS");

        assertThat((String[]) events).containsExactlyInAnyOrderElementsOf(daemonEvents("path"));
    }

    @Test
    void theInstallerRegistersEveryEventThatTheDaemonKnows() throws Exception {
        Class<?> table = programs.loadClass("dev.mneme.installer.settings.HookRegistration");
        var arguments = new ArrayList<String>();
        var hostNames = new ArrayList<String>();
        for (Object row : (List<?>) constant(table, "ALL")) {
            arguments.add(call(row, "argument").toString());
            hostNames.add(call(row, "event").toString());
        }

        // The question before a tool call is no event: nothing of it is captured.
        assertThat(arguments.removeLast())
                .isEqualTo(constant(table, "PRE_TOOL_USE"))
                .isEqualTo(constant(programs.loadClass("dev.mneme.hook.HookCall"), "PRE_TOOL_USE"));
        assertThat(hostNames.removeLast()).isEqualTo("PreToolUse");
        assertThat(arguments).containsExactlyElementsOf(daemonEvents("path"));
        assertThat(hostNames).containsExactlyElementsOf(daemonEvents("hostName"));
    }

    @Test
    void hooksFindTheFilesOfMnemeWhereTheOthersPutThem() throws Exception {
        Path root = Path.of("/somebody/.mneme");
        var ours = new MnemeHome(root);
        var constructor =
                programs.loadClass("dev.mneme.hook.HookHome").getDeclaredConstructor(File.class);
        constructor.setAccessible(true);
        Object hooks = constructor.newInstance(root.toFile());

        assertThat(call(hooks, "token")).isEqualTo(ours.token().toFile());
        assertThat(call(hooks, "daemonInfo")).isEqualTo(ours.daemonInfo().toFile());
        assertThat(call(hooks, "daemonCommand")).isEqualTo(ours.daemonCommand().toFile());
        assertThat(call(hooks, "lessonsMarker")).isEqualTo(ours.lessonsMarker().toFile());
        assertThat(call(hooks, "starts")).isEqualTo(ours.starts().toFile());
        assertThat(call(hooks, "spool")).isEqualTo(ours.spool().toFile());
        assertThat(call(hooks, "log")).isEqualTo(ours.log().toFile());
        assertThat(call(hooks, "startLock")).isNotEqualTo(ours.daemonLock().toFile());
    }

    @Test
    void hooksLeaveADyingDaemonAloneAsLongAsTheOthersDo() throws Exception {
        Method theirs =
                programs.loadClass("dev.mneme.hook.StartPause")
                        .getDeclaredMethod("pauseMillis", long.class);
        theirs.setAccessible(true);
        Method ours =
                programs.loadClass("dev.mneme.protocol.client.StartHistory")
                        .getDeclaredMethod("pause", long.class);
        ours.setAccessible(true);
        for (long starts = 0; starts < 20; starts++) {
            assertThat(theirs.invoke(null, starts))
                    .isEqualTo(((Duration) ours.invoke(null, starts)).toMillis());
        }
    }

    @Test
    void theModelIsOfferedTheTypesThatTheDaemonStores() throws Exception {
        Object types = constant(programs.loadClass("dev.mneme.mcp.Types"), "ALL");
        var stored = new ArrayList<String>();
        for (Object type :
                programs.loadClass("dev.mneme.domain.ObservationType").getEnumConstants()) {
            stored.add(call(type, "wireName").toString());
        }

        assertThat(types).isEqualTo(stored);
    }

    private static List<String> daemonEvents(String name) throws Exception {
        var names = new ArrayList<String>();
        for (Object event : programs.loadClass("dev.mneme.domain.HookEvent").getEnumConstants()) {
            names.add(call(event, name).toString());
        }
        return names;
    }

    /// The texts in a class file, where a literal has no name to ask for.
    private static String constants(String className) throws IOException {
        Path file =
                Person.sourceTree()
                        .resolve("hooks/target/classes")
                        .resolve(className.replace('.', '/') + ".class");
        return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    }

    private static Object constant(Class<?> owner, String name) throws Exception {
        Field field = owner.getDeclaredField(name);
        field.setAccessible(true);
        return field.get(null);
    }

    private static Object call(Object target, String name) throws Exception {
        Method method = target.getClass().getDeclaredMethod(name);
        method.setAccessible(true);
        return method.invoke(target);
    }
}
