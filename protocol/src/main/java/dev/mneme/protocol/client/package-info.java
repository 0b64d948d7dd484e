/// The localhost client every thin program uses to reach the daemon.
@NullMarked
package dev.mneme.protocol.client;

import org.jspecify.annotations.NullMarked;
