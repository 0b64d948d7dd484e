/// The SLF4J provider of this process: warnings and errors to one bounded file, nothing to stderr.
///
/// Own code of a hundred lines instead of a logging library, because a library costs start-up time
/// and a megabyte, and because of a promise none of them makes: what other libraries log is
/// written without its arguments, as the MCP SDK passes whole messages there, and those are
/// content.
@NullMarked
package dev.mneme.mcp.log;

import org.jspecify.annotations.NullMarked;
