/// Measures what Mneme promises in numbers, each with a command that prints them.
@NullMarked
package dev.mneme.bench;

import org.jspecify.annotations.NullMarked;
