package dev.mneme.ingest;

import dev.mneme.domain.GitPosition;
import dev.mneme.domain.StorableText;

import org.jspecify.annotations.Nullable;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A repository as its own files describe it. No `git` runs: these answers are needed while a hook
/// waits.
///
/// @param root the main work tree, the work tree of a submodule, or the folder of a bare repository
/// @param gitDirectory of the work tree that was looked at
/// @param commonDirectory what all linked work trees share
record GitFiles(Path root, Path gitDirectory, Path commonDirectory) {

    /// A path deeper than this is not walked further up.
    static final int DEPTH_MAX = 100;

    /// `.git`, `commondir` and `HEAD` hold one short line each.
    private static final int LINE_FILE_BYTES_MAX = 8_192;

    private static final int CONFIG_BYTES_MAX = 256 * 1024;
    private static final int PACKED_REFS_BYTES_MAX = 16 * 1024 * 1024;

    /// Read for an event whose branch has no file of its own; about 15,000 references.
    private static final int PACKED_REFS_PER_EVENT_BYTES_MAX = 1024 * 1024;

    private static final int SYMBOLIC_REFS_MAX = 5;

    /// Holds the last line of a reference's log.
    private static final int LOG_TAIL_BYTES_MAX = 8_192;

    /// Seconds since 1970, time zone and message, at the end of a log.
    private static final Pattern LAST_MOVE =
            Pattern.compile("> ([0-9]{1,18}) [+-][0-9]{4}\\t?([^\\n]*)\\z");

    private static final String GIT_DIRECTORY_PREFIX = "gitdir:";
    private static final String REF_PREFIX = "ref:";
    private static final String BRANCH_PREFIX = "refs/heads/";
    private static final int BRANCH_CHARS_MAX = 400;
    private static final Pattern OBJECT_ID = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");

    private static final Pattern SECTION =
            Pattern.compile(
                    "\\s*\\[\\s*([A-Za-z0-9.-]+)(?:\\s+\"((?:[^\"\\\\]|\\\\.)*)\")?\\s*](.*)");

    private static final Pattern SETTING = Pattern.compile("\\s*([A-Za-z][A-Za-z0-9-]*)\\s*=(.*)");

    /// The repository that a folder lies in.
    static Optional<GitFiles> around(Path folder) {
        Path candidate = folder;
        for (int depth = 0; candidate != null && depth < DEPTH_MAX; depth++) {
            Optional<GitFiles> here = at(candidate);
            if (here.isPresent()) {
                return here;
            }
            candidate = candidate.getParent();
        }
        return Optional.empty();
    }

    /// The work tree that a folder lies in: a linked one is its own, unlike [#root].
    static Optional<Path> workTreeAround(Path folder) {
        Path candidate = folder;
        for (int depth = 0; candidate != null && depth < DEPTH_MAX; depth++) {
            if (Files.exists(candidate.resolve(".git"))) {
                return Optional.of(candidate);
            }
            candidate = candidate.getParent();
        }
        return Optional.empty();
    }

    private static Optional<GitFiles> at(Path folder) {
        Path git = folder.resolve(".git");
        if (Files.isDirectory(git)) {
            return Optional.of(of(folder, real(git)));
        }
        if (Files.isRegularFile(git)) {
            return pointedTo(folder, git);
        }
        return isGitDirectory(folder) ? Optional.of(of(folder, folder)) : Optional.empty();
    }

    /// What a `.git` file points to: the repository of a submodule, of a linked work tree, or one
    /// that is kept elsewhere. A pointer to nothing still marks the folder as a work tree.
    private static Optional<GitFiles> pointedTo(Path workTree, Path gitFile) {
        String line = firstLine(gitFile);
        if (line == null || !line.startsWith(GIT_DIRECTORY_PREFIX)) {
            return Optional.empty();
        }
        try {
            String target = line.substring(GIT_DIRECTORY_PREFIX.length()).strip();
            return Optional.of(of(workTree, real(workTree.resolve(target))));
        } catch (InvalidPathException unreadable) {
            return Optional.empty();
        }
    }

