/// One hook event from stdin to the daemon, and its answer to stdout.
@NullMarked
package dev.mneme.hook;

import org.jspecify.annotations.NullMarked;
