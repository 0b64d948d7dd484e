package dev.mneme.llama;

import de.kherud.llama.InferenceParameters;
import de.kherud.llama.LlamaModel;
import de.kherud.llama.ModelParameters;
import de.kherud.llama.Pair;
import de.kherud.llama.args.LogFormat;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/// The program that holds a model: loads it, then answers one question after the other.
///
/// It ends by `halt` only: the library's own way to end waits for threads that may never come back.
final class Main {

    /// Between what a tokenizer counts and what the server adds.
    private static final int SPARE_TOKENS = 8;

    private static final int EXIT_OWNER_GONE = 0;
    private static final int EXIT_NOT_LOADED = 3;
    private static final int EXIT_BROKEN = 4;

    private final LlamaModel model;
    private final int contextTokens;

    private Main(LlamaModel model, int contextTokens) {
        this.model = model;
        this.contextTokens = contextTokens;
    }

    /// Serves until stdin ends.
    ///
    /// @param arguments the model's file, tokens of context, threads
    public static void main(String[] arguments) {
        var out =
                new DataOutputStream(
                        new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)));
        // Stdout is for frames; the library prints to what Java takes for it.
        System.setOut(System.err);
        var questions = new LinkedBlockingQueue<Question>();
        Thread.ofPlatform().name("questions").daemon(true).start(() -> read(questions));
        try {
            int contextTokens = Integer.parseInt(arguments[1]);
            LlamaModel model;
            try {
                model = load(arguments[0], contextTokens, Integer.parseInt(arguments[2]));
            } catch (RuntimeException | LinkageError refused) {
                Wire.write(out, new Wire.Reply.Refused(reason(refused)));
                Runtime.getRuntime().halt(EXIT_NOT_LOADED);
                return;
            }
            Wire.write(out, new Wire.Reply.Ready());
            var main = new Main(model, contextTokens);
            while (true) {
                Wire.write(out, main.answer(questions.take()));
            }
        } catch (IOException | InterruptedException | RuntimeException | Error broken) {
            // Its owner sees the end of the stream.
            Runtime.getRuntime().halt(EXIT_BROKEN);
        }
    }

    /// Also while the model computes: without its owner nobody wants the answer.
    private static void read(BlockingQueue<Question> questions) {
        var in = new DataInputStream(new BufferedInputStream(System.in));
        try {
            while (true) {
                questions.add(Wire.readQuestion(in));
            }
        } catch (IOException ownerGone) {
            Runtime.getRuntime().halt(EXIT_OWNER_GONE);
        }
    }

    private static LlamaModel load(String file, int contextTokens, int threads) {
        LlamaModel.setLogger(LogFormat.TEXT, (_, _) -> {});
        return new LlamaModel(
                new ModelParameters()
                        .setModel(file)
                        .setCtxSize(contextTokens)
                        .setThreads(threads)
                        .setThreadsBatch(threads)
                        .setParallel(1)
                        .disableContextShift()
                        .skipWarmup()
                        .disableLog());
    }

    private static String reason(Throwable refused) {
        return refused instanceof LinkageError
                ? "there is no library for this system"
                : "the library cannot load it";
    }

    private Wire.Reply answer(Question question) {
        try {
            String prompt =
                    model.applyTemplate(
                            new InferenceParameters("")
                                    .setMessages(
                                            question.system(),
                                            List.of(new Pair<>("user", question.user()))));
            int promptTokens = model.encode(prompt).length;
            int promptTokensMax = contextTokens - question.answerTokensMax() - SPARE_TOKENS;
            if (promptTokens > promptTokensMax) {
                return new Wire.Reply.TooLong(promptTokens, Math.max(0, promptTokensMax));
            }
            Duration before = cpu();
            String text =
                    model.complete(
                            new InferenceParameters(prompt)
                                    .setNPredict(question.answerTokensMax())
                                    .setGrammar(question.grammar())
                                    .setTemperature(question.temperature())
                                    .setSeed(question.seed())
                                    .setCachePrompt(true));
            return new Wire.Reply.Answered(
                    new Answer(text, promptTokens, model.encode(text).length, cpu().minus(before)));
        } catch (RuntimeException refused) {
            return new Wire.Reply.Failed("the library refused the question");
        }
    }

    private static Duration cpu() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    }
}
