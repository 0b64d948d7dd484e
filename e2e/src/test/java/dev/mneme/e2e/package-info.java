/// Whole stories, told by real processes: a person with an empty home, a clone, and nothing else.
@NullMarked
package dev.mneme.e2e;

import org.jspecify.annotations.NullMarked;
