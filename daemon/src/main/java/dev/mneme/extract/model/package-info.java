/// Extraction with a language model: what it is asked, what it may answer, who it is, and what
/// happens when it does not answer.
@NullMarked
package dev.mneme.extract.model;

import org.jspecify.annotations.NullMarked;
