/// The schema's history, proven against a real server.
@NullMarked
package dev.mneme.migrations;

import org.jspecify.annotations.NullMarked;
