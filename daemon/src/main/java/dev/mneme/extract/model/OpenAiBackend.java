package dev.mneme.extract.model;

import dev.mneme.protocol.Json;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.time.InstantSource;
import java.util.Map;

/// A server that speaks OpenAI's chat completions: Ollama, LM Studio, vLLM, llama.cpp's own.
public final class OpenAiBackend implements Backend {

    public static final String NAME = "openai";

    private final RemoteService service;
    private final RemoteCalls calls;

    public OpenAiBackend(RemoteService service, InstantSource clock) {
        this.service = service;
        this.calls =
                new RemoteCalls(
                        NAME,
                        service.below("/chat/completions"),
                        service.key().isEmpty()
                                ? Map.of()
                                : Map.of("authorization", "Bearer " + service.key()),
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
        return service.answerTokensMax();
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
                        counted.path("prompt_tokens").asInt(0),
                        counted.path("completion_tokens").asInt(0),
                        begun);
        JsonNode choice = answer.path("choices").path(0);
        String text = choice.path("message").path("content").stringValue("");
        if (choice.path("message").path("refusal").isString()
                || choice.path("finish_reason").stringValue("").equals("content_filter")) {
            calls.succeeded();
            throw new BackendFailure(
                    BackendFailure.Kind.DECLINED, "the model declined to answer", usage);
        }
        if (text.isBlank()) {
            calls.nonsense("said nothing");
            throw new BackendFailure(BackendFailure.Kind.FAILED, "said nothing", usage);
        }
        return new Reply(text, usage);
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
        body.put("temperature", 0);
        body.put("stream", false);
        body.put("max_tokens", service.answerTokensMax());
        ArrayNode messages = body.putArray("messages");
        messages.addObject().put("role", "system").put("content", asked.system());
        messages.addObject().put("role", "user").put("content", asked.user());
        ObjectNode format = body.putObject("response_format");
        format.put("type", "json_schema");
        format.putObject("json_schema")
                .put("name", "turn")
                .put("strict", true)
                .set("schema", AnswerShape.schema());
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
