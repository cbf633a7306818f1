"""``landscape rank``: the members by mean OpenRank."""

from __future__ import annotations

import polars as pl

from pipelines.cli.console import tell
from pipelines.cli.tabular import AsOf, Format, Output, OutputFormat, Top, WindowMonths, write_rows
from pipelines.cli.view import ProfileId, Scope, chosen_view

_COLUMNS = (
    "rank",
    "project_id",
    "openrank_mean",
    "openrank_low",
    "openrank_high",
    "basis",
    "months_count",
    "openrank_prior_mean",
    "openrank_yoy_delta",
    "openrank_yoy_ratio",
    "stars_count",
    "stars_observed_on",
    "name",
    "language",
    "created_on",
    "organization",
    "participants_mean",
    "participants_months_count",
    "reason",
)
_SHOWN = {
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
    project is out: see landscape_members.

    Example: landscape rank --as-of 2025-04 --scope domain=Serving --top 10
    """
    view = chosen_view(as_of, profile, window, scope)
    landscape = view.landscape
    people = landscape.series.means("participants", view.window).frame
    verdicts = landscape.members.verdicts((view.as_of.first_day,), (view.profile,)).frame
    found = (
        view.ranking()
        .frame.join(
            people.rename({"value_mean": "participants_mean", "months_count": "participants_months_count"}),
            on="project_id",
            how="left",
        )
        .join(verdicts.select("project_id", "reason"), on="project_id")
        .with_columns(created_on=pl.col("created_at").dt.date())
        .select(*_COLUMNS)
        .sort("rank", "project_id")
    )
    tell(
        f"OpenRank: mean of the months {view.window} that have a value; year on year: against the same months one"
        " year before, 0 for a project created after them; stars: observed by the end of the as-of month;"
        " participants: mean per month of the window, of the months with a value. Unknown stays empty or NULL."
    )
    nowcasts = found.filter(pl.col("basis") == "nowcast").height
    if nowcasts:
        tell(
            f"{nowcasts} of {found.height} means rest on a nowcast: csv and json have its interval of 80 %, and basis."
        )
    write_rows(
        found, output_format, output, top=top, shown=_SHOWN, empty=f"no member of {scope} as of {view.as_of}"
    )
