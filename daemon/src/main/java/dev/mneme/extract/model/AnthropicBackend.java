package dev.mneme.extract.model;

import dev.mneme.protocol.Json;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.time.InstantSource;
import java.util.Map;

/// The Anthropic Messages API.
///
/// No temperature and no thinking budget are sent, which newer models refuse; the effort is low and
/// the answer's room large enough for what they think before.
public final class AnthropicBackend implements Backend {

    public static final String NAME = "anthropic";

    private static final String API_VERSION = "2023-06-01";

    /// Thinking counts into the answer.
    private static final int TOKENS_MIN = 2_048;

    private final RemoteService service;
    private final RemoteCalls calls;

    public AnthropicBackend(RemoteService service, InstantSource clock) {
        this.service = service;
        this.calls =
                new RemoteCalls(
                        NAME,
                        service.below("/v1/messages"),
                        Map.of("x-api-key", service.key(), "anthropic-version", API_VERSION),
                        service.callTime(),
                        service.firstWait(),
                        clock);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String model() {
        return service.model();
    }

    @Override
    public int turnCharsMax() {
        return service.turnCharsMax();
    }

    @Override
    public int answerTokensMax() {
        return Math.max(TOKENS_MIN, service.answerTokensMax());
    }

    @Override
    public boolean local() {
        return false;
    }

    @Override
    public Reply ask(Asked asked) throws BackendFailure, InterruptedException {
        long begun = System.nanoTime();
        JsonNode answer = calls.post(body(asked));
        JsonNode counted = answer.path("usage");
        Usage usage =
                RemoteCalls.usage(
                        (long) counted.path("input_tokens").asInt(0)
                                + counted.path("cache_read_input_tokens").asInt(0)
                                + counted.path("cache_creation_input_tokens").asInt(0),
                        counted.path("output_tokens").asInt(0),
                        begun);
        if (answer.path("stop_reason").stringValue("").equals("refusal")) {
            calls.succeeded();
            throw new BackendFailure(
                    BackendFailure.Kind.DECLINED, "the model declined to answer", usage);
        }
        for (JsonNode block : answer.path("content")) {
            if (block.path("type").stringValue("").equals("text")) {
                return new Reply(block.path("text").stringValue(""), usage);
            }
        }
        calls.nonsense("said nothing");
        throw new BackendFailure(BackendFailure.Kind.FAILED, "said nothing", usage);
    }

    @Override
    public void understood() {
        calls.succeeded();
    }

    @Override
    public void notUnderstood(String why) {
        calls.nonsense(why);
    }

    private ObjectNode body(Asked asked) {
        ObjectNode body = Json.mapper().createObjectNode();
        body.put("model", service.model());
        body.put("max_tokens", answerTokensMax());
        body.put("system", asked.system());
        body.putArray("messages").addObject().put("role", "user").put("content", asked.user());
        ObjectNode output = body.putObject("output_config");
        output.put("effort", "low");
        output.putObject("format").put("type", "json_schema").set("schema", AnswerShape.schema());
        return body;
    }

    @Override
    public State state() {
        return calls.state();
    }

    @Override
    public void close() {
        calls.close();
    }
}
