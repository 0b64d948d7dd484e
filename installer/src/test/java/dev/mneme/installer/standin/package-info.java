/// Stand-ins for the daemon and the MCP server: real processes that speak the real contracts,
/// packed into the jars that the installer's tests install. `java.base` only.
@NullMarked
package dev.mneme.installer.standin;

import org.jspecify.annotations.NullMarked;
