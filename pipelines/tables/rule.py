"""A rule across rows or tables, and rules that many tables share.

Belongs here: how a rule is stated. Must not: a rule of one family, or running it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipelines.warehouse.lineage import reads_of


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule across rows or tables.

    Attributes
    ----------
    table
        Published table the rule protects.
    name
        What must hold, in words.
    violations
        SELECT over the build file that returns the rows that break it.
    """

    table: str
    name: str
    violations: str

    @property
    def key(self) -> str:
        """The name as an identifier: unique within the table."""
        return re.sub(r"\W+", "_", self.name.lower()).strip("_")

    @property
    def needs(self) -> frozenset[str]:
        """Tables that the SELECT reads, with their schema, as its text says."""
        return reads_of(self.violations).tables


def must_refer(table: str, column: str, target: str, key: str) -> Rule:
    """Every value of `column` that is known is a `key` of `target`."""
    return Rule(
        table,
        f"{column} is in {target}",
        f"SELECT * FROM mart.{table} AS t ANTI JOIN mart.{target} AS r ON r.{key} = t.{column}"
        f" WHERE t.{column} IS NOT NULL",
    )


def must_be_real(table: str, name: str = "no row is of a simulated source") -> Rule:
    """No row is of a source that is simulated."""
    return Rule(
        table,
        name,
        f"SELECT t.* FROM mart.{table} AS t JOIN mart.data_sources AS s USING (source)"
        " WHERE s.kind = 'simulated'",
    )
