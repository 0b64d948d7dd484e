package dev.mneme.installer.standin;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Answers the HTTP contract from memory. Words in `$MNEME_HOME/standin` change how it behaves:
/// `no-vectors`, `short-of-space`, `stalled`, `forget` (captures nothing), `fail-prepare`,
/// `fail-restore`, `record` (keeps what arrives in `captured`), `stubborn` (ignores SIGTERM).
public final class Daemon {

    private static final Path HOME =
            Path.of(Objects.requireNonNull(System.getenv("MNEME_HOME"), "MNEME_HOME"));

    private final List<String> captured = new ArrayList<>();

    private Daemon() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 1 && arguments[0].equals("prepare-database")) {
            System.out.println("unpacking PostgreSQL");
            if (behaves("fail-prepare")) {
                System.err.println("error: cannot create the cluster (disk full)");
                System.err.println("hint: free some space");
                System.exit(1);
            }
            System.out.println("migrated");
            return;
        }
        if (arguments.length == 2 && arguments[0].equals("export-pgvector")) {
            Path folder = Files.createDirectories(Path.of(arguments[1]));
            Files.writeString(folder.resolve("vector.control"), "default_version = '0.8.4'\n");
            return;
        }
        if (arguments.length > 1) {
            carry(List.of(arguments));
            return;
        }
        try (FileChannel lock =
                FileChannel.open(
                        HOME.resolve("run").resolve("daemon.lock"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE)) {
            if (lock.tryLock() == null) {
                return;
            }
            if (behaves("stubborn")) {
                Runtime.getRuntime().addShutdownHook(new Thread(Daemon::hang));
            }
            new Daemon().serve();
        }
    }

    /// `backup` and `restore`, as far as the command line can tell.
    private static void carry(List<String> words) throws IOException {
        Path file = Path.of(words.getLast());
        if (words.getFirst().equals("backup")) {
            Files.writeString(file, "a backup", StandardOpenOption.CREATE_NEW);
            System.out.println("3 tables with 7 rows, 8 bytes");
            if (!words.contains("--no-check")) {
                System.out.println("checked: every row came back as it went in");
            }
            return;
        }
        if (words.getFirst().equals("migrate")) {
            System.out.println("nothing to apply");
            return;
        }
        try (FileChannel lock =
                FileChannel.open(
                        HOME.resolve("run").resolve("daemon.lock"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE)) {
            if (behaves("fail-restore")
                    || lock.tryLock() == null
                    || !Files.readString(file).equals("a backup")) {
                System.err.println("error: cannot use the backup `" + file + "`: it is cut off");
                System.err.println("hint: restore another backup");
                System.exit(1);
            }
            System.out.println("restored: 7 rows");
        }
    }

    private static void hang() {
        try {
            Thread.sleep(60_000);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean behaves(String word) throws IOException {
        Path words = HOME.resolve("standin");
        return Files.exists(words) && Files.readString(words).contains(word);
    }

    private void serve() throws IOException {
        try (var listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Path info = HOME.resolve("run").resolve("daemon.json");
            Path temporary = HOME.resolve("run").resolve("daemon.json.tmp");
            Files.writeString(
                    temporary,
                    "{\"pid\":"
                            + ProcessHandle.current().pid()
                            + ",\"port\":"
                            + listener.getLocalPort()
                            + ",\"version\":\"0\"}");
            Files.move(temporary, info, StandardCopyOption.ATOMIC_MOVE);
            while (true) {
                try (Socket socket = listener.accept()) {
                    answer(socket);
                }
            }
        }
    }

    private void answer(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        var head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                return;
            }
            head.append((char) next);
        }
        Matcher length = Pattern.compile("(?i)content-length: *([0-9]+)").matcher(head);
        String body =
                length.find()
                        ? new String(
                                in.readNBytes(Integer.parseInt(length.group(1))),
                                StandardCharsets.UTF_8)
                        : "";
        byte[] answer = answer(head.toString(), body).getBytes(StandardCharsets.UTF_8);
        socket.getOutputStream()
                .write(
                        ("HTTP/1.1 "
                                        + (isProblem(answer) ? "404 Not Found" : "200 OK")
                                        + "\r\nConnection: close\r\nContent-Length: "
                                        + answer.length
                                        + "\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().write(answer);
    }

    private static boolean isProblem(byte[] answer) {
        return new String(answer, StandardCharsets.UTF_8).startsWith("{\"type\":\"about:blank\"");
    }

    /// One dead job and one that was skipped.
    private static String queue(String request) {
        String dead = job(12, "discarded", null, null, "IllegalStateException");
        String skipped = job(11, "completed", "skipped", "read-only", null);
        if (request.startsWith("GET /api/queue?session=none ")) {
            return "{\"jobs\":[]}";
        }
        if (request.startsWith("GET /api/queue ")) {
            return "{\"jobs\":[" + dead + "]}";
        }
        if (request.startsWith("GET /api/queue?session=s+1&all=true&limit=2 ")) {
            return "{\"jobs\":[" + dead + "," + skipped + "]}";
        }
        if (request.startsWith("POST /api/queue/retry?state=discarded ")) {
            return "{\"retried\":3}";
        }
        if (request.startsWith("DELETE /api/queue?state=completed&older_than=30d ")) {
            return "{\"purged\":1}";
        }
        if (request.startsWith("GET /api/queue/12 ")
                || request.startsWith("POST /api/queue/12/retry ")) {
            return dead;
        }
        return "{\"type\":\"about:blank\",\"title\":\"not found\",\"status\":404,"
                + "\"code\":\"NOT_FOUND\",\"detail\":\"there is no job of that id\","
                + "\"hint\":\"list them with GET /api/queue?all=true\"}";
    }

    private static String job(
            long id,
            String state,
            @Nullable String outcome,
            @Nullable String skipReason,
            @Nullable String error) {
        return "{\"id\":"
                + id
                + ",\"tool_use_id\":\"toolu_"
                + id
                + "\",\"event\":\"post-tool-use\",\"state\":\""
                + state
                + "\",\"outcome\":"
                + quoted(outcome)
                + ",\"skip_reason\":"
                + quoted(skipReason)
                + ",\"attempt\":5,\"max_attempts\":5,\"last_error\":"
                + quoted(error)
                + ",\"event_id\":9,\"session_id\":\"s 1\",\"tool_name\":\"Bash\","
                + "\"occurred_at\":\"2026-11-20T00:00:00Z\","
                + "\"created_at\":\"2026-11-20T00:00:01Z\","
                + "\"scheduled_at\":\"2026-11-20T00:00:02Z\",\"payload_kept\":true}";
    }

    private static String quoted(@Nullable String value) {
        return value == null ? "null" : "\"" + value + "\"";
    }

    /// Takes any model but `broken`; a change to one can be cancelled.
    private static String models(String head, String body) {
        if (body.contains("broken")) {
            return "{\"type\":\"about:blank\",\"title\":\"conflict\",\"status\":409,"
                    + "\"code\":\"MODEL_UNUSABLE\",\"detail\":\"`broken` cannot be used: why\","
                    + "\"hint\":\"nothing has changed\"}";
        }
        String serving = "{\"serving\":\"mneme-words-v1\"";
        return head.startsWith("POST /api/models/cancel")
                ? serving + "}"
                : serving + ",\"change\":{\"model\":\"tiny\",\"done\":1,\"total\":3}}";
    }

    private String answer(String head, String body) throws IOException {
        if (head.contains(" /api/queue")) {
            return queue(head);
        }
        if (head.contains(" /api/forget") || head.contains(" /api/redact")) {
            return Forgetting.answer(head, body);
        }
        if (head.startsWith("POST /api/models/")) {
            return models(head, body);
        }
        if (head.startsWith("POST /api/console/code")) {
            return "{\"code\":\"one-time-code\",\"expires_in_seconds\":60}";
        }
        if (head.startsWith("GET /api/health")) {
            return health();
        }
        if (head.startsWith("POST /api/hooks/")) {
            if (!behaves("forget")) {
                captured.add(body);
                if (behaves("record")) {
                    Files.writeString(
                            HOME.resolve("captured"),
                            body + "\n",
                            StandardOpenOption.CREATE,
                            StandardOpenOption.APPEND);
                }
            }
            return "";
        }
        if (head.startsWith("DELETE /api/projects?project=")) {
            captured.clear();
            return "{}";
        }
        if (head.startsWith("POST /api/observations/search")) {
            return search(body);
        }
        return "{}";
    }

    private String health() throws IOException {
        String vector =
                behaves("no-vectors")
                        ? "{\"extension\":\"missing\",\"index\":\"none\",\"rows\":0,"
                                + "\"hint\":\"install the package postgresql-17-pgvector\"}"
                        : "{\"extension\":\"available\",\"version\":\"0.8.4\",\"index\":\"hnsw\","
                                + "\"rows\":"
                                + captured.size()
                                + "}";
        return "{\"status\":\"healthy\",\"version\":\"0\",\"pid\":"
                + ProcessHandle.current().pid()
                + ",\"db\":{\"status\":\"healthy\",\"provider\":\"embedded\",\"version\":\"17.6\"},"
                + "\"embeddings\":{\"status\":\"healthy\",\"model\":\"hashed\",\"dimensions\":384,"
                + "\"provider\":\"built-in\",\"pending\":0},"
                + "\"queue\":{\"pending\":0,\"scheduled\":0,\"dead\":0,\"spooled\":0,\"refused\":0,"
                + "\"observations_total\":"
                + captured.size()
                + "},\"progress\":"
                + (behaves("stalled")
                        ? "{\"state\":\"stalled\",\"oldest_job_seconds\":7300,"
                                + "\"last_success_at\":null}"
                        : "{\"state\":\"working\",\"oldest_job_seconds\":12,"
                                + "\"last_success_at\":\"2026-01-01T00:00:00Z\"}")
                + ",\"vector\":"
                + vector
                + ",\"storage\":{\"database_bytes\":45000000,\"growth_bytes_per_day\":1250000,"
                + "\"growth_since\":\"2026-01-01\",\"spool_bytes\":0,\"spool_bytes_max\":268435456,"
                + "\"log_bytes\":9000,\"free_bytes\":"
                + (behaves("short-of-space")
                        ? "900000000,\"warning\":\"only 900 MB are free\"}"
                        : "50000000000,\"warning\":null}")
                + "}";
    }

    private String search(String body) throws IOException {
        Matcher query = Pattern.compile("\"query\":\"([^\"]*)\"").matcher(body);
        String wanted = query.find() ? query.group(1) : "";
        boolean found = captured.stream().anyMatch(payload -> payload.contains(wanted));
        String observation =
                "{\"id\":7,\"session_id\":1,\"project_id\":1,\"project_name\":\"p\","
                        + "\"title\":\"retry.txt: retries 50 became 5 # "
                        + wanted
                        + "\",\"type\":\"change\",\"facts\":[],\"concepts\":[],\"files_read\":[],"
                        + "\"files_modified\":[],\"event_ids\":[1],\"has_embedding\":"
                        + !behaves("no-vectors")
                        + ",\"created_at\":\"2026-11-20T00:00:00Z\"}";
        return "{\"observations\":["
                + (found ? observation : "")
                + "],\"query\":\"\",\"mode\":\"hybrid\",\"total\":"
                + (found ? 1 : 0)
                + "}";
    }
}
