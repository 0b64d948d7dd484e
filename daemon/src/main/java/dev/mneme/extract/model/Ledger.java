package dev.mneme.extract.model;

import java.util.Optional;
import java.util.OptionalLong;

/// Who counts what models take, and says when it is enough.
public interface Ledger {

    /// A call that is about to be made.
    ///
    /// @param sessionId as the agent knows it
    /// @param tokensMax that it may take at most, in and out
    record Call(String sessionId, Backend backend, long tokensMax) {}

    /// The most tokens that one call may take, in and out.
    OptionalLong tokensPerCall();

    /// Writes down that the call is made, unless it may not be: then why not.
    Optional<String> refuses(Call call);

    /// Writes down what it took, whatever became of it.
    void took(Call call, Backend.Usage usage);

    /// Takes back what was written down: nobody was asked after all.
    void notMade(Call call);
}
