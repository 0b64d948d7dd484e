/// Drives one throwaway project through everything that is installed and says what is broken.
@NullMarked
package dev.mneme.installer.doctor;

import org.jspecify.annotations.NullMarked;
