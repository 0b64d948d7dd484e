package dev.mneme.mcp;

import io.modelcontextprotocol.spec.McpSchema;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;

/// What goes over the wire before a session is there, between JSON and the SDK's records, without
/// reflection: to look at those records for the first time takes a JVM half as long as it takes to
/// start, and a host waits for the answer to `initialize`.
///
/// What is not as usual is left to the mapper.
final class WireMessages {

    private WireMessages() {}

    /// A message by what it has: a request, a notification or a response; null where it is none.
    static McpSchema.@Nullable JSONRPCMessage of(JsonNode message) {
        JsonNode method = message.path("method");
        Object id = value(message.path("id"));
        if (method.isMissingNode()) {
            return message.has("result") || message.has("error")
                    ? McpSchema.JSONRPCResponse.result(id, Map.of())
                    : null;
        }
        if (!method.isString()) {
            return null;
        }
        Object params = value(message.path("params"));
        return message.has("id")
                ? new McpSchema.JSONRPCRequest(
                        McpSchema.JSONRPC_VERSION, method.stringValue(), id, params)
                : new McpSchema.JSONRPCNotification(
                        McpSchema.JSONRPC_VERSION, method.stringValue(), params);
    }

    /// Maps, lists and plain values, as a mapper without a type would make them.
    private static @Nullable Object value(JsonNode node) {
        if (node.isObject()) {
            var map = new LinkedHashMap<String, @Nullable Object>();
            for (Map.Entry<String, JsonNode> entry : node.properties()) {
                map.put(entry.getKey(), value(entry.getValue()));
            }
            return map;
        }
        if (node.isArray()) {
            var list = new ArrayList<@Nullable Object>(node.size());
            for (JsonNode element : node) {
                list.add(value(element));
            }
            return list;
        }
        if (node.isString()) {
            return node.stringValue();
        }
        if (node.isNumber()) {
            return node.numberValue();
        }
        return node.isBoolean() ? node.booleanValue() : null;
    }

    /// Who greets; null where it is not told as usual. What else a client can do is not asked: this
    /// server never asks its client for anything.
    static McpSchema.@Nullable InitializeRequest greeting(@Nullable Object params) {
        if (!(params instanceof Map<?, ?> map)
                || !(map.get("protocolVersion") instanceof String version)
                || !(map.get("capabilities") instanceof Map<?, ?>)
                || !(map.get("clientInfo") instanceof Map<?, ?> client)
                || !(client.get("name") instanceof String name)
                || !(client.get("version") instanceof String clientVersion)) {
            return null;
        }
        return new McpSchema.InitializeRequest(
                version,
                new McpSchema.ClientCapabilities(null, null, null, null),
                new McpSchema.Implementation(name, null, clientVersion, null, null, null),
                null);
    }

    /// The answer to a greeting as plain values; null where it says more than usual.
    static @Nullable Map<String, Object> greeting(McpSchema.InitializeResult result) {
        McpSchema.ServerCapabilities can = result.capabilities();
        McpSchema.Implementation server = result.serverInfo();
        if (can.completions() != null
                || can.experimental() != null
                || can.prompts() != null
                || can.resources() != null
                || can.extensions() != null
                || can.tools() == null
                || server.title() != null
                || server.description() != null
                || server.icons() != null
                || server.websiteUrl() != null
                || result.instructions() == null
                || result.meta() != null) {
            return null;
        }
        var capabilities = new LinkedHashMap<String, Object>();
        if (can.logging() != null) {
            capabilities.put("logging", Map.of());
        }
        capabilities.put("tools", Map.of("listChanged", can.tools().listChanged()));
        var info = new LinkedHashMap<String, Object>();
        info.put("name", server.name());
        info.put("version", server.version());
        var greeting = new LinkedHashMap<String, Object>();
        greeting.put("protocolVersion", result.protocolVersion());
        greeting.put("capabilities", capabilities);
        greeting.put("serverInfo", info);
        greeting.put("instructions", result.instructions());
        return greeting;
    }
}
