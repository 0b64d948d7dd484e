package dev.mneme.installer.settings;

import java.util.List;
import java.util.Map;

/// Our MCP server as any client starts it.
///
/// @param command argument by argument
/// @param environment beside that of the client
public record McpServer(List<String> command, Map<String, String> environment) {

    public McpServer {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
    }

    String program() {
        return command.getFirst();
    }

    List<String> arguments() {
        return command.subList(1, command.size());
    }
}
