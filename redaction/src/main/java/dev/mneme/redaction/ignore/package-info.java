/// Keeps what a `.mnemeignore` file names out of memory.
///
/// Patterns mean what they mean to git, byte for byte; a test compares with git itself. Files are
/// looked for in every folder above a path, and in `$MNEME_HOME` for all projects. Like the rest of
/// the module it knows `java.base` alone and never logs. Whatever cannot be decided (an ignore file
/// that is too large or unreadable, too much to look at) counts as ignored.
@NullMarked
package dev.mneme.redaction.ignore;

import org.jspecify.annotations.NullMarked;
