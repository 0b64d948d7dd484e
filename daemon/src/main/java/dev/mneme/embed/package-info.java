/// Text in, vector out. Knows `domain` alone.
@NullMarked
package dev.mneme.embed;

import org.jspecify.annotations.NullMarked;
