package dev.mneme.forget;

import dev.mneme.domain.ForgetChoice;
import dev.mneme.protocol.Json;
import dev.mneme.protocol.Limits;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.PrivateFiles;
import dev.mneme.store.ForgetStore.SpoolFile;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/// The files of the spool that no drain will ever take: refused events, and what a hook began and
/// did not finish. They are nobody's rows, mostly not even JSON, so they are searched as text.
final class SpoolSearch {

    private static final Logger LOG = LoggerFactory.getLogger(SpoolSearch.class);

    static final String SPOOL = "spool";
    static final String REFUSED = "refused";

    /// Larger ones are not kept for a restore.
    private static final int FILE_BYTES_MAX = 2 * Limits.HOOK_BODY_BYTES_MAX;

    /// A hook lives for less; what is younger may still be written.
    private static final Duration UNFINISHED_AGE_MIN = Duration.ofMinutes(1);

    /// Where the time stands in the first line of a spooled event.
    private static final int TIME_FIELD = 3;

    private static final String WHY = ".why";

    private final MnemeHome home;

    SpoolSearch(MnemeHome home) {
        this.home = home;
    }

    /// @param traces what shows that a file is of the chosen project: its places and sessions
    List<Path> matching(ForgetChoice choice, List<String> traces) {
        var found = new ArrayList<Path>();
        if (!choice.observationIds().isEmpty()) {
            return found;
        }
        try {
            for (Path file : files(home.refused(), "*.event")) {
                if (matches(file, choice, traces)) {
                    found.add(file);
                }
            }
            for (Path file : files(home.spool(), ".tmp-*")) {
                Instant settled = choice.upTo().at().minus(UNFINISHED_AGE_MIN);
                if (Files.getLastModifiedTime(file).toInstant().isBefore(settled)
                        && matches(file, choice, traces)) {
                    found.add(file);
                }
            }
        } catch (NoSuchFileException takenByAnother) {
            return matching(choice, traces);
        } catch (IOException unreadable) {
            LOG.warn("spool not searched: error={}", unreadable.getClass().getSimpleName());
        }
        return found;
    }

    /// What must be kept of a file to put it back; without the content where that is too large.
    SpoolFile read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] content = in.readNBytes(FILE_BYTES_MAX);
            return new SpoolFile(
                    file.startsWith(home.refused()) ? REFUSED : SPOOL,
                    file.getFileName().toString(),
                    Base64.getEncoder().encodeToString(content));
        }
    }

    /// Removes files with the reasons beside them.
    void remove(List<Path> files) {
        for (Path file : files) {
            try {
                Files.deleteIfExists(file);
                Files.deleteIfExists(file.resolveSibling(file.getFileName() + WHY));
            } catch (IOException failed) {
                LOG.warn(
                        "spooled file not removed: file={} error={}",
                        file.getFileName(),
                        failed.getClass().getSimpleName());
            }
        }
    }

    void putBack(List<SpoolFile> files) throws IOException {
        for (SpoolFile kept : files) {
            Path folder = kept.folder().equals(REFUSED) ? home.refused() : home.spool();
            PrivateFiles.createFolder(folder);
            Path file = folder.resolve(Path.of(kept.name()).getFileName());
            if (!Files.exists(file)) {
                PrivateFiles.create(file);
                Files.write(
                        file,
                        Base64.getDecoder().decode(kept.base64()),
                        StandardOpenOption.TRUNCATE_EXISTING);
            }
        }
    }

    static List<Path> files(Path folder, String names) throws IOException {
        var files = new ArrayList<Path>();
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, names)) {
                for (Path file : stream) {
                    if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                        files.add(file);
                    }
                }
            }
        }
        files.sort(null);
        return files;
    }

    private static boolean matches(Path file, ForgetChoice choice, List<String> traces)
            throws IOException {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(FILE_BYTES_MAX);
        }
        Instant since = choice.since();
        if (since != null && happened(file, bytes).isBefore(since)) {
            return false;
        }
        String text = new String(bytes, StandardCharsets.UTF_8);
        String session = choice.session();
        String path = choice.path();
        String query = choice.query();
        return (session == null || holds(text, session))
                && (path == null || holds(text, path))
                && (query == null
                        || holds(text.toLowerCase(Locale.ROOT), query.toLowerCase(Locale.ROOT)))
                && (choice.project() == null
                        || traces.stream().anyMatch(trace -> holds(text, trace)));
    }

    private static boolean holds(String text, String wanted) {
        String literal = Json.write(wanted);
        return text.contains(wanted) || text.contains(literal.substring(1, literal.length() - 1));
    }

    private static Instant happened(Path file, byte[] bytes) throws IOException {
        int lineEnd = 0;
        while (lineEnd < bytes.length && bytes[lineEnd] != '\n') {
            lineEnd++;
        }
        List<String> header =
                Arrays.asList(new String(bytes, 0, lineEnd, StandardCharsets.UTF_8).split(" ", -1));
        try {
            if (header.size() > TIME_FIELD) {
                return Instant.parse(header.get(TIME_FIELD));
            }
        } catch (DateTimeException noHeader) {
            // Then the file's own time is all there is.
        }
        return Files.getLastModifiedTime(file).toInstant();
    }
}
