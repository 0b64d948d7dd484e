/// One file with everything that is stored, and the way back from it.
@NullMarked
package dev.mneme.backup;

import org.jspecify.annotations.NullMarked;
