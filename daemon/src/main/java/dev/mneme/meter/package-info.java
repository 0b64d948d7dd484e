/// Counts what happens, for `/metrics`: figures alone, never what they are about.
@NullMarked
package dev.mneme.meter;

import org.jspecify.annotations.NullMarked;
