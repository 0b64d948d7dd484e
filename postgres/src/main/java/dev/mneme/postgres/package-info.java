/// Our own PostgreSQL: binaries, pgvector, cluster, server process.
@NullMarked
package dev.mneme.postgres;

import org.jspecify.annotations.NullMarked;
