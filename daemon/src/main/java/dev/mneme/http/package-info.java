/// Routes: parse the wire record, call one service, map the outcome to a status.
@NullMarked
package dev.mneme.http;

import org.jspecify.annotations.NullMarked;
