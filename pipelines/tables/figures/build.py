"""The step that holds published figures against the published tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import polars as pl

from pipelines.errors import SeedsError
from pipelines.landscape.figures import judge_figure
from pipelines.metrics.rounding import rounded
from pipelines.periods import Month
from pipelines.tables.contracts import PUBLISHED
from pipelines.warehouse.load import load_frame

if TYPE_CHECKING:
    from pipelines.build import Build
    from pipelines.seeds.figures import PublishedFigure


def load_published_figures(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    """What reports printed, what the tables give for it, and whether both agree."""
    seeds = build.seeds
    least = seeds.threshold("comparable_coverage_ratio")
    tolerances = {tolerance.id: tolerance for tolerance in seeds.tolerances}
    rows = []
    with connection.cursor() as cursor:
        # The SQL of a figure reads the tables by the names that the published file gives them.
        cursor.execute("SET schema = 'mart'")
        for figure in seeds.published_figures:
            measured, coverage = measure_figure(cursor, figure)
            tolerance = tolerances[figure.tolerance]
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
                    "measured": measured,
                    "coverage_ratio": coverage,
                    "verdict": judge_figure(
                        figure.number,
                        measured,
                        coverage,
                        comparison=figure.comparison,
                        tolerance=tolerance.value,
                        least_coverage_ratio=least,
                    ),
                    "measured_by": figure.measured_by,
                    "report": figure.report,
                    "where": figure.where,
                    "last_month": Month.parse(figure.last_month).first_day,
                    "remark": figure.remark.en,
                    "remark_zh": figure.remark.zh,
                }
            )
    contract = PUBLISHED["published_figures"]
    return load_frame(
        connection, "mart", "published_figures", pl.DataFrame(rows, schema=contract.create_empty().schema)
    )


def measure_figure(
    connection: duckdb.DuckDBPyConnection, figure: PublishedFigure
) -> tuple[float | None, float | None]:
    """What the tables give for a figure, and the share of what it rests on that they hold.

    Raises
    ------
    SeedsError
        If its SQL is not one SELECT of one row with the columns ``value`` and ``coverage_ratio``.
    """
    if figure.measured_by is None:
        return None, None
    where = f'published_figures.yml, figure "{figure.id}"'
    try:
        statements = connection.extract_statements(figure.measured_by)
        if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
            raise SeedsError("only one SELECT can measure a figure", where=where)
        frame = connection.sql(figure.measured_by).pl()
    except duckdb.Error as error:
        raise SeedsError(
            f"its SQL cannot be run: {error}", where=where, hint="docs/data_dictionary.md lists the tables"
        ) from error
    if frame.columns != ["value", "coverage_ratio"] or frame.height != 1:
        raise SeedsError(
            f"its SQL gives {frame.height} rows of {', '.join(frame.columns)}",
            where=where,
            hint="select one row with the columns value and coverage_ratio",
        )
    # DuckDB adds up in any order, and so differs in the last bits from run to run.
    value, coverage = map(rounded, frame.cast(pl.Float64).row(0))
    return value, coverage
