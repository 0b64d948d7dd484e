/// Whether capture is off: by `mneme pause`, or by a project's own `.mneme` file.
///
/// The one truth is a file in `$MNEME_HOME` that hooks, daemon and command line share. A hook that
/// finds none of it pays one look at the disk. A file that cannot be read pauses everything.
@NullMarked
package dev.mneme.redaction.pause;

import org.jspecify.annotations.NullMarked;
