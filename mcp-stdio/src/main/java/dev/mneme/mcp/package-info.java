/// The tools of memory over stdio.
@NullMarked
package dev.mneme.mcp;

import org.jspecify.annotations.NullMarked;
