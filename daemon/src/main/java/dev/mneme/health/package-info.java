/// Readiness and counters, the figures behind `status` and `doctor`.
@NullMarked
package dev.mneme.health;

import org.jspecify.annotations.NullMarked;
