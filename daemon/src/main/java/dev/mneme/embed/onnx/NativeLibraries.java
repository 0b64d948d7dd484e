package dev.mneme.embed.onnx;

import dev.mneme.protocol.PrivateFiles;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;

/// Keeps native libraries in a folder of ours, and silent.
///
/// Left alone, ONNX Runtime unpacks its library to the system's temporary folder at every start and
/// the tokenizers theirs to the home of the user. Both would report their use over the network, and
/// ONNX Runtime would keep an identifier of the machine in the home of the user. That one asks only
/// the environment of the process whether it may, and only once, before its own switch for it can
/// be reached; so the variable is set here, by the system's own function.
final class NativeLibraries {

    private static final String NO_TELEMETRY = "ORT_DISABLE_TELEMETRY";

    private static @Nullable Path prepared;

    private NativeLibraries() {}

    /// Must run before a class of either library is used. The first folder counts: a library is
    /// loaded once into a process.
    static synchronized void prepare(Path folder) throws IOException {
        if (prepared != null) {
            return;
        }
        PrivateFiles.createFolder(folder);
        System.setProperty("OPT_OUT_TRACKING", "true");
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("DJL_CACHE_DIR", folder.resolve("djl").toString());
        System.setProperty("ENGINE_CACHE_DIR", folder.resolve("djl").toString());
        System.setProperty("jna.tmpdir", folder.toString());
        silenceRuntime();
        Path runtime = folder.resolve("onnxruntime-" + version());
        PrivateFiles.createFolder(runtime);
        for (String library : List.of("onnxruntime", "onnxruntime4j_jni")) {
            unpack(System.mapLibraryName(library), runtime);
        }
        System.setProperty("onnxruntime.native.path", runtime.toString());
        prepared = folder;
    }

    @SuppressWarnings("restricted")
    private static void silenceRuntime() throws IOException {
        if (System.getProperty("os.name").startsWith("Windows")) {
            // There the events go to the system's own tracing, which `setTelemetry` stops.
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            Linker linker = Linker.nativeLinker();
            MethodHandle setenv =
                    linker.downcallHandle(
                            linker.defaultLookup().findOrThrow("setenv"),
                            FunctionDescriptor.of(
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.ADDRESS,
                                    ValueLayout.ADDRESS,
                                    ValueLayout.JAVA_INT));
            int result =
                    (int)
                            setenv.invokeExact(
                                    arena.allocateFrom(NO_TELEMETRY), arena.allocateFrom("1"), 1);
            if (result != 0) {
                throw new IOException("`" + NO_TELEMETRY + "` cannot be set");
            }
        } catch (IOException refused) {
            throw refused;
        } catch (Throwable failed) {
            throw new IOException("`" + NO_TELEMETRY + "` cannot be set", failed);
        }
    }

    private static void unpack(String name, Path folder) throws IOException {
        Path target = folder.resolve(name);
        if (Files.exists(target)) {
            return;
        }
        String resource = "/ai/onnxruntime/native/" + platform() + "/" + name;
        try (InputStream in = ai.onnxruntime.OnnxValue.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IOException("there is no ONNX Runtime for " + platform());
            }
            Path draft =
                    PrivateFiles.create(
                            folder.resolve(name + ".tmp-" + ProcessHandle.current().pid()));
            try {
                try (OutputStream out = Files.newOutputStream(draft)) {
                    in.transferTo(out);
                }
                Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(draft);
            }
        }
    }

    /// As ONNX Runtime names its folders.
    private static String platform() {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String processor = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
        String os = system.contains("mac") ? "osx" : system.contains("win") ? "win" : "linux";
        String arch = processor.equals("aarch64") || processor.equals("arm64") ? "aarch64" : "x64";
        return os + "-" + arch;
    }

    private static String version() {
        Package runtime = ai.onnxruntime.OnnxValue.class.getPackage();
        String version = runtime == null ? null : runtime.getImplementationVersion();
        return version == null ? "bundled" : version;
    }
}
