package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;

/// What memories belong to. `root` is absent for a project that somebody only named.
public record Project(long id, String name, @Nullable Path root) {}
