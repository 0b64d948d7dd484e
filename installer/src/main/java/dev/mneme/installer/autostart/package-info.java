/// What each operating system wants to be told so that the daemon starts when its user logs in.
@NullMarked
package dev.mneme.installer.autostart;

import org.jspecify.annotations.NullMarked;
