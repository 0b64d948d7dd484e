/// Which models there are, which of them lie in `$MNEME_HOME/models`, and which are chosen.
///
/// Shared by the command line, which downloads, and the daemon, which loads what was verified.
/// Knows nothing of how a model is run.
@NullMarked
package dev.mneme.protocol.models;

import org.jspecify.annotations.NullMarked;
