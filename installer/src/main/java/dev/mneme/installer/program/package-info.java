/// The programs as they lie in `$MNEME_HOME/app`: jars, the runtime image, the commands that start
/// them. Knows nothing of Claude Code's files.
@NullMarked
package dev.mneme.installer.program;

import org.jspecify.annotations.NullMarked;