    private static GitFiles of(Path workTree, Path gitDirectory) {
        String common = firstLine(gitDirectory.resolve("commondir"));
        if (common == null) {
            return new GitFiles(
                    isDotGit(workTree) ? parentOf(workTree) : workTree, gitDirectory, gitDirectory);
        }
        try {
            Path commonDirectory = real(gitDirectory.resolve(common));
            Path main = isDotGit(commonDirectory) ? parentOf(commonDirectory) : commonDirectory;
            return new GitFiles(main, gitDirectory, commonDirectory);
        } catch (InvalidPathException unreadable) {
            return new GitFiles(workTree, gitDirectory, gitDirectory);
        }
    }

    private static boolean isDotGit(Path directory) {
        Path name = directory.getFileName();
        return name != null && name.toString().equals(".git");
    }

    private static Path parentOf(Path directory) {
        Path parent = directory.getParent();
        return parent == null ? directory : parent;
    }

    private static boolean isGitDirectory(Path directory) {
        return Files.isRegularFile(directory.resolve("HEAD"))
                && (Files.exists(directory.resolve("commondir"))
                        || (Files.isDirectory(directory.resolve("objects"))
                                && Files.exists(directory.resolve("refs"))));
    }

    /// A shallow clone ends somewhere in its history: its oldest commits are no root commits.
    boolean isShallow() {
        return Files.exists(commonDirectory.resolve("shallow"));
    }

    /// The address that says which repository of its kin this is: `origin`, else the first one.
    Optional<String> remote() {
        Map<String, String> remotes = remotes();
        String address = remotes.get("origin");
        if (address == null && !remotes.isEmpty()) {
            address = remotes.values().iterator().next();
        }
        return address == null ? Optional.empty() : RemoteAddress.normal(address, root);
    }

    /// What `HEAD` is now: the commit, or empty before the first one.
    Optional<String> head() {
        return head(PACKED_REFS_BYTES_MAX);
    }

    private Optional<String> head(int packedBytesMax) {
        String line = firstLine(gitDirectory.resolve("HEAD"));
        for (int step = 0; line != null && step < SYMBOLIC_REFS_MAX; step++) {
            if (!line.startsWith(REF_PREFIX)) {
                return OBJECT_ID.matcher(line).matches() ? Optional.of(line) : Optional.empty();
            }
            line = ref(line.substring(REF_PREFIX.length()).strip(), packedBytesMax);
        }
        return Optional.empty();
    }

    /// The branch and commit of the work tree that was looked at. Where references are kept in a
    /// form that only `git` reads, neither is known.
    GitPosition position() {
        String line = firstLine(gitDirectory.resolve("HEAD"));
        if (line == null || hasOpaqueReferences()) {
            return GitPosition.UNKNOWN;
        }
        String name =
                line.startsWith(REF_PREFIX) ? line.substring(REF_PREFIX.length()).strip() : "";
        boolean named =
                name.startsWith(BRANCH_PREFIX)
                        && name.length() > BRANCH_PREFIX.length()
                        && name.length() <= BRANCH_CHARS_MAX;
        String branch = named ? StorableText.of(name.substring(BRANCH_PREFIX.length())) : null;
        return new GitPosition(branch, head(PACKED_REFS_PER_EVENT_BYTES_MAX).orElse(null));
    }

