/// Accepts an event: check, redact, trim, store it and its job in one transaction.
@NullMarked
package dev.mneme.ingest;

import org.jspecify.annotations.NullMarked;
