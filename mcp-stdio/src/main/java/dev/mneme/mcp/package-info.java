/// The tools of memory over stdio.
///
/// `Main` puts it together: `StdioLoop` speaks JSON-RPC over the two pipes and outlives whatever
/// a client writes into them, `ToolServer` offers each `MemoryTool` through the MCP SDK, and
/// `DaemonCalls` is the only way to the daemon, which it starts when it is down.
///
/// Nothing here knows PostgreSQL, models or ranking. Nothing but `StdioLoop` may write to the real
/// stdout. The MCP SDK, Reactor and Jackson stay behind these classes.
@NullMarked
package dev.mneme.mcp;

import org.jspecify.annotations.NullMarked;
