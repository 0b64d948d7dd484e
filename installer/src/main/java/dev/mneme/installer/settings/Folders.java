package dev.mneme.installer.settings;

import dev.mneme.installer.Failure;
import dev.mneme.installer.PrivateFiles;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Folders that are made for a file of ours and go with it.
final class Folders {

    private Folders() {}

    /// Makes the missing folders and says which, innermost first.
    static List<String> create(Path folder) throws IOException {
        var missing = new ArrayList<String>();
        for (Path each = folder; each != null && !Files.exists(each); each = each.getParent()) {
            missing.add(each.toString());
        }
        PrivateFiles.createDirectoriesIfMissing(folder);
        return missing;
    }

    static void removeEmpty(List<String> folders) throws Failure {
        for (String folder : folders) {
            try {
                Files.deleteIfExists(Path.of(folder));
            } catch (DirectoryNotEmptyException inUse) {
                return;
            } catch (IOException failed) {
                throw new Failure(
                        "cannot remove the empty folder `" + folder + "`",
                        "remove it by hand",
                        failed);
            }
        }
    }
}
