package dev.mneme.installer.standin;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Answers `initialize`, `tools/list` and the tool `search` over stdio.
public final class McpServer {

    private McpServer() {}

    public static void main(String[] arguments) throws IOException {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            Matcher id = Pattern.compile("\"id\":([0-9]+)").matcher(line);
            if (id.find()) {
                System.out.println(
                        "{\"jsonrpc\":\"2.0\",\"id\":"
                                + id.group(1)
                                + ",\"result\":"
                                + result(line)
                                + "}");
            }
        }
    }

    private static String result(String line) {
        if (line.contains("\"tools/list\"")) {
            return "{\"tools\":[{\"name\":\"search\",\"inputSchema\":{\"type\":\"object\"}}]}";
        }
        if (line.contains("\"tools/call\"")) {
            Matcher query = Pattern.compile("\"query\":\"([^\"]*)\"").matcher(line);
            String wanted = query.find() ? query.group(1) : "";
            return "{\"content\":[{\"type\":\"text\",\"text\":\"[{\\\"id\\\":7,\\\"title\\\":"
                    + "\\\"retry.txt: retries 50 became 5 # "
                    + wanted
                    + "\\\"}]\"}]}";
        }
        return "{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{\"tools\":{}},"
                + "\"serverInfo\":{\"name\":\"stand-in\",\"version\":\"0\"}}";
    }
}
