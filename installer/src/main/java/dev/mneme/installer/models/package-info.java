/// Gets models: downloads that resume, are checked, and are whole or not there.
@NullMarked
package dev.mneme.installer.models;

import org.jspecify.annotations.NullMarked;
