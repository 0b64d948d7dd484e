package dev.mneme.protocol.models;

import dev.mneme.protocol.Bytes;
import dev.mneme.protocol.PrivateFiles;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One file from the network: resumed where it broke off, checked, and moved into place whole.
///
/// What has arrived lies in `NAME.part`, beside it in `NAME.part.tag` what the server called that
/// version: a part is only continued if the server says that it is still the same file, or if a
/// checksum will tell. Nothing that a server says is believed: not its lengths, not its ranges.
final class Download {

    /// A server that sends nothing for so long is given up, and asked anew.
    static final Duration SILENCE_MAX = Duration.ofSeconds(30);

    private static final int REDIRECTS_MAX = 10;
    private static final int ATTEMPTS_MAX = 6;
    private static final int BUFFER_BYTES = 256 * 1024;

    /// Left free on the disk for everything else.
    private static final long RESERVE_BYTES = 256L * 1024 * 1024;

    /// A file of unknown size is refused from here on.
    private static final long BYTES_MAX = 64L * 1024 * 1024 * 1024;

    private static final int TAG_CHARS_MAX = 1_000;

    private static final int PARTIAL = 206;
    private static final int RANGE_NOT_SATISFIABLE = 416;
    private static final int TOO_MANY_REQUESTS = 429;

    /// `bytes 100-199/200`, `bytes */200`.
    private static final Pattern CONTENT_RANGE =
            Pattern.compile("bytes (?:(\\d{1,18})-\\d{1,18}|\\*)/(\\d{1,18}|\\*)");

    /// What is to be had.
    ///
    /// @param name for messages: the file and its model
    /// @param bytes its size, or null where nobody knows
    /// @param sha256 its checksum, or null where nobody knows
    record Wanted(
            String name, URI address, Path target, @Nullable Long bytes, @Nullable String sha256) {}

    /// Told how far a download is.
    @FunctionalInterface
    interface Progress {

        /// So many bytes are there.
        ///
        /// @param total null where the server does not say
        void at(long bytes, @Nullable Long total);
    }

    /// Why an attempt ended early; the next one goes on from what has arrived.
    private static final class BrokenOff extends Exception {
        private static final long serialVersionUID = 1L;

        BrokenOff(String why) {
            super(why);
        }
    }

    private final Wanted wanted;
    private final Path part;
    private final Path tag;
    private final Duration silenceMax;
    private final Duration firstPause;
    private final Progress progress;

    Download(Wanted wanted, Duration silenceMax, Duration firstPause, Progress progress) {
        this.wanted = wanted;
        this.part = wanted.target().resolveSibling(wanted.target().getFileName() + ".part");
        this.tag = wanted.target().resolveSibling(wanted.target().getFileName() + ".part.tag");
        this.silenceMax = silenceMax;
        this.firstPause = firstPause;
        this.progress = progress;
    }

    static boolean isHttp(URI address) {
        String scheme = String.valueOf(address.getScheme()).toLowerCase(Locale.ROOT);
        return scheme.equals("https") || scheme.equals("http");
    }

    /// Puts the file in place and returns its SHA-256.
    String run() throws PullFailure, IOException, InterruptedException {
        Duration pause = firstPause;
        for (int attempt = 1; !isComplete(); attempt++) {
            try {
                attempt();
                break;
            } catch (BrokenOff brokenOff) {
                if (attempt == ATTEMPTS_MAX) {
                    throw new PullFailure(
                            "cannot download "
                                    + wanted.name()
                                    + " ("
                                    + brokenOff.getMessage()
                                    + ", "
                                    + ATTEMPTS_MAX
                                    + " attempts)",
                            "run it again later: it goes on after the "
                                    + Bytes.text(arrived())
                                    + " that are there; `"
                                    + Mirror.KEY
                                    + "` names another server");
                }
                Thread.sleep(pause);
                pause = pause.multipliedBy(2);
            }
        }
        return checkedAndMoved();
    }

    private boolean isComplete() throws IOException {
        return wanted.bytes() != null && arrived() == wanted.bytes();
    }

    private long arrived() throws IOException {
        try {
            return Files.size(part);
        } catch (NoSuchFileException none) {
            return 0;
        }
    }

