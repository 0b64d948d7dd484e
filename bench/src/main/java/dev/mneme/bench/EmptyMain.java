package dev.mneme.bench;

/// The least a JVM can do: the other yardstick of `mneme bench hooks`.
final class EmptyMain {

    private EmptyMain() {}

    public static void main(String[] arguments) {}
}
