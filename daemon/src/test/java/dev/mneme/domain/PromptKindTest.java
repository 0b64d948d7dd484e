package dev.mneme.domain;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PromptKindTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Cap the backoff at 5 s|user",
                "/home/dev/shop is broken|user",
                "/tmp is full|user",
                "/ is a slash|user",
                "<b>bold</b> is not closed|user",
                "继续|user",
                "/review-pr 12|slash-command",
                "/mem-search port|slash-command",
                "/plugin:command|slash-command",
                "<command-message>init is running</command-message>|slash-command",
                "<command-name>/exit</command-name>|slash-command",
                "<task-notification> <task-id>a</task-id>|task-notification",
                "/loop 5m check the build|scheduled",
                "<<autonomous-loop-dynamic>>|scheduled",
                "<scheduled-task name=\"x\">|scheduled",
                "This is an automated run of a scheduled task. Nobody is there.|scheduled",
                "<cross-session-message from=\"x\">done</cross-session-message>|other-session",
                "Another Claude session sent a message: done|other-session",
                "<teammate-message teammate_id=\"x\">|other-session",
                "<channel source=\"chat\">hello</channel>|other-session",
                "This session is being continued from a previous conversation that|continuation",
                "<local-command-stdout>Catch you later!</local-command-stdout>|system",
                "<bash-input>ls</bash-input>|system",
                "<system-reminder>x</system-reminder>|system",
                "''|system",
            })
    void isToldByHowItBegins(String prompt, String kind) {
        assertThat(PromptKind.of(prompt).wireName()).isEqualTo(kind);
        assertThat(PromptKind.of("\n  " + prompt).wireName()).isEqualTo(kind);
    }
}
