/// What the files of a working tree are: their content as git names it, what git's index lists, and
/// how often `HEAD` moved. Reads files within bounds and starts no process; knows no memories.
@NullMarked
package dev.mneme.tree;

import org.jspecify.annotations.NullMarked;
