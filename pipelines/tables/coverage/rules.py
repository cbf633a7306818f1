"""Rules of coverage that no single row can show."""

from __future__ import annotations

from pipelines.tables.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "data_coverage",
        "an hour that was not read is never counted",
        "SELECT * FROM mart.data_coverage WHERE detail LIKE 'missing%' AND observed_count IS NOT NULL",
    ),
)
