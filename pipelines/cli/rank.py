"""``landscape rank``: the members by mean OpenRank."""

from __future__ import annotations

import polars as pl

from pipelines.cli.console import tell
from pipelines.cli.published import (
    read_frame,
)
from pipelines.cli.tabular import AsOf, Format, Output, Top, WindowMonths, write_rows
from pipelines.cli.view import ProfileId, Scope, chosen_view, rank_view
from pipelines.publish import attach_published
from pipelines.query import OutputFormat
from pipelines.settings import load_settings

_RANKING_COLUMNS = {
    "rank": "rank",
    "name": "project",
    "openrank_mean": "openrank",
    "openrank_yoy_delta": "yoy",
    "openrank_yoy_ratio": "yoy ratio",
    "stars_count": "stars",
    "participants_mean": "participants",
    "language": "language",
    "created_on": "created",
    "organization": "organization",
}
"""What a terminal has room for, and how it is headed there."""


def rank(
    *,
    as_of: AsOf = None,
    profile: ProfileId = None,
    window: WindowMonths = None,
    scope: Scope = "landscape",
    top: Top = None,
    output_format: Format = OutputFormat.TABLE,
    output: Output = None,
) -> None:
    """Rank the members by mean OpenRank, with the change against the same months one year before.

    A table shows the main columns; csv and json have all of them, the reason of each membership among them. Why a
    project is out stands in landscape_members.

    Example: landscape rank --as-of 2025-04 --scope domain=Serving --top 10
    """
    with attach_published(load_settings().public_dir) as connection:
        view = chosen_view(connection, as_of, profile, window, scope)
        ranked = rank_view(connection, view)
        facts = read_frame(
            connection,
            "SELECT project_id, name, language, created_at::DATE AS created_on, organization FROM projects",
        )
        people = read_frame(
            connection,
            "SELECT project_id, avg(value) AS participants_mean, count(*) AS participants_months_count"
            " FROM project_metrics_monthly WHERE metric_id = 'participants' AND month BETWEEN $first AND $last"
            " GROUP BY project_id",
            first=view.window.start.first_day,
            last=view.window.end.first_day,
        )
        reasons = read_frame(
            connection,
            "SELECT project_id, reason FROM landscape_members WHERE as_of_month = $month AND profile = $profile",
            month=view.as_of.first_day,
            profile=view.profile_id,
        )
    found = (
        ranked.drop("as_of_month", "window_start", "window_end", "stars_basis")
        .join(facts, on="project_id")
        .join(people, on="project_id", how="left")
        .join(reasons, on="project_id")
        .sort("rank", "project_id")
    )
    tell(
        f"OpenRank: mean of the months {view.window} that have a value; year on year: against the same months one"
        " year before, 0 for a project created after them; stars: observed by the end of the as-of month;"
        " participants: mean per month of the window, of the months with a value. Unknown stays empty or NULL."
    )
    if output_format is OutputFormat.TABLE:
        found = found.select(pl.col(name).alias(heading) for name, heading in _RANKING_COLUMNS.items())
    write_rows(found, top, output_format, output, empty=f"no member of {scope} as of {view.as_of}")
