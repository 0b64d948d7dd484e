/// A language model from a GGUF file, in a process of its own.
///
/// Native code that reads gigabytes a stranger made may crash, hang or eat all memory. So it runs
/// in a child: `Main` is that program, `LocalModel` its owner. The child has no database, no
/// settings, no environment, and nobody to talk to but its owner; it ends when its owner does.
@NullMarked
package dev.mneme.llama;

import org.jspecify.annotations.NullMarked;
