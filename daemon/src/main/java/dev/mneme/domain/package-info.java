/// Values and rules without I/O: event, session, project, observation, provenance, job.
@NullMarked
package dev.mneme.domain;

import org.jspecify.annotations.NullMarked;
