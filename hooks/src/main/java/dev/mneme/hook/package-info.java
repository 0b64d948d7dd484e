/// One hook event from stdin to the daemon, and its answer to stdout.
///
/// Runs on every prompt and every tool call of somebody's session, so: bounded time, output that
/// is empty or one JSON object, nothing on stderr, exit 0, whatever is broken. Knows `java.base`
/// and the redaction rules only. What starts a JVM slowly is left out: regular expressions,
/// lambdas, streams, formatters, the security providers; redaction is loaded only where a payload
/// is spooled.
@NullMarked
package dev.mneme.hook;

import org.jspecify.annotations.NullMarked;
