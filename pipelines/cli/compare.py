"""``landscape compare``: two to six projects side by side, as a card or as series on one axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from pipelines.cli.asked import option
from pipelines.cli.console import tell
from pipelines.cli.tabular import (
    AsOf,
    Format,
    Output,
    OutputFormat,
    WindowMonths,
    drawn,
    write_content,
    write_rows,
)
from pipelines.landscape.alignment import Alignment
from pipelines.published import open_landscape
from pipelines.published.trends import Axis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.published import Landscape

FEWEST, MOST = 2, 6


def compare(
    projects: Annotated[list[str], typer.Argument(help="Two to six projects: an id, a name or owner/name.")],
    *,
    align: Annotated[
        Alignment | None,
        typer.Option(
            "--align",
            help="Show the monthly series instead, by calendar month or by age in months.",
            show_default=False,
        ),
    ] = None,
    as_of: AsOf = None,
    window: WindowMonths = None,
    output_format: Format = OutputFormat.TABLE,
    output: Output = None,
) -> None:
    """Put projects side by side: every measure with its window and definition, or why it is not available.

    Examples: landscape compare vllm sglang --as-of 2025-04 · landscape compare vllm sglang --align age --format csv
    """
    landscape = open_landscape()
    with option("PROJECTS"):
        project_ids = list(dict.fromkeys(landscape.choices.project(text) for text in projects))
    if not FEWEST <= len(project_ids) <= MOST:
        raise typer.BadParameter(
            f"name {FEWEST} to {MOST} different projects, not {len(project_ids)}", param_hint="PROJECTS"
        )
    with option("--as-of"):
        month = landscape.choices.month(as_of)
    if align is not None:
        found = _series(landscape, project_ids, Axis(align=align, through=month))
        tell(f"{_SERIES_TOLD[align].format(as_of=month)} {_BASES_TOLD}")
    else:
        found = landscape.comparison.card(project_ids, month, window_months=window)
        tell(
            f"Means over {landscape.choices.window(month, window)}, of the months that have a value. A published"
            " figure is quoted as printed and enters nothing. What is not available says why; it is not zero."
        )
    if align is None and output_format is OutputFormat.TABLE:
        write_content(_side_by_side(found, project_ids).encode(), output)
        return
    write_rows(found, output_format, output, empty="none of them has a value up to this month")


_SERIES_TOLD = {
    Alignment.CALENDAR: "Monthly values up to {as_of}, by calendar month.",
    Alignment.AGE: "Monthly values up to {as_of}, by age: months since the month of creation (0).",
}
_BASES_TOLD = (
    "basis: published; nowcast, from low to high with 80 %; absent, retrieved and without activity; unknown, not zero."
    " published is what the source gives, believed or not."
)


def _series(landscape: Landscape, project_ids: Sequence[str], axis: Axis) -> pl.DataFrame:
    """Every metric that one of the projects has a value of, a row a project and month."""
    values = landscape.series.values(project_ids).frame
    at = "month" if axis.align == Alignment.CALENDAR else "age_months"
    return pl.concat(
        landscape.trends.of_projects(project_ids, metric_id, axis).points.frame.select(
            pl.lit(metric_id).alias("metric_id"),
            pl.col("series").alias("project_id"),
            pl.col("at").alias(at),
            *("value", "low", "high", "basis", "published"),
        )
        for metric_id in values["metric_id"].unique().sort()
    )


def _side_by_side(card: pl.DataFrame, project_ids: Sequence[str]) -> str:
    """A table with a row for each measure, the reasons for what is missing, and what each measure means."""

    def longest(column: str) -> pl.Expr:
        return pl.col(column).sort_by(pl.col(column).str.len_chars()).last().alias(column)

    reasons = card["not_available"].drop_nulls().unique(maintain_order=True)
    number = pl.col("not_available").replace_strict(reasons, range(1, len(reasons) + 1), default=None)
    value = pl.coalesce("value", pl.format("none ({})", number))
    by_measure = card.group_by("measure", maintain_order=True)
    values = by_measure.agg(
        value.filter(pl.col("project_id") == project_id).first().alias(project_id)
        for project_id in project_ids
    )
    meanings = by_measure.agg(longest(column) for column in ("window", "unit", "definition"))
    notes = pl.DataFrame({"none": range(1, len(reasons) + 1), "not available:": reasons})
    return "\n".join(map(drawn, [values, notes, meanings]))
