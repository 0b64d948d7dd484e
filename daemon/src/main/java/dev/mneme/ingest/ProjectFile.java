package dev.mneme.ingest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The file `.mneme`, with which a folder says itself which project it belongs to:
///
/// ```
/// # what stands after a hash is a comment
/// project = shop
/// ```
///
/// Other lines are left to later versions.
final class ProjectFile {

    static final String NAME = ".mneme";
    static final int NAME_CHARS_MAX = 400;

    private static final int BYTES_MAX = 8_192;

    private static final Pattern PROJECT = Pattern.compile("\\s*project\\s*=\\s*(.*?)\\s*");

    private ProjectFile() {}

    /// What the nearest such file says, from `folder` up to `top` and no further.
    static Optional<String> between(Path folder, Path top) {
        Path candidate = folder;
        for (int depth = 0; candidate != null && depth < GitFiles.DEPTH_MAX; depth++) {
            Optional<String> name = in(candidate);
            if (name.isPresent() || candidate.equals(top)) {
                return name;
            }
            candidate = candidate.getParent();
        }
        return Optional.empty();
    }

    /// Where no repository bounds the search, only files of the folder's own owner count, so that
    /// nobody else names a project by leaving a file in a shared place.
    static Optional<String> aboveOfSameOwner(Path folder) {
        Path candidate = folder;
        for (int depth = 0; candidate != null && depth < GitFiles.DEPTH_MAX; depth++) {
            Optional<String> name = in(candidate);
            if (name.isPresent() && sameOwner(folder, candidate.resolve(NAME))) {
                return name;
            }
            candidate = candidate.getParent();
        }
        return Optional.empty();
    }

    static Optional<String> in(Path folder) {
        Path file = folder.resolve(NAME);
        try {
            // In a home directory this is the folder of Mneme itself.
            if (!Files.isRegularFile(file) || Files.size(file) > BYTES_MAX) {
                return Optional.empty();
            }
            String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
            return text.lines()
                    .map(PROJECT::matcher)
                    .filter(Matcher::matches)
                    .map(line -> line.group(1))
                    .filter(ProjectFile::isName)
                    .findFirst();
        } catch (IOException unreadable) {
            return Optional.empty();
        }
    }

    private static boolean isName(String text) {
        return !text.isBlank()
                && text.length() <= NAME_CHARS_MAX
                && text.chars().noneMatch(Character::isISOControl);
    }

    private static boolean sameOwner(Path folder, Path file) {
        try {
            UserPrincipal owner = Files.getOwner(folder);
            return owner.equals(Files.getOwner(file));
        } catch (IOException | UnsupportedOperationException unknown) {
            return false;
        }
    }
}
