/// Reads, changes and restores the files of Claude Code that we register ourselves in.
///
/// Every edit is textual: what is not ours stays byte for byte. Knows nothing of processes.
@NullMarked
package dev.mneme.installer.settings;

import org.jspecify.annotations.NullMarked;
