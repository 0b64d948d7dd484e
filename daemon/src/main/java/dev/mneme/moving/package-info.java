/// Moving out and in: memory as records that any database of ours takes, whoever wrote them.
@NullMarked
package dev.mneme.moving;

import org.jspecify.annotations.NullMarked;
