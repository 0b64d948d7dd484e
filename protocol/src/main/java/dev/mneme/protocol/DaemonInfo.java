package dev.mneme.protocol;

import com.fasterxml.jackson.annotation.JsonProperty;

/// The content of `run/daemon.json`: who the living daemon is and where it listens.
public record DaemonInfo(
        @JsonProperty("pid") long pid,
        @JsonProperty("port") int port,
        @JsonProperty("version") String version) {}
