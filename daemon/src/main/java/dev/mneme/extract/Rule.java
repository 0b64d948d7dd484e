package dev.mneme.extract;

import dev.mneme.domain.Extraction;

/// What one family of events becomes. A rule answers for any payload and keeps no state.
@FunctionalInterface
interface Rule {

    Extraction apply(Payload payload);
}
