package dev.mneme.installer.settings;

import java.nio.file.Path;
import java.util.Optional;

/// How an agent's file names our server, and how to put it in and take it out without touching
/// anything else.
interface ConfigFormat {

    /// The text of a file that is not there.
    String empty();

    /// The text with exactly our current entry; the same text where it is there.
    String put(String text) throws JsonSyntax;

    /// The text without our entry, and without what only held it, except where `original` had it.
    String remove(String text, String original) throws JsonSyntax;

    /// Where an entry of our name does not point into `app`: what it is instead.
    Optional<String> foreign(String text, Path app) throws JsonSyntax;

    /// What is said of a file where `foreign` found something.
    default String ofOthers() {
        return "has an entry `" + ServerSettings.NAME + "` that is not ours";
    }

    /// Whether the agent runs the file as a program.
    default boolean executable() {
        return false;
    }

    /// What a person would paste into an empty file.
    default String snippet() throws JsonSyntax {
        return put(empty());
    }
}
