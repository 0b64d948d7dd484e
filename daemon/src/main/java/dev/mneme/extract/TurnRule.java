package dev.mneme.extract;

/// What several events of a turn say together. A rule takes what it understands out of the story
/// and leaves the rest to those after it; it answers for any turn and keeps no state.
@FunctionalInterface
interface TurnRule {

    void apply(TurnStory story);
}
