"""Rules of series that no single row can show."""

from __future__ import annotations

from pipelines.tables.rule import Rule, must_be_real

RULES: tuple[Rule, ...] = (
    must_be_real("project_metrics_monthly", "no value is of a simulated source"),
    Rule(
        "project_metrics_monthly",
        "one vintage a source and metric",
        "SELECT source, metric_id, count(DISTINCT vintage) AS vintages FROM mart.project_metrics_monthly"
        " GROUP BY ALL HAVING count(DISTINCT vintage) > 1",
    ),
    must_be_real("repo_series_extents"),
)
