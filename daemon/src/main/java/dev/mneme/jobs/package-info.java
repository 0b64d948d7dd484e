/// The only place where models meet stores: what a job does.
@NullMarked
package dev.mneme.jobs;

import org.jspecify.annotations.NullMarked;
