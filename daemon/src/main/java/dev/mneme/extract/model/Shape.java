package dev.mneme.extract.model;

import java.util.List;

/// The shape of a JSON answer. Everything in it has a bound, so that every shape has a longest
/// instance.
///
/// One definition serves three readers: [Grammar] for a model whose tokens are chosen here,
/// [JsonSchema] for one that runs elsewhere, and [ModelAnswer] that reads what came back.
sealed interface Shape {

    /// A text of at most so many bytes. Characters beyond ASCII count four, whatever they take: a
    /// model may spell them in more bytes than they need, one token each.
    record Text(int bytesMax, boolean mayBeEmpty) implements Shape {}

    /// One of a few words.
    record Word(List<String> words) implements Shape {

        public Word {
            words = List.copyOf(words);
        }
    }

    /// A number from 1, as things were counted in the question.
    record Ordinal(int max) implements Shape {}

    record ListOf(Shape item, int min, int max) implements Shape {}

    /// An object with all of these fields, in this order.
    record Fields(List<Field> fields) implements Shape {

        public Fields {
            fields = List.copyOf(fields);
        }
    }

    record Field(String name, Shape shape) {}
}
