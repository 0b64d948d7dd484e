/// A throwaway, migrated database for every test class that wants one.
///
/// The server is the one named in `TEST_DATABASE_URL`, else an embedded one that is started once
/// per process and ends with it, however the process ends. Without any server the tests fail; they
/// are never skipped.
@NullMarked
package dev.mneme.migrations.testkit;

import org.jspecify.annotations.NullMarked;
