/// The web console: its files, and who may open it. Serving it is the business of `http`.
@NullMarked
package dev.mneme.console;

import org.jspecify.annotations.NullMarked;
