package dev.mneme.migrations;

/// The newest version of each part of the schema, so that a program can see with one query that a
/// database is current, before it loads what would bring it there.
public final class SchemaVersions {

    public static final String CORE = "0020";
    public static final String VECTOR = "0003";

    private SchemaVersions() {}
}
