package dev.mneme.extract;

import dev.mneme.domain.CapturedEvent;
import dev.mneme.domain.Extraction;

/// Turns one captured event into observations or a reason to skip it.
///
/// Stateless and safe for use by several threads. The same event gives the same answer for the
/// same `version`.
public interface Extractor {

    /// A stable name, stored with every observation it made.
    String name();

    /// Raised whenever the same event may give another answer than before.
    int version();

    Extraction extract(CapturedEvent event);
}
