/// Reads memory where others keep it, as records that the daemon takes in. No source is written to.
@NullMarked
package dev.mneme.installer.moving;

import org.jspecify.annotations.NullMarked;
