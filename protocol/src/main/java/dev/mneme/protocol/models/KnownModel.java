package dev.mneme.protocol.models;

import com.fasterxml.jackson.annotation.JsonProperty;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/// One row of the registry: where a model comes from and how it wants to be used.
///
/// @param source the page that says more of it
/// @param embedding how it makes vectors; null for other kinds
/// @param reranking how it compares a query with a text; null for other kinds
public record KnownModel(
        @JsonProperty("name") String name,
        @JsonProperty("kind") ModelKind kind,
        @JsonProperty("about") String about,
        @JsonProperty("licence") String licence,
        @JsonProperty("source") String source,
        @JsonProperty("files") List<File> files,
        @JsonProperty("embedding") @Nullable Embedding embedding,
        @JsonProperty("reranking") @Nullable Reranking reranking) {

    private static final int FILES_MAX = 20;
    private static final int DIMENSIONS_MAX = 2_000;
    private static final int TOKENS_MAX = 32_768;

    /// A name becomes a folder.
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    /// Throws `IllegalArgumentException` that says what is wrong with the row.
    public KnownModel {
        about = about == null ? "" : about;
        licence = licence == null ? "unknown" : licence;
        source = source == null ? "" : source;
        require(name != null && NAME.matcher(name).matches(), "its name is no file name");
        require(kind != null, "`" + name + "` has no `kind`");
        require(
                files != null && !files.isEmpty() && files.size() <= FILES_MAX,
                "`" + name + "` has no `files`, or too many");
        files = List.copyOf(files);
        require(
                (kind == ModelKind.EMBEDDING) == (embedding != null),
                "`" + name + "` needs `embedding` if that is its kind, and only then");
        require(
                (kind == ModelKind.RERANKING) == (reranking != null),
                "`" + name + "` needs `reranking` if that is its kind, and only then");
    }

    /// One file of a model.
    ///
    /// @param name under which it lies in the model's folder
    /// @param bytes its size; null where nobody knows
    /// @param sha256 its checksum; null where nobody knows: the first download records it
    public record File(
            @JsonProperty("name") String name,
            @JsonProperty("address") String address,
            @JsonProperty("bytes") @Nullable Long bytes,
            @JsonProperty("sha256") @Nullable String sha256) {

        public File {
            require(name != null && NAME.matcher(name).matches(), "a file's name is no file name");
            require(isAddress(address), "`" + name + "` has no http or https `address`");
            require(bytes == null || bytes > 0, "`bytes` of `" + name + "` is not positive");
            require(
                    sha256 == null || SHA256.matcher(sha256).matches(),
                    "`sha256` of `" + name + "` is no SHA-256 in lower case");
        }

        private static boolean isAddress(@Nullable String address) {
            if (address == null) {
                return false;
            }
            try {
                URI uri = URI.create(address);
                return ("https".equals(uri.getScheme()) || "http".equals(uri.getScheme()))
                        && uri.getHost() != null;
            } catch (IllegalArgumentException unreadable) {
                return false;
            }
        }
    }

    /// How the vectors of a text's tokens become one.
    public enum Pooling {
        /// Their mean, padding left out.
        @JsonProperty("mean")
        MEAN,
        /// That of the first token.
        @JsonProperty("cls")
        CLS
    }

    /// How a model makes vectors.
    ///
    /// @param tokensMax of one text, with the model's own marks; the rest is cut off
    /// @param batchTextsMax texts in one run; 1 where a text's vector depends on the others in its
    ///     batch, as it does with weights that are quantised dynamically; null for no such limit
    public record Embedding(
            @JsonProperty("dimensions") int dimensions,
            @JsonProperty("pooling") Pooling pooling,
            @JsonProperty("document_prefix") @Nullable String documentPrefix,
            @JsonProperty("query_prefix") @Nullable String queryPrefix,
            @JsonProperty("tokens_max") int tokensMax,
            @JsonProperty("batch_texts_max") @Nullable Integer batchTextsMax) {

        public Embedding {
            require(
                    batchTextsMax == null || batchTextsMax >= 1,
                    "`batch_texts_max` is less than 1");
            require(
                    dimensions >= 1 && dimensions <= DIMENSIONS_MAX,
                    "`dimensions` is not from 1 to " + DIMENSIONS_MAX);
            require(pooling != null, "`pooling` is missing");
            require(
                    tokensMax >= 1 && tokensMax <= TOKENS_MAX,
                    "`tokens_max` is not from 1 to " + TOKENS_MAX);
        }

        public String documentText(String text) {
            return documentPrefix == null ? text : documentPrefix + text;
        }

        public String queryText(String text) {
            return queryPrefix == null ? text : queryPrefix + text;
        }
    }

    /// How a model compares a query with a text.
    ///
    /// @param tokensMax of both together, with the model's own marks; the rest is cut off
    public record Reranking(@JsonProperty("tokens_max") int tokensMax) {

        public Reranking {
            require(
                    tokensMax >= 1 && tokensMax <= TOKENS_MAX,
                    "`tokens_max` is not from 1 to " + TOKENS_MAX);
        }
    }

    /// The size of all files; empty where one is unknown.
    public OptionalLong bytes() {
        long sum = 0;
        for (File file : files) {
            Long bytes = file.bytes();
            if (bytes == null) {
                return OptionalLong.empty();
            }
            sum += bytes;
        }
        return OptionalLong.of(sum);
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
