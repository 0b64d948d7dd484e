package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// The files that a memory is about, and what they held when it was written.
///
/// @param files as the memory names them, from the folder its session worked in
/// @param hashes of the first of them, in their order; empty texts for those without one
/// @param folder its session worked in
/// @param places where its project is now
/// @param commit that was checked out
public record RememberedFiles(
        long observationId,
        List<String> files,
        List<String> hashes,
        @Nullable String folder,
        List<String> places,
        @Nullable String commit) {

    public RememberedFiles {
        files = List.copyOf(files);
        hashes = List.copyOf(hashes);
        places = List.copyOf(places);
    }
}
