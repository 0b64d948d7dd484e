/// The claiming loop, retries and the rescuer. Knows nothing of what a job does.
@NullMarked
package dev.mneme.queue;

import org.jspecify.annotations.NullMarked;
