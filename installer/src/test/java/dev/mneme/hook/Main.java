package dev.mneme.hook;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Delivers its stdin to the stand-in daemon of its home; exits 0 whatever happens.
public final class Main {

    private Main() {}

    public static void main(String[] arguments) throws IOException {
        byte[] payload = System.in.readAllBytes();
        String home = System.getenv().getOrDefault("MNEME_HOME", System.getenv("HOME") + "/.mneme");
        try {
            String info = Files.readString(Path.of(home, "run", "daemon.json"));
            Matcher port = Pattern.compile("\"port\":([0-9]+)").matcher(info);
            if (!port.find()) {
                return;
            }
            try (var socket =
                    new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(port.group(1)))) {
                String head =
                        "POST /api/hooks/"
                                + arguments[0]
                                + " HTTP/1.1\r\nContent-Length: "
                                + payload.length
                                + "\r\nConnection: close\r\n\r\n";
                socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
                socket.getOutputStream().write(payload);
                socket.getInputStream().readAllBytes();
            }
        } catch (IOException down) {
            System.err.println("stand-in hook: " + down);
        }
    }
}
