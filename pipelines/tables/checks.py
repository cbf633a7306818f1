"""What must hold before anything is published: each table's contract, its references, and rules across tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pipelines.tables.catalogue.rules as catalogue
import pipelines.tables.coverage.rules as coverage
import pipelines.tables.edges.rules as edges
import pipelines.tables.exploration.rules as exploration
import pipelines.tables.growth.rules as growth
import pipelines.tables.members.rules as members
import pipelines.tables.network.rules as network
import pipelines.tables.openrank.rules as openrank
import pipelines.tables.projects.rules as projects
import pipelines.tables.rankings.rules as rankings
import pipelines.tables.series.rules as series
import pipelines.tables.status.rules as status
from pipelines.tables.column import references_of
from pipelines.tables.contracts import PUBLISHED
from pipelines.tables.rule import Rule, must_refer
from pipelines.warehouse.connection import fetch_row
from pipelines.warehouse.ddl import identifier

if TYPE_CHECKING:
    import duckdb
    import polars as pl

SAMPLE_ROWS = 5
"""How many offending rows a result quotes."""

CROSS_RULES: tuple[Rule, ...] = (
    *(
        must_refer(table, column, target, key)
        for table, contract in PUBLISHED.items()
        for column, (target, key) in references_of(contract).items()
    ),
    *projects.RULES,
    *series.RULES,
    *openrank.RULES,
    *members.RULES,
    *rankings.RULES,
    *growth.RULES,
    *status.RULES,
    *edges.RULES,
    *network.RULES,
    *exploration.RULES,
    *coverage.RULES,
    *catalogue.RULES,
)
"""Rules that no single row can show."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Outcome of one rule on one table."""

    table: str
    rule: str
    rows_count: int
    failed_count: int
    samples: tuple[dict[str, Any], ...] = ()

    @property
    def has_passed(self) -> bool:
        """True if no row breaks the rule."""
        return self.failed_count == 0

    def __str__(self) -> str:
        verdict = "ok" if self.has_passed else f"{self.failed_count} of {self.rows_count} rows break it"
        lines = [f"{self.table}: {self.rule}: {verdict}"]
        lines += [f"    {sample}" for sample in self.samples]
        return "\n".join(lines)


def rules_of(table: str) -> tuple[Rule, ...]:
    """Cross rules that protect `table`."""
    return tuple(rule for rule in CROSS_RULES if rule.table == table)


def check_contract(frame: pl.DataFrame, table: str) -> list[CheckResult]:
    """Hold `frame` against the contract of `table`: one result per broken rule, or one that says all hold."""
    contract = PUBLISHED[table]
    missing = [name for name in contract.column_names() if name not in frame.columns]
    if missing:
        return [CheckResult(table, f"columns {', '.join(missing)} are there", frame.height, frame.height)]
    _, failures = contract.filter(frame, cast=True)
    counts = failures.counts()
    if not counts:
        return [CheckResult(table, "every row keeps the contract", frame.height, 0)]
    details = failures.details()
    return [
        CheckResult(
            table,
            rule,
            frame.height,
            count,
            tuple(
                details.filter(details[rule] == "invalid")
                .select(contract.column_names())
                .head(SAMPLE_ROWS)
                .to_dicts()
            ),
        )
        for rule, count in sorted(counts.items())
    ]


def check_rule(connection: duckdb.DuckDBPyConnection, rule: Rule) -> CheckResult:
    """Run a cross rule on the build file."""
    violations = connection.sql(rule.violations).pl()
    rows_count = fetch_row(connection, f"SELECT count(*) FROM mart.{identifier(rule.table)}")[0]
    return CheckResult(
        rule.table,
        rule.name,
        rows_count,
        violations.height,
        tuple(violations.head(SAMPLE_ROWS).to_dicts()),
    )


def check_table(connection: duckdb.DuckDBPyConnection, table: str) -> list[CheckResult]:
    """Every check of one table of schema ``mart``."""
    frame = connection.sql(f"SELECT * FROM mart.{identifier(table)}").pl()
    return [*check_contract(frame, table), *(check_rule(connection, rule) for rule in rules_of(table))]


def check_all(connection: duckdb.DuckDBPyConnection) -> list[CheckResult]:
    """Every check of every published table, in the order of the data dictionary."""
    return [result for table in PUBLISHED for result in check_table(connection, table)]
