/// Takes out what is private or secret; knows nothing but `java.base`.
@NullMarked
package dev.mneme.redaction;

import org.jspecify.annotations.NullMarked;
