"""Rules of catalogue that no single row can show."""

from __future__ import annotations

from pipelines.tables.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "metadata",
        "one row",
        "SELECT count(*) AS rows FROM mart.metadata HAVING count(*) <> 1",
    ),
)
