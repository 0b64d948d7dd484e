package dev.mneme.llama;

/// What a model is asked. `toString` holds no content.
///
/// @param system who the model is to be
/// @param user what it is to look at
/// @param grammar in GBNF, what its answer may be; no answer leaves it
/// @param answerTokensMax where an answer is cut; a grammar that always closes earlier is not
/// @param temperature 0 for the likeliest answer, the same one each time
/// @param seed of the choice between likely answers, where the temperature is above 0
public record Question(
        String system,
        String user,
        String grammar,
        int answerTokensMax,
        float temperature,
        int seed) {

    @Override
    public String toString() {
        return "Question[" + system.length() + " + " + user.length() + " chars]";
    }
}
