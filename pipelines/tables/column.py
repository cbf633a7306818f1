"""Kinds of columns that many published tables have.

Belongs here: what a column of a kind looks like, and what it refers to. Must not: a column of one table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dataframely as dy

if TYPE_CHECKING:
    from collections.abc import Sequence


def month(description: str, **options: Any) -> dy.Date:
    """The first day of a month."""
    return dy.Date(resolution="1mo", description=f"{description} (first day of the month)", **options)


def one_of(values: Sequence[str], description: str, **options: Any) -> dy.String:
    """One of a few words."""
    allowed = list(values)
    return dy.String(
        check={"one_of": lambda column: column.is_in(allowed)},
        metadata={"one_of": allowed},
        description=description,
        **options,
    )


def reference(target: str, description: str, **options: Any) -> dy.String:
    """A value that a row of another published table has.

    Parameters
    ----------
    target
        Table and column, as ``projects.project_id``.
    description, options
        As of any column.
    """
    return dy.String(min_length=1, metadata={"references": target}, description=description, **options)


def project(description: str = "Project, as in projects", **options: Any) -> dy.String:
    """A project."""
    return reference("projects.project_id", description, **options)


def source(description: str = "Origin of the row, as in data_sources", **options: Any) -> dy.String:
    """Where a row is from."""
    return reference("data_sources.source", description, **options)


def count(description: str, **options: Any) -> dy.Int64:
    """A number of things."""
    return dy.Int64(min=0, description=description, **options)


def ratio(description: str, **options: Any) -> dy.Float64:
    """A share between 0 and 1."""
    return dy.Float64(min=0, max=1, description=description, **options)


MESSAGE = "as JSON: the code of `pipelines.floor.messages` and its values by name"
"""How a column holds what another one says in English, for readers of any language."""


def references_of(contract: type[dy.Schema]) -> dict[str, tuple[str, str]]:
    """Columns of a contract that refer to another table → that table and its column."""
    found = {}
    for name, column in contract.columns().items():
        target = (column.metadata or {}).get("references")
        if target is not None:
            table, _, key = target.partition(".")
            found[name] = (table, key)
    return found
