/// Wire records, limits and names that two processes must agree on.
@NullMarked
package dev.mneme.protocol;

import org.jspecify.annotations.NullMarked;
