/// Takes out what is private or secret, before the first write.
///
/// The same classes run in the hook program before it spools and in the daemon before it stores, so
/// that there is one rule set. Knows nothing but `java.base`, keeps no state between calls, never
/// logs. It starts in short-lived programs: no lambdas, no streams, patterns compiled when first
/// needed.
@NullMarked
package dev.mneme.redaction;

import org.jspecify.annotations.NullMarked;
