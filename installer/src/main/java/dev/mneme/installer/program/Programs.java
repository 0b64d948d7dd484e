package dev.mneme.installer.program;

import dev.mneme.installer.settings.HookRegistration;
import dev.mneme.protocol.MnemeHome;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The commands of the installed programs, argument by argument.
///
/// All send JVM warnings to stderr, which by default go to stdout and would corrupt hook answers
/// and MCP frames. Where the path of our home has letters that a JVM in the `C` locale cannot
/// spell, or the home is not the default one, `/usr/bin/env` says so to the program: Claude Code
/// may be started from a desktop that has neither.
public record Programs(MnemeHome home, Path userHome) {

    /// The main class of `hooks.jar`.
    private static final String HOOK_MAIN = "dev.mneme.hook.Main";
    private static final String HOOK_TRAINING = "dev.mneme.hook.Training";

    private static final Path ENV = Path.of("/usr/bin/env");

    private static final Path SHELL = Path.of("/bin/sh");

    /// The hook before a tool call runs before each of them, and mostly there is no lesson to tell.
    /// A shell that looks for the file which says so takes a thirtieth of what a JVM takes. Where
    /// there is no such shell, the hook looks for the file itself.
    private static final String IF_LESSONS = "[ -e \"$0\" ] || exit 0; exec \"$@\"";

    private static final List<String> QUIET = List.of("-Xlog:disable", "-Xlog:all=warning:stderr");

    /// Nobody reads what a hook's JVM has to say, and each rule for it costs a walk over all tags.
    private static final List<String> SILENT = List.of("-Xlog:disable");

    /// What makes a JVM that lives for 25 ms cheap; docs/PERFORMANCE.md has the figures.
    ///
    /// - A payload of 16 MiB full of secrets and letters outside Latin-1 was spooled whole with 256
    ///   MB and cut with 192; the heap starts small and only grows when it is needed.
    /// - The compiler stays for such payloads, but takes twenty times as many calls to notice code:
    ///   nothing that an ordinary event runs is worth compiling.
    /// - The cache is mapped where it was made for. Moving it means to patch every page of it.
    /// - The tables for strings and symbols are made for programs a hundred times as large.
    /// - What earlier runs taught the compiler would be looked up by a thread of its own, which is
    ///   woken for every class.
    /// - Classes are linked when they are used: the cache holds many that only its making needs.
    /// - Stubs for wide registers take longer to write than they could save.
    /// - Nothing waits for finalizers, nobody sends signals, and nobody attaches, for which without
    ///   signals a thread would wait from the start.
    /// - Without the first property the first use of an address reads the security settings; with
    ///   the last ones the first channel needs no services looked up and no method handle.
    private static final List<String> HOOK_FLAGS = hookFlags();

    private static List<String> hookFlags() {
        var flags =
                new ArrayList<>(
                        List.of(
                                "-XX:+UnlockDiagnosticVMOptions",
                                "-XX:+UnlockExperimentalVMOptions",
                                "-XX:-AOTReplayTraining",
                                "-XX:-AOTRecordTraining",
                                "-XX:TieredStopAtLevel=1",
                                "-XX:CompileThresholdScaling=20",
                                "-XX:+UseSerialGC",
                                "-Xms8m",
                                "-Xmx384m",
                                "-XX:-UsePerfData",
                                "-XX:StringTableSize=256",
                                "-XX:SymbolTableSize=1024",
                                "-XX:ArchiveRelocationMode=0",
                                "-XX:-AOTClassLinking",
                                "--finalization=disabled",
                                "-Xrs",
                                "-XX:+DisableAttachMechanism",
                                "-Djdk.includeInExceptions=",
                                "-Djava.net.preferIPv4Stack=true",
                                "-Djdk.reflect.useNativeAccessorOnly=true"));
        if (System.getProperty("os.name").startsWith("Linux")) {
            // The heap's bounds are given: the limits of control groups need not be read.
            flags.add("-XX:-UseContainerSupport");
            flags.add("-Djava.nio.channels.spi.SelectorProvider=sun.nio.ch.EPollSelectorProvider");
        }
        if (System.getProperty("os.arch").equals("amd64")) {
            flags.add("-XX:UseSSE=2");
            flags.add("-XX:UseAVX=0");
        }
        return List.copyOf(flags);
    }

