/// Every SQL statement and row mapping, one final class per aggregate. Knows `domain` alone.
@NullMarked
package dev.mneme.store;

import org.jspecify.annotations.NullMarked;
