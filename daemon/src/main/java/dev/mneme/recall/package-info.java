/// Finds, fuses and fits memories into a budget.
@NullMarked
package dev.mneme.recall;

import org.jspecify.annotations.NullMarked;
