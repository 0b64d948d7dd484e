/// Embedding models as ONNX graphs: owns the tokenizer, the runtime and their native libraries.
@NullMarked
package dev.mneme.embed.onnx;

import org.jspecify.annotations.NullMarked;
