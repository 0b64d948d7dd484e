package dev.mneme.ingest;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The address of a remote without what does not tell repositories apart: scheme, user, password,
/// default port, `.git`, the host's case. What is left holds no credentials and may be stored.
final class RemoteAddress {

    /// Longer addresses are no addresses.
    private static final int CHARS_MAX = 2_000;

    private static final Pattern URL =
            Pattern.compile(
                    "([A-Za-z][A-Za-z0-9+.-]*)://(?:[^/@]*@)?([^/:]*|\\[[^]/]*])(?::([0-9]*))?(/.*)?");

    /// `git@host:owner/name`, as `scp` takes it; one letter before the colon is a drive.
    private static final Pattern SCP = Pattern.compile("(?:[^/@:]*@)?([^/:@]{2,}):([^:].*)");

    private static final Map<String, String> DEFAULT_PORTS =
            Map.of(
                    "ssh", "22", "git+ssh", "22", "ssh+git", "22", "https", "443", "http", "80",
                    "git", "9418");

    private static final Pattern QUERY = Pattern.compile("[?#].*$");
    private static final Pattern SLASHES_AT_ENDS = Pattern.compile("^/+|/+$");

    private RemoteAddress() {}

    /// @param root where a relative path starts
    static Optional<String> normal(String address, Path root) {
        if (address.isBlank()
                || address.length() > CHARS_MAX
                || address.contains("::")
                || address.chars().anyMatch(Character::isISOControl)) {
            return Optional.empty();
        }
        Matcher url = URL.matcher(address);
        if (url.matches()) {
            String scheme = url.group(1).toLowerCase(Locale.ROOT);
            String path = url.group(4) == null ? "" : url.group(4);
            if (scheme.equals("file")) {
                return local(path, root);
            }
            String port = url.group(3) == null ? "" : url.group(3);
            boolean usual = port.isEmpty() || port.equals(DEFAULT_PORTS.get(scheme));
            return hosted(url.group(2) + (usual ? "" : ":" + port), path);
        }
        Matcher scp = SCP.matcher(address);
        return scp.matches() ? hosted(scp.group(1), scp.group(2)) : local(address, root);
    }

    private static Optional<String> hosted(String host, String path) {
        String bare = withoutSuffix(QUERY.matcher(path).replaceFirst(""));
        return bare.isEmpty() || host.isEmpty()
                ? Optional.empty()
                : Optional.of(host.toLowerCase(Locale.ROOT) + "/" + bare);
    }

    private static Optional<String> local(String path, Path root) {
        try {
            Path resolved = GitFiles.real(root.resolve(path));
            return Optional.of("file:/" + withoutSuffix(resolved.toString()));
        } catch (InvalidPathException unreadable) {
            return Optional.empty();
        }
    }

    private static String withoutSuffix(String path) {
        String bare = SLASHES_AT_ENDS.matcher(path).replaceAll("");
        String cut = bare.endsWith(".git") ? bare.substring(0, bare.length() - 4) : bare;
        return SLASHES_AT_ENDS.matcher(cut).replaceAll("");
    }
}
