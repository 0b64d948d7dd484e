package dev.mneme.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

import dev.mneme.migrations.testkit.TestDatabase;

/// Connections to a test's database, in a time zone that nobody's clock is in.
public final class TestPool {

    private TestPool() {}

    public static HikariDataSource of(TestDatabase database, int connectionsMax) {
        var config = new HikariConfig();
        config.setJdbcUrl(database.jdbcUrl());
        config.setUsername(database.user());
        config.setPassword(database.password());
        config.setConnectionInitSql(TestDatabase.SESSION_SQL);
        config.setMaximumPoolSize(connectionsMax);
        return new HikariDataSource(config);
    }
}