    /// What the hooks' flags do for the start, for a program that lives for as long as a session.
    private static final List<String> SERVER_FLAGS = serverFlags();

    private static List<String> serverFlags() {
        var flags =
                new ArrayList<>(
                        List.of(
                                "-XX:+UnlockDiagnosticVMOptions",
                                "-XX:+UnlockExperimentalVMOptions",
                                "-XX:-AOTReplayTraining",
                                "-XX:-AOTRecordTraining",
                                "-XX:ArchiveRelocationMode=0",
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "-Xms16m",
                                "-Xmx64m",
                                "-XX:-UsePerfData",
                                "-Djdk.includeInExceptions="));
        if (System.getProperty("os.name").startsWith("Linux")) {
            flags.add("-XX:-UseContainerSupport");
        }
        return List.copyOf(flags);
    }

    /// A session's start waits two seconds for a daemon that was down. On two busy cores it was up
    /// after 3.5 s with the JVM's defaults, after 1.5 s with the first compiler alone, and after
    /// 0.7 s with the cache as well.
    ///
    /// With a cache that was made by the first compiler alone, the second one costs a start nothing
    /// and halves what an event costs once the daemon has seen some thousands.
    private static final List<String> DAEMON_FLAGS =
            List.of(
                    "-XX:+UseSerialGC",
                    "-Xmx256m",
                    "-XX:-UsePerfData",
                    "--enable-native-access=ALL-UNNAMED");

    private static final String FIRST_COMPILER = "-XX:TieredStopAtLevel=1";

    /// Where the path of the `java` to use is kept when there is no image of our own.
    static final String JAVA_PATH = "java.path";

    static final String RUNTIME = "runtime";

    /// Nothing but `java.base`, which starts a tenth faster than the image with everything.
    static final String HOOK_RUNTIME = "hook-runtime";

    static final String HOOK_CACHE = "hooks.aot";
    static final String SERVER_CACHE = "mcp-stdio.aot";

    /// Made by the run that prepares the database: it starts all of the daemon once.
    private static final String DAEMON_CACHE = "daemon.aot";

    public Path app() {
        return home.app();
    }

    public Path daemonJar() {
        return app().resolve("daemon.jar");
    }

    /// Our own image's `java`, else the one that was found when there was no `jlink`.
    public Path java() throws IOException {
        Path found = app().resolve(JAVA_PATH);
        return Files.exists(found) ? Path.of(Files.readString(found).strip()) : javaIn(app());
    }

    static Path javaIn(Path app) {
        return javaOf(app.resolve(RUNTIME));
    }

    /// The hooks' own small image where there is one, else what the other programs run on.
    private Path hookJava() throws IOException {
        Path small = javaOf(app().resolve(HOOK_RUNTIME));
        return Files.exists(small) ? small : java();
    }

    static Path javaOf(Path javaHome) {
        return javaHome.resolve("bin").resolve(isWindows() ? "java.exe" : "java");
    }

    public List<String> hook(String event) throws IOException {
        var command = new ArrayList<String>();
        if (event.equals(HookRegistration.PRE_TOOL_USE) && Files.isExecutable(SHELL)) {
            command.addAll(
                    List.of(SHELL.toString(), "-c", IF_LESSONS, home.lessonsMarker().toString()));
        }
        command.addAll(prefix());
        command.add(hookJava().toString());
        command.addAll(SILENT);
        Path cache = app().resolve(HOOK_CACHE);
        if (Files.exists(cache)) {
            command.add("-XX:AOTCache=" + cache);
        }
        command.addAll(HOOK_FLAGS);
        command.addAll(hookClass(app(), HOOK_MAIN, event));
        return List.copyOf(command);
    }

    /// The same hook as a training run that leaves a cache behind. A cache is only taken where the
    /// flags of the training are those of the use.
    static List<String> hookTraining(Path java, Path staged, String event) {
        var command = new ArrayList<String>();
        command.add(java.toString());
        command.addAll(QUIET);
        command.add("-XX:AOTCacheOutput=" + staged.resolve(HOOK_CACHE));
        command.addAll(HOOK_FLAGS);
        command.addAll(hookClass(staged, HOOK_TRAINING, event));
        return List.copyOf(command);
    }

