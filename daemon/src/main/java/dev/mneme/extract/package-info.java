/// Events in, candidate observations out. Knows `domain` and JSON, no database and no clock.
@NullMarked
package dev.mneme.extract;

import org.jspecify.annotations.NullMarked;
