package dev.mneme.store;

import dev.mneme.domain.ModelCost;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What language models took, one row for each day, project, backend and model.
public final class CostStore {

    /// Whose figures are written.
    ///
    /// @param sessionId as the agent knows it; its project is charged
    public record Account(LocalDate day, String sessionId, String backend, String model) {}

    private static final String OF_ACCOUNT =
            """
            day = :day AND backend = :backend AND model = :model
                AND project_id = coalesce(
                    (SELECT project_id FROM mem_sessions WHERE session_id = :session), 0)
            """;

    /// Serialises those who ask whether there is room with those who take it.
    public ModelCost.Figures lockedTotal(Tx tx, LocalDate day) {
        tx.handle()
                .createQuery("SELECT pg_advisory_xact_lock(hashtext('mneme.model-costs'))")
                .mapToMap()
                .list();
        return total(tx, day);
    }

    /// What is older has been paid.
    public void deleteBefore(Tx tx, LocalDate earliest) {
        tx.handle()
                .createUpdate("DELETE FROM mem_model_costs WHERE day < :earliest")
                .bind("earliest", earliest)
                .execute();
    }

    /// Of all projects and models together.
    public ModelCost.Figures total(Tx tx, LocalDate day) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT
                            coalesce(sum(calls), 0) AS calls,
                            coalesce(sum(prompt_tokens), 0) AS prompt_tokens,
                            coalesce(sum(answer_tokens), 0) AS answer_tokens,
                            coalesce(sum(time_ms), 0) AS time_ms,
                            coalesce(sum(cpu_ms), 0) AS cpu_ms,
                            coalesce(sum(cost_nanodollars), 0) AS cost_nanodollars
                        FROM mem_model_costs
                        WHERE day = :day
                        """)
                .bind("day", day)
                .map((row, context) -> figures(row))
                .one();
    }

    /// Of all that is kept, by backend: what models took since ever, but for what is older than the
    /// rows are kept.
    public Map<String, ModelCost.Figures> totals(Tx tx) {
        var totals = new TreeMap<String, ModelCost.Figures>();
        tx.handle()
                .createQuery(
                        """
                        SELECT
                            backend,
                            sum(calls) AS calls,
                            sum(prompt_tokens) AS prompt_tokens,
                            sum(answer_tokens) AS answer_tokens,
                            sum(time_ms) AS time_ms,
                            sum(cpu_ms) AS cpu_ms,
                            sum(cost_nanodollars) AS cost_nanodollars
                        FROM mem_model_costs
                        GROUP BY backend
                        """)
                .map((row, context) -> Map.entry(row.getString("backend"), figures(row)))
                .forEach(entry -> totals.put(entry.getKey(), entry.getValue()));
        return totals;
    }

    public void add(Tx tx, Account account, ModelCost.Figures figures) {
        tx.handle()
                .createUpdate(
                        """
                        INSERT INTO mem_model_costs AS known (
                            day, project_id, backend, model, calls, prompt_tokens, answer_tokens,
                            time_ms, cpu_ms, cost_nanodollars)
                        VALUES (
                            :day,
                            coalesce(
                                (SELECT project_id FROM mem_sessions WHERE session_id = :session),
                                0),
                            :backend, :model, :calls, :promptTokens, :answerTokens,
                            :timeMs, :cpuMs, :nanodollars)
                        ON CONFLICT (day, project_id, backend, model) DO UPDATE
                        SET calls = known.calls + excluded.calls,
                            prompt_tokens = known.prompt_tokens + excluded.prompt_tokens,
                            answer_tokens = known.answer_tokens + excluded.answer_tokens,
                            time_ms = known.time_ms + excluded.time_ms,
                            cpu_ms = known.cpu_ms + excluded.cpu_ms,
                            cost_nanodollars = known.cost_nanodollars + excluded.cost_nanodollars
                        """)
                .bind("day", account.day())
                .bind("session", account.sessionId())
                .bind("backend", account.backend())
                .bind("model", account.model())
                .bind("calls", figures.calls())
                .bind("promptTokens", figures.promptTokens())
                .bind("answerTokens", figures.answerTokens())
                .bind("timeMs", figures.timeMs())
                .bind("cpuMs", figures.cpuMs())
                .bind("nanodollars", figures.nanodollars())
                .execute();
    }

    /// Takes a call back that was written down and not made. A row of which nothing is left goes.
    public void takeBackCall(Tx tx, Account account) {
        for (String statement :
                List.of(
                        "UPDATE mem_model_costs SET calls = calls - 1 WHERE calls > 0 AND ",
                        "DELETE FROM mem_model_costs WHERE calls + prompt_tokens + answer_tokens"
                                + " + time_ms + cpu_ms + cost_nanodollars = 0 AND ")) {
            tx.handle()
                    .createUpdate(statement + OF_ACCOUNT)
                    .bind("day", account.day())
                    .bind("session", account.sessionId())
                    .bind("backend", account.backend())
                    .bind("model", account.model())
                    .execute();
        }
    }

    /// The rows from `earliest` on, the latest day first. A project that was merged into another is
    /// shown as that.
    public List<ModelCost> since(Tx tx, LocalDate earliest) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT
                            costs.day, project.name, costs.backend, costs.model,
                            sum(costs.calls) AS calls,
                            sum(costs.prompt_tokens) AS prompt_tokens,
                            sum(costs.answer_tokens) AS answer_tokens,
                            sum(costs.time_ms) AS time_ms,
                            sum(costs.cpu_ms) AS cpu_ms,
                            sum(costs.cost_nanodollars) AS cost_nanodollars
                        FROM mem_model_costs AS costs
                        LEFT JOIN mem_project_keys AS former
                            ON former.kind = 'former-id'
                            AND former.value = CAST(costs.project_id AS text)
                        LEFT JOIN mem_projects AS project
                            ON project.id = coalesce(former.project_id, costs.project_id)
                        WHERE costs.day >= :earliest
                        GROUP BY costs.day, project.name, costs.backend, costs.model
                        ORDER BY costs.day DESC, project.name NULLS LAST, costs.backend, costs.model
                        """)
                .bind("earliest", earliest)
                .map(
                        (row, context) ->
                                new ModelCost(
                                        row.getObject("day", LocalDate.class),
                                        row.getString("name"),
                                        row.getString("backend"),
                                        row.getString("model"),
                                        figures(row)))
                .list();
    }

    private static ModelCost.Figures figures(ResultSet row) throws SQLException {
        return new ModelCost.Figures(
                row.getLong("calls"),
                row.getLong("prompt_tokens"),
                row.getLong("answer_tokens"),
                row.getLong("time_ms"),
                row.getLong("cpu_ms"),
                row.getLong("cost_nanodollars"));
    }
}
