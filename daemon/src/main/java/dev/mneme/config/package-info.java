/// Settings records and how they are read; every problem is reported together.
@NullMarked
package dev.mneme.config;

import org.jspecify.annotations.NullMarked;
