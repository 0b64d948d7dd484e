package dev.mneme.meter;

/// Writes Prometheus' text format, version 0.0.4: a family with its `HELP` and `TYPE`, then its
/// samples.
public final class PrometheusText {

    public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final StringBuilder text = new StringBuilder();
    private String family = "";

    /// Begins a family that only grows while the daemon lives.
    public void counter(String name, String help) {
        begin(name, help, "counter");
    }

    /// Begins a family that goes up and down.
    public void gauge(String name, String help) {
        begin(name, help, "gauge");
    }

    private void begin(String name, String help, String type) {
        family = name;
        text.append("# HELP ").append(name).append(' ').append(escaped(help, false)).append('\n');
        text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    public void sample(long value) {
        text.append(family).append(' ').append(value).append('\n');
    }

    public void sample(double value) {
        text.append(family).append(' ').append(value).append('\n');
    }

    public void sample(String label, String of, long value) {
        text.append(family).append('{');
        label(label, of);
        text.append("} ").append(value).append('\n');
    }

    public void sample(String label, String of, String label2, String of2, long value) {
        text.append(family).append('{');
        label(label, of);
        text.append(',');
        label(label2, of2);
        text.append("} ").append(value).append('\n');
    }

    private void label(String name, String value) {
        text.append(name).append("=\"").append(escaped(value, true)).append('"');
    }

    private static String escaped(String value, boolean quoted) {
        String text = value.replace("\\", "\\\\").replace("\n", "\\n");
        return quoted ? text.replace("\"", "\\\"") : text;
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