    private void attempt() throws PullFailure, IOException, BrokenOff, InterruptedException {
        long have = resumable();
        HttpURLConnection connection = connect(have);
        try {
            int status = status(connection);
            switch (status) {
                case HttpURLConnection.HTTP_OK -> receive(connection, 0, length(connection));
                case PARTIAL -> {
                    Matcher range = range(connection);
                    Long start = range == null ? null : number(range.group(1));
                    if (start == null || start != have) {
                        startOver("the server sent another part than was asked for");
                    }
                    Long total = range == null ? null : number(range.group(2));
                    Long rest = length(connection);
                    if (total == null && rest != null) {
                        total = have + rest;
                    }
                    receive(connection, have, total);
                }
                case RANGE_NOT_SATISFIABLE -> {
                    Matcher range = range(connection);
                    Long total = range == null ? null : number(range.group(2));
                    if (have == 0 || total == null || total != have) {
                        startOver("the server has no such part");
                    }
                }
                default -> {
                    if (status >= 500 || status == TOO_MANY_REQUESTS) {
                        throw new BrokenOff("the server answered " + status);
                    }
                    throw new PullFailure(
                            "cannot download "
                                    + wanted.name()
                                    + ": "
                                    + wanted.address().getHost()
                                    + " answered "
                                    + status,
                            "look at " + wanted.address() + " in a browser");
                }
            }
        } finally {
            connection.disconnect();
        }
    }

    /// How much of a part can be continued; what cannot be is removed.
    private long resumable() throws IOException {
        long have = arrived();
        boolean tooLong = wanted.bytes() != null && have > wanted.bytes();
        boolean unproved = wanted.sha256() == null && readTag().isEmpty();
        if (have > 0 && (tooLong || unproved)) {
            removePart();
            return 0;
        }
        return have;
    }

    private String readTag() {
        try {
            return Files.readString(tag).strip();
        } catch (IOException none) {
            return "";
        }
    }

    private void removePart() throws IOException {
        Files.deleteIfExists(part);
        Files.deleteIfExists(tag);
    }

    private void startOver(String why) throws IOException, BrokenOff {
        removePart();
        throw new BrokenOff(why);
    }

    /// Follows redirects itself: from one scheme to the other Java does not, and from https to http
    /// nobody should.
    private HttpURLConnection connect(long from) throws PullFailure, BrokenOff {
        URI address = wanted.address();
        for (int hop = 0; hop <= REDIRECTS_MAX; hop++) {
            try {
                var connection = (HttpURLConnection) address.toURL().openConnection();
                connection.setInstanceFollowRedirects(false);
                connection.setConnectTimeout((int) silenceMax.toMillis());
                connection.setReadTimeout((int) silenceMax.toMillis());
                connection.setUseCaches(false);
                connection.setRequestProperty("Accept-Encoding", "identity");
                connection.setRequestProperty("User-Agent", "mneme");
                if (from > 0) {
                    connection.setRequestProperty("Range", "bytes=" + from + "-");
                    String known = readTag();
                    if (!known.isEmpty()) {
                        connection.setRequestProperty("If-Range", known);
                    }
                }
                int status = connection.getResponseCode();
                String location = connection.getHeaderField("Location");
                if (status / 100 != 3 || location == null) {
                    return connection;
                }
                connection.disconnect();
                address = redirected(address, location);
            } catch (IOException broken) {
                throw new BrokenOff(reason(broken));
            }
        }
        throw new PullFailure(
                "cannot download " + wanted.name() + ": more than " + REDIRECTS_MAX + " redirects",
                "look at " + wanted.address() + " in a browser");
    }

    private URI redirected(URI from, String location) throws PullFailure {
        try {
            URI to = from.resolve(location);
            boolean weaker = "https".equals(from.getScheme()) && !"https".equals(to.getScheme());
            if (isHttp(to) && to.getHost() != null && !weaker) {
                return to;
            }
        } catch (IllegalArgumentException unreadable) {
            // Refused like the others.
        }
        throw new PullFailure(
                "cannot download "
                        + wanted.name()
                        + ": "
                        + from.getHost()
                        + " redirects to an address that is not followed",
                "look at " + wanted.address() + " in a browser");
    }

    private static int status(HttpURLConnection connection) throws BrokenOff {
        try {
            return connection.getResponseCode();
        } catch (IOException broken) {
            throw new BrokenOff(reason(broken));
        }
    }

