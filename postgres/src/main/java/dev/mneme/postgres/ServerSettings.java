package dev.mneme.postgres;

/// What the server runs with. We own its configuration file and write it anew at every start.
final class ServerSettings {

    /// Loopback and a password, for everybody and everything.
    static final String ACCESS =
            """
            # Written by Mneme at every start.
            host all all 127.0.0.1/32 scram-sha-256
            """;

    private ServerSettings() {}

    static String text(int port, EmbeddedPostgres.Durability durability) {
        return """
        # Written by Mneme at every start; changes made here are lost.

        # Reached over loopback only. A Unix socket's path is limited to 107 bytes, a home is not.
        listen_addresses = '127.0.0.1'
        port = %d
        unix_socket_directories = ''
        password_encryption = 'scram-sha-256'
        max_connections = 40

        # A guest on a laptop: under 150 MB beside the daemon.
        shared_buffers = 32MB
        work_mem = 4MB
        maintenance_work_mem = 64MB
        temp_buffers = 1MB
        wal_buffers = 1MB
        huge_pages = off
        jit = off
        max_worker_processes = 4
        max_parallel_workers = 2
        max_parallel_workers_per_gather = 0
        max_parallel_maintenance_workers = 1
        autovacuum_max_workers = 1
        effective_cache_size = 512MB
        random_page_cost = 1.1

        # Nobody replicates from here.
        wal_level = minimal
        max_wal_senders = 0
        max_replication_slots = 0
        max_logical_replication_workers = 0
        min_wal_size = 32MB
        max_wal_size = 256MB

        # What was committed stays.
        %s

        # No content in the log. Values reach it through statements, parameters, details and even
        # through the first line of an error ('invalid input syntax for type integer: "…"'), so
        # errors of statements are not logged at all: whoever sent the statement gets them. What is
        # left is the server's own fate, tersely: start, stop, crash, refused connections.
        log_min_messages = log
        log_min_error_statement = panic
        log_min_duration_statement = -1
        log_min_duration_sample = -1
        log_statement = 'none'
        log_duration = off
        log_parameter_max_length = 0
        log_parameter_max_length_on_error = 0
        log_error_verbosity = terse
        log_checkpoints = off
        log_connections = off
        log_disconnections = off
        log_lock_waits = off
        log_temp_files = -1
        log_autovacuum_min_duration = -1
        log_destination = 'stderr'
        logging_collector = off
        log_line_prefix = '%%m [%%p] '
        log_timezone = 'UTC'

        timezone = 'UTC'
        datestyle = 'iso, ymd'
        lc_messages = 'C'
        default_text_search_config = 'pg_catalog.simple'
        """
                .formatted(port, durable(durability));
    }

    private static String durable(EmbeddedPostgres.Durability durability) {
        return switch (durability) {
            case KEPT ->
                    """
                    fsync = on
                    synchronous_commit = on
                    full_page_writes = on""";
            case THROWAWAY ->
                    """
                    fsync = off
                    synchronous_commit = off
                    full_page_writes = off""";
        };
    }
}
