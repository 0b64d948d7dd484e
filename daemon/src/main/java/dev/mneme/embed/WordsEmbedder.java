package dev.mneme.embed;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// The embedder that needs no download: the weighted mean of word vectors that ship with Mneme.
///
/// It relates words (`refuses connections` and `ECONNREFUSED`), it does not read sentences. A text
/// is split as search splits it: at everything that is no letter or digit, at the humps of
/// `camelCase`, and between letters and digits. Single letters and words nobody has seen count for
/// nothing; a text of nothing else has no vector. From the mean goes what all texts share.
///
/// The sums are in `double` and in the order of the text: the vectors are stored, and another JVM
/// must give the same ones.
public final class WordsEmbedder implements Embedder {

    /// The name carries the version: other vectors are another model.
    private static final Model MODEL =
            new Model("mneme-words-v1", WordVectors.DIMENSIONS, "built-in");

    /// Known words of one text; its meaning is settled long before.
    private static final int WORDS_MAX = 4_000;

    /// The part of a text that is looked at.
    private static final int TEXT_CHARS_MAX = 64 * 1024;

    private static final int WORD_CHARS_MIN = 2;

    private volatile @Nullable WordVectors loaded;

    @Override
    public Model model() {
        return MODEL;
    }

    @Override
    public List<float[]> embedDocuments(List<String> texts) {
        var vectors = new ArrayList<float[]>(texts.size());
        for (String text : texts) {
            vectors.add(embedQuery(text));
        }
        return vectors;
    }

    @Override
    public float[] embedQuery(String text) {
        WordVectors words = words();
        var sum = new double[WordVectors.DIMENSIONS];
        int left = WORDS_MAX;
        int end = Math.min(text.length(), TEXT_CHARS_MAX);
        int start = 0;
        while (start < end && left > 0) {
            int stop = endOfRun(text, start, end);
            if (isWord(text, start, stop) && words.add(text.substring(start, stop), sum)) {
                left--;
            }
            start = Math.max(stop, start + 1);
        }
        return words.finished(sum);
    }

    /// Read at the first use: a daemon that starts has more urgent things to do.
    private WordVectors words() {
        WordVectors here = loaded;
        if (here == null) {
            synchronized (this) {
                here = loaded;
                if (here == null) {
                    here = WordVectors.read();
                    loaded = here;
                }
            }
        }
        return here;
    }

    private static boolean isWord(String text, int start, int stop) {
        if (start == stop) {
            return false;
        }
        return Character.isDigit(text.charAt(start)) || stop - start >= WORD_CHARS_MIN;
    }

    /// Where the run of letters or of digits ends that begins at `start`; `start` where none does.
    private static int endOfRun(String text, int start, int end) {
        int index = start;
        if (Character.isDigit(text.charAt(start))) {
            while (index < end && Character.isDigit(text.charAt(index))) {
                index++;
            }
            return index;
        }
        while (index < end && Character.isLetter(text.charAt(index))) {
            if (index > start && isHump(text, index, end)) {
                return index;
            }
            index++;
        }
        return index;
    }

    /// `parse|Date`, and `HTTP|Server`: the last capital begins the next word.
    private static boolean isHump(String text, int index, int end) {
        if (!Character.isUpperCase(text.charAt(index))) {
            return false;
        }
        return !Character.isUpperCase(text.charAt(index - 1))
                || (index + 1 < end && Character.isLowerCase(text.charAt(index + 1)));
    }
}