    /// @param total size of the whole file as the server says; null where it does not
    private void receive(HttpURLConnection connection, long from, @Nullable Long total)
            throws PullFailure, IOException, BrokenOff, InterruptedException {
        if (wanted.bytes() != null && total != null && !total.equals(wanted.bytes())) {
            removePart();
            throw new PullFailure(
                    "cannot download "
                            + wanted.name()
                            + ": the server has a file of "
                            + total
                            + " bytes, the registry knows one of "
                            + wanted.bytes(),
                    "the file was replaced at its source; a newer Mneme may know it");
        }
        Long expected = wanted.bytes() != null ? wanted.bytes() : total;
        checkSpace(expected, from);
        noteTag(connection, from);
        if (from == 0) {
            Files.deleteIfExists(part);
            PrivateFiles.create(part);
        }
        long bytesMax = expected == null ? BYTES_MAX : expected;
        long have = from;
        var buffer = new byte[BUFFER_BYTES];
        try (FileChannel out = FileChannel.open(part, StandardOpenOption.WRITE)) {
            out.position(from);
            try (InputStream in = connection.getInputStream()) {
                for (int read = read(in, buffer); read >= 0; read = read(in, buffer)) {
                    if (Thread.interrupted()) {
                        throw new InterruptedException("told to end");
                    }
                    if (have + read > bytesMax) {
                        out.truncate(from);
                        throw new BrokenOff("the server sends more than it said");
                    }
                    write(out, ByteBuffer.wrap(buffer, 0, read));
                    have += read;
                    progress.at(have, expected);
                }
            } finally {
                out.force(true);
            }
        }
        if (expected != null && have < expected) {
            throw new BrokenOff("the connection ended after " + Bytes.text(have));
        }
    }

    private void noteTag(HttpURLConnection connection, long from) throws IOException {
        if (from > 0) {
            return;
        }
        String known = connection.getHeaderField("ETag");
        // A weak tag promises nothing about bytes.
        if (known == null || known.startsWith("W/") || known.length() > TAG_CHARS_MAX) {
            Files.deleteIfExists(tag);
        } else {
            PrivateFiles.writeAtomically(tag, known);
        }
    }

    private static int read(InputStream in, byte[] buffer) throws BrokenOff {
        try {
            return in.read(buffer);
        } catch (IOException broken) {
            throw new BrokenOff(reason(broken));
        }
    }

    private void write(FileChannel out, ByteBuffer bytes) throws PullFailure {
        try {
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
        } catch (IOException full) {
            throw new PullFailure(
                    "cannot write `" + part + "` (" + full.getMessage() + ")",
                    "free some space there; what has arrived is kept",
                    full);
        }
    }

    private void checkSpace(@Nullable Long expected, long from) throws PullFailure, IOException {
        if (expected == null) {
            return;
        }
        long free = Files.getFileStore(wanted.target().getParent()).getUsableSpace();
        long needed = expected - from + RESERVE_BYTES;
        if (free < needed) {
            throw new PullFailure(
                    "cannot download "
                            + wanted.name()
                            + ": it needs "
                            + Bytes.text(needed)
                            + " of space, "
                            + Bytes.text(free)
                            + " are free in `"
                            + wanted.target().getParent()
                            + "`",
                    "free some space there");
        }
    }

    private String checkedAndMoved() throws PullFailure, IOException {
        String found = ModelShelf.sha256(part);
        if (wanted.sha256() != null && !wanted.sha256().equals(found)) {
            removePart();
            throw new PullFailure(
                    wanted.name()
                            + " is not the file that the registry knows (its SHA-256 is "
                            + found
                            + " instead of "
                            + wanted.sha256()
                            + ")",
                    "it was removed; try again, or another `" + Mirror.KEY + "`");
        }
        Files.move(
                part,
                wanted.target(),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
        Files.deleteIfExists(tag);
        return found;
    }

    private static @Nullable Matcher range(HttpURLConnection connection) {
        String header = connection.getHeaderField("Content-Range");
        if (header == null) {
            return null;
        }
        Matcher matcher = CONTENT_RANGE.matcher(header);
        return matcher.matches() ? matcher : null;
    }

    private static @Nullable Long length(HttpURLConnection connection) {
        long length = connection.getContentLengthLong();
        return length < 0 ? null : length;
    }

    private static @Nullable Long number(@Nullable String digits) {
        return digits == null || digits.equals("*") ? null : Long.valueOf(digits);
    }

    private static String reason(IOException broken) {
        return broken instanceof SocketTimeoutException
                ? "the server says nothing"
                : broken.getClass().getSimpleName();
    }
}
