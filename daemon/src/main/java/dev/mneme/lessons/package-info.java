/// Keep lessons, and tell an agent the right one before a call: at most one, counted, in linear
/// time.
@NullMarked
package dev.mneme.lessons;

import org.jspecify.annotations.NullMarked;
