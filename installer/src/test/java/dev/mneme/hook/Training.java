package dev.mneme.hook;

import java.io.IOException;

/// What makes the cache of the stand-in: one delivery.
public final class Training {

    private Training() {}

    public static void main(String[] arguments) throws IOException {
        Main.main(arguments);
    }
}
