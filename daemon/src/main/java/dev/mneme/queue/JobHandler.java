package dev.mneme.queue;

import dev.mneme.domain.ClaimedJob;

/// Does the work of a job, outside any transaction. Throwing means: failed, try again later.
@FunctionalInterface
public interface JobHandler {

    HandlerResult handle(ClaimedJob job) throws Exception;
}
