/// A stand-in for the hook program, packed into the `hooks.jar` of the installer's tests.
@NullMarked
package dev.mneme.hook;

import org.jspecify.annotations.NullMarked;
