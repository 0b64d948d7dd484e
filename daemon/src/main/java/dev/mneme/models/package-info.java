/// Models are brought here and read again while the daemon goes on.
@NullMarked
package dev.mneme.models;

import org.jspecify.annotations.NullMarked;