    /// The boot loader is the only one that needs no Java code to load a class. The class path
    /// names the same jar, because without one it would be the working directory.
    private static List<String> hookClass(Path directory, String mainClass, String event) {
        String jar = directory.resolve("hooks.jar").toString();
        return List.of("-Xbootclasspath/a:" + jar, "-cp", jar, mainClass, event);
    }

    public List<String> server() throws IOException {
        var command = new ArrayList<String>();
        // The home reaches the server through its entry's `env`; the locale must come before it.
        if (needsLocale()) {
            command.addAll(List.of(ENV.toString(), "LC_ALL=C.UTF-8"));
        }
        command.add(java().toString());
        command.addAll(QUIET);
        Path cache = app().resolve(SERVER_CACHE);
        if (Files.exists(cache)) {
            command.add("-XX:AOTCache=" + cache);
        }
        command.addAll(SERVER_FLAGS);
        command.addAll(serverJar(app()));
        return List.copyOf(command);
    }

    /// The same server as a training run that leaves a cache behind.
    static List<String> serverTraining(Path java, Path staged) {
        var command = new ArrayList<String>();
        command.add(java.toString());
        command.addAll(QUIET);
        command.add("-XX:AOTCacheOutput=" + staged.resolve(SERVER_CACHE));
        command.addAll(SERVER_FLAGS);
        command.addAll(serverJar(staged));
        return List.copyOf(command);
    }

    private static List<String> serverJar(Path directory) {
        return List.of("-jar", directory.resolve("mcp-stdio.jar").toString());
    }

    public Map<String, String> serverEnvironment() {
        var environment = new LinkedHashMap<String, String>();
        environment.put("MNEME_HOME", home.root().toString());
        return environment;
    }

    /// Whether a line is the JVM's own talk about the cache it leaves behind; it goes to stdout
    /// whatever the flags say.
    public static boolean isCacheTalk(String line) {
        return line.contains("AOTCache")
                || line.contains("AOT cache")
                || line.contains("AOTConfiguration")
                || line.contains("AOT configuration");
    }

    public List<String> prepareDatabase() throws IOException {
        Path cache = app().resolve(DAEMON_CACHE);
        List<String> command =
                new ArrayList<>(
                        Files.exists(cache)
                                ? daemon(java())
                                : daemon(java(), "-XX:AOTCacheOutput=" + cache, FIRST_COMPILER));
        command.add("prepare-database");
        return List.copyOf(command);
    }

    /// The daemon's program for another word than serving, to which the words are added.
    public List<String> daemonRun() throws IOException {
        return daemon(java());
    }

    /// The command that starts the daemon. A cache that is not there yet is passed over.
    List<String> daemon(Path java) {
        return daemon(java, "-XX:AOTCache=" + app().resolve(DAEMON_CACHE));
    }

    private List<String> daemon(Path java, String... cacheFlags) {
        var command = new ArrayList<String>();
        if (needsLocale()) {
            command.addAll(List.of(ENV.toString(), "LC_ALL=C.UTF-8"));
        }
        command.add(java.toString());
        command.addAll(QUIET);
        command.addAll(List.of(cacheFlags));
        command.addAll(DAEMON_FLAGS);
        command.addAll(List.of("-jar", daemonJar().toString()));
        return List.copyOf(command);
    }

    private List<String> prefix() {
        var words = new ArrayList<String>();
        if (Files.isExecutable(ENV)) {
            if (needsLocale()) {
                words.add("LC_ALL=C.UTF-8");
            }
            if (!home.root().equals(userHome.resolve(".mneme").toAbsolutePath().normalize())) {
                words.add("MNEME_HOME=" + home.root());
            }
        }
        if (!words.isEmpty()) {
            words.addFirst(ENV.toString());
        }
        return words;
    }

    private boolean needsLocale() {
        return Files.isExecutable(ENV)
                && home.root().toString().chars().anyMatch(letter -> letter > 126);
    }

    static boolean isWindows() {
        return System.getProperty("os.name").startsWith("Windows");
    }
}
