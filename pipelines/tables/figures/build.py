"""Builds of the family figures."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import polars as pl

from pipelines.floor.confined import Answer, answer_each, confine, require_one_select
from pipelines.floor.errors import QueryError
from pipelines.floor.periods import Month
from pipelines.landscape.figures import judge_figure
from pipelines.metrics.rounding import rounded
from pipelines.tables.contracts import PUBLISHED
from pipelines.tables.figures.contract import PublishedFigures
from pipelines.tables.table import Frames, Table
from pipelines.tables.table import published as published_table
from pipelines.warehouse.ddl import create_statements
from pipelines.warehouse.lineage import reads_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipelines.seeds import Seeds
    from pipelines.seeds.figures import PublishedFigure
    from pipelines.tables.runner import PublishedTables

_COLUMNS = {"value", "coverage_ratio"}


def hold_figures(published: PublishedTables, seeds: Seeds) -> pl.DataFrame:
    """What reports printed, what the tables give for it, and whether both agree."""
    least = seeds.threshold("comparable_coverage_ratio")
    tolerances = {tolerance.id: tolerance for tolerance in seeds.tolerances}
    measured = measure_figures(published, seeds.published_figures)
    rows = []
    for figure in seeds.published_figures:
        answer = measured.get(figure.id, Answer({}))
        tolerance = tolerances[figure.tolerance]
        # DuckDB adds up in any order, and so differs in the last bits from run to run.
        value = rounded(answer.numbers.get("value"))
        coverage = rounded(answer.numbers.get("coverage_ratio"))
        verdict = judge_figure(
            figure.number,
            value,
            coverage,
            comparison=figure.comparison,
            tolerance=tolerance.value,
            least_coverage_ratio=least,
        )
        rows.append(
            {
                "figure_id": figure.id,
                "section": figure.section,
                "project_id": figure.project,
                "measure": figure.measure.en,
                "measure_zh": figure.measure.zh,
                "value": figure.value,
                "number": figure.number,
                "unit": figure.unit,
                "comparison": figure.comparison,
                "tolerance": tolerance.value,
                "tolerance_reason": tolerance.reason.en,
                "tolerance_reason_zh": tolerance.reason.zh,
                "measured": value,
                "coverage_ratio": coverage,
                "verdict": "not_computable" if answer.cause else verdict,
                "cause": answer.cause,
                "measured_by": figure.measured_by,
                "report": figure.report,
                "where": figure.where,
                "last_month": Month.parse(figure.last_month).first_day,
                "remark": figure.remark.en,
                "remark_zh": figure.remark.zh,
            }
        )
    return pl.DataFrame(rows, schema=PublishedFigures.create_empty().schema)


def measure_figures(published: PublishedTables, figures: Iterable[PublishedFigure]) -> dict[str, Answer]:
    """What the tables give for each figure that has a SELECT; one that fails stops no other."""
    asked = {figure.id: figure.measured_by for figure in figures if figure.measured_by is not None}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tables.duckdb"
        published.copy(path, sorted(frozenset[str]().union(*map(_tables_of, asked.values()))))
        answers = answer_each(path, list(asked.values()))
    return {figure_id: _checked(answer) for figure_id, answer in zip(asked, answers, strict=True)}


def _checked(answer: Answer) -> Answer:
    """The answer, if it has the columns that a figure needs."""
    if answer.cause is None and answer.numbers.keys() != _COLUMNS:
        return Answer({}, f"it gives {', '.join(answer.numbers)}, not value and coverage_ratio")
    return answer


def _tables_of(select: str) -> frozenset[str]:
    """Published tables that a SELECT names; none of what cannot be parsed, which says so when it is run."""
    try:
        return reads_of(select).unqualified & PUBLISHED.keys()
    except ValueError:
        return frozenset()


def find_broken_figures(seeds: Seeds) -> dict[str, str]:
    """Figure → why its SELECT measures nothing, whatever the tables hold; found without running it."""
    broken = {}
    with duckdb.connect() as connection:
        for table, contract in PUBLISHED.items():
            for statement in create_statements(table, contract, schema="main"):
                connection.execute(statement)
        confine(connection)
        for figure in seeds.published_figures:
            if figure.measured_by is not None and (cause := _cause_of(connection, figure.measured_by)):
                broken[figure.id] = cause
    return broken


def _cause_of(connection: duckdb.DuckDBPyConnection, select: str) -> str | None:
    try:
        require_one_select(connection, select)
        columns = connection.sql(select).columns
    except QueryError as error:
        return error.what
    except duckdb.Error as error:
        return str(error).splitlines()[0]
    return (
        None if set(columns) == _COLUMNS else f"it gives {', '.join(columns)}, not value and coverage_ratio"
    )


TABLES: tuple[Table, ...] = (published_table(PublishedFigures, "landscape", Frames(hold_figures)),)
