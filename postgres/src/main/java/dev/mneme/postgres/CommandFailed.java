package dev.mneme.postgres;

/// Another program did not do what we asked; the message says which and why.
final class CommandFailed extends Exception {

    CommandFailed(String message) {
        super(message);
    }
}
