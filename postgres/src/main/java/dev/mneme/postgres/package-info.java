/// Our own PostgreSQL: binaries, pgvector, cluster, server process.
///
/// Three steps, each usable alone: [PostgresInstallation] unpacks the programs,
/// [PgvectorProvider] adds the `vector` extension to them, [EmbeddedPostgres] starts or adopts the
/// server over a data folder. Everything lies below one root folder and needs neither root nor
/// Docker. This package knows nothing of what is stored in the database, nor of Mneme's home.
@NullMarked
package dev.mneme.postgres;

import org.jspecify.annotations.NullMarked;
