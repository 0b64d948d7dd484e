/// The composition root and the process's life cycle.
@NullMarked
package dev.mneme.daemon;

import org.jspecify.annotations.NullMarked;
