package dev.mneme.installer.autostart;

/// Text between tags.
final class Xml {

    private Xml() {}

    static String text(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