    /// When `HEAD` last moved, by its log: with a commit, a checkout, a reset. Empty without a log,
    /// and right after a clone, which writes its files later than that.
    Optional<Instant> headMovedAt() {
        Path log = gitDirectory.resolve("logs").resolve("HEAD");
        try (SeekableByteChannel bytes = Files.newByteChannel(log)) {
            bytes.position(Math.max(0, bytes.size() - LOG_TAIL_BYTES_MAX));
            var tail = ByteBuffer.allocate(LOG_TAIL_BYTES_MAX);
            while (tail.hasRemaining() && bytes.read(tail) >= 0) {
                // Until the end or the bound.
            }
            String text = new String(tail.array(), 0, tail.position(), StandardCharsets.UTF_8);
            Matcher last = LAST_MOVE.matcher(text.stripTrailing());
            return last.find() && !last.group(2).startsWith("clone:")
                    ? Optional.of(Instant.ofEpochSecond(Long.parseLong(last.group(1))))
                    : Optional.empty();
        } catch (IOException | NumberFormatException | DateTimeException unreadable) {
            return Optional.empty();
        }
    }

    /// Whether references are kept in a form that only `git` reads.
    boolean hasOpaqueReferences() {
        return Files.isDirectory(commonDirectory.resolve("reftable"));
    }

    private @Nullable String ref(String name, int packedBytesMax) {
        try {
            Path file = commonDirectory.resolve(name).normalize();
            if (!file.startsWith(commonDirectory)) {
                return null;
            }
            String loose = firstLine(file);
            return loose == null ? packedRef(name, packedBytesMax) : loose;
        } catch (InvalidPathException unreadable) {
            return null;
        }
    }

    private @Nullable String packedRef(String name, int bytesMax) {
        Path packed = commonDirectory.resolve("packed-refs");
        try {
            if (!Files.isRegularFile(packed) || Files.size(packed) > bytesMax) {
                return null;
            }
            try (BufferedReader lines =
                    Files.newBufferedReader(packed, StandardCharsets.ISO_8859_1)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    int space = line.indexOf(' ');
                    if (space > 0 && line.substring(space + 1).equals(name)) {
                        return line.substring(0, space);
                    }
                }
            }
        } catch (IOException unreadable) {
            return null;
        }
        return null;
    }

    private Map<String, String> remotes() {
        var remotes = new LinkedHashMap<String, String>();
        String section = "";
        for (String line : config().lines().toList()) {
            Matcher header = SECTION.matcher(line);
            String rest = line;
            if (header.matches()) {
                String name = header.group(2);
                boolean remote =
                        header.group(1).toLowerCase(Locale.ROOT).equals("remote") && name != null;
                section = remote && name != null ? name : "";
                rest = header.group(3);
            }
            Matcher setting = SETTING.matcher(rest);
            if (!section.isEmpty()
                    && setting.matches()
                    && setting.group(1).toLowerCase(Locale.ROOT).equals("url")) {
                remotes.putIfAbsent(section, value(setting.group(2)));
            }
        }
        return remotes;
    }

    private String config() {
        Path file = commonDirectory.resolve("config");
        try {
            return Files.isRegularFile(file) && Files.size(file) <= CONFIG_BYTES_MAX
                    ? new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
                    : "";
        } catch (IOException unreadable) {
            return "";
        }
    }

    /// A value as `git` writes it: quotes and escapes taken off, comments cut.
    private static String value(String written) {
        var value = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < written.length(); i++) {
            char letter = written.charAt(i);
            if (letter == '"') {
                quoted = !quoted;
            } else if (letter == '\\' && i + 1 < written.length()) {
                value.append(written.charAt(++i));
            } else if (!quoted && (letter == '#' || letter == ';')) {
                break;
            } else {
                value.append(letter);
            }
        }
        return value.toString().strip();
    }

    private static @Nullable String firstLine(Path file) {
        try {
            if (!Files.isRegularFile(file) || Files.size(file) > LINE_FILE_BYTES_MAX) {
                return null;
            }
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
                    .lines()
                    .findFirst()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .orElse(null);
        } catch (IOException unreadable) {
            return null;
        }
    }

    static Path real(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException absent) {
            return path.toAbsolutePath().normalize();
        }
    }
}
