/// One class per command.
@NullMarked
package dev.mneme.installer;

import org.jspecify.annotations.NullMarked;
