/// Takes out what is stored: forgetting, restoring, and redacting what older rules left.
@NullMarked
package dev.mneme.forget;

import org.jspecify.annotations.NullMarked;
