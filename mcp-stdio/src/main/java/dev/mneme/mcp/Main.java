package dev.mneme.mcp;

import dev.mneme.protocol.Json;
import dev.mneme.protocol.MnemeHome;

import io.modelcontextprotocol.json.jackson3.JacksonMcpJsonMapper;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.util.List;

/// The MCP server that a client starts: answers over stdin and stdout, ends with its client.
public final class Main {

    private Main() {}

    public static void main(String[] ignored) throws InterruptedException {
        // Before anything else can print: the real stdout belongs to the protocol alone.
        var out = new FileOutputStream(FileDescriptor.out);
        System.setOut(System.err);
        var in = new FileInputStream(FileDescriptor.in);

        var daemon = new DaemonCalls(MnemeHome.fromEnvironment(System.getenv()));
        var project = Project.fromEnvironment(System.getenv());
        var mapper = new JacksonMcpJsonMapper(Json.mapper());
        var loop = new StdioLoop(mapper, in, out, daemon::startInBackground);
        new ToolServer().serve(loop, mapper, version(), tools(daemon, project));
        ParentWatch.start();
        loop.run();
        // Whatever still runs has lost its reader; nothing here needs an orderly end.
        Runtime.getRuntime().halt(0);
    }

    static List<MemoryTool> tools(DaemonCalls daemon, Project project) {
        return List.of(
                new SearchTool(daemon, project),
                new TimelineTool(daemon, project),
                new GetObservationsTool(daemon),
                new SaveMemoryTool(daemon, project),
                new GuideTool(),
                new CreateLessonTool(daemon, project),
                new SearchLessonsTool(daemon, project));
    }

    private static String version() {
        String version = Main.class.getPackage().getImplementationVersion();
        return version == null ? "unpackaged" : version;
    }
}
