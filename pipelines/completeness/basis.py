"""Which value of a project and month may be used: the published one, a nowcast, or none."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from pipelines.completeness.capture import GLOBAL_PULL_REQUESTS
from pipelines.completeness.eras import first_broken_month, state_of_month

if TYPE_CHECKING:
    from pipelines.floor.periods import Month
    from pipelines.seeds.completeness import Completeness, StreamEra

PUBLISHED, NOWCAST, UNKNOWN = "published", "nowcast", "unknown"
MEASURED, GLOBAL = "measured", "global"

_KEY = ["project_id", "month"]
_NOWCAST_COLUMNS = (
    "nowcast",
    "nowcast_low",
    "nowcast_high",
    "nowcast_vintage",
    "nowcast_vintage_ratio",
    "nowcast_method",
    "practice_break",
    "is_outside_range",
    "change_requests_ratio",
    "issues_new_ratio",
)
_CAPTURE_COLUMNS = ("capture_ratio", "capture_low", "capture_high")


def project_months(
    created: pl.DataFrame,
    vintages: pl.DataFrame,
    nowcasts: pl.DataFrame,
    eras: tuple[StreamEra, ...],
    through: Month,
) -> pl.DataFrame:
    """Months of each project that have a value, and every month since the event stream broke.

    Parameters
    ----------
    created
        ``project_id, created_at``, every project once; null is unknown.
    vintages
        ``project_id, month, vintage, is_current, openrank``: what is held, a row for each vintage.
    nowcasts
        From `pipelines.completeness.vintages.convert_nowcasts`.
    eras
        From ``completeness.yml``.
    through
        Last month that rows reach to at least, once the event stream is broken.

    Returns
    -------
    pl.DataFrame
        ``project_id, month, published, vintage, state`` with the columns of the nowcast. Of several vintages the
        current one is published, else the one whose id sorts last. Months since the break reach to `through`, or to
        the newest month that any project has a value or a count of; those before a project was created are left out.
    """
    published = (
        vintages.sort(*_KEY, "is_current", "vintage", descending=[False, False, True, True])
        .unique(_KEY, keep="first", maintain_order=True)
        .select(*_KEY, published="openrank", vintage="vintage")
    )
    # A healthy month without a value is absent or was not retrieved; counts say nothing that the source did not see.
    shown = (
        nowcasts.rename({"method": "nowcast_method"})
        .filter(state_of_month(eras) != "healthy")
        .select(*_KEY, *_NOWCAST_COLUMNS, "level")
    )
    valued = pl.concat([published.select(_KEY), shown.select(_KEY)])
    return (
        pl.concat([valued, _months_since_break(created, valued, eras, through)])
        .unique()
        .join(published, on=_KEY, how="left")
        .join(shown, on=_KEY, how="left")
        .with_columns(state=state_of_month(eras))
        .sort(_KEY)
    )


def _months_since_break(
    created: pl.DataFrame, valued: pl.DataFrame, eras: tuple[StreamEra, ...], through: Month
) -> pl.DataFrame:
    broken_from, newest = first_broken_month(eras), valued["month"].max()
    if broken_from is None or not isinstance(newest, date):
        return valued.clear()
    newest = max(newest, through.first_day)
    if newest < broken_from.first_day:
        return valued.clear()
    months = pl.date_range(broken_from.first_day, newest, "1mo", eager=True).alias("month").to_frame()
    is_created = pl.col("created_at").is_null() | (
        pl.col("created_at").dt.date() <= pl.col("month").dt.month_end()
    )
    return created.join(months, how="cross").filter(is_created).select(_KEY)


def _highest() -> pl.Expr:
    """Upper end of a nowcast: at least the level where more pull requests are opened than then, whatever issues did."""
    is_growing = (pl.col("change_requests_ratio") > 1).fill_null(value=False)
    return pl.when(is_growing).then(pl.max_horizontal("nowcast_high", "level")).otherwise("nowcast_high")


def decide_basis(
    months: pl.DataFrame,
    measured: pl.DataFrame,
    stream: pl.DataFrame,
    rules: Completeness,
    vintage_in_use: str | None,
) -> pl.DataFrame:
    """Add capture, basis, and the value that ranks, means and sums rest on.

    Parameters
    ----------
    months
        From `project_months`.
    measured
        ``project_id, month`` with capture and its interval: of the project itself.
    stream
        From `pipelines.completeness.capture.compute_global_capture`.
    rules
        From ``completeness.yml``.
    vintage_in_use
        Vintage that the landscape is computed in; a value of another one is shown and enters nothing.

    Returns
    -------
    pl.DataFrame
        Rows of the contract ``project_openrank_monthly``.

    Notes
    -----
    A healthy month is published whatever its capture: the nowcast was fitted on such months. A damaged month is
    published unless its own capture was measured below `rules.capture.least_ratio`, a broken one only if it was
    measured at or above it. What is not published is nowcast where there are counts, and unknown otherwise.
    """
    of_project = measured.filter(pl.col("capture_ratio").is_not_null()).select(*_KEY, *_CAPTURE_COLUMNS)
    of_stream = stream.filter(pl.col("event_type") == GLOBAL_PULL_REQUESTS).select(
        "month", *(pl.col(name).alias(f"stream_{name}") for name in _CAPTURE_COLUMNS)
    )
    in_use = pl.lit(vintage_in_use, pl.String)  # compared with None itself, Polars warns
    is_measured = pl.col("capture_ratio").is_not_null()
    is_low = is_measured & (pl.col("capture_ratio") < rules.capture.least_ratio)
    may_be_published = (
        pl.when(pl.col("state") == "healthy")
        .then(pl.lit(value=True))
        .when(pl.col("state") == "damaged")
        .then(~is_low)
        .otherwise(is_measured & ~is_low)
    )
    return (
        months.join(of_project, on=_KEY, how="left")
        .join(of_stream, on="month", how="left")
        .with_columns(
            basis=pl.when(pl.col("published").is_not_null() & may_be_published)
            .then(pl.lit(PUBLISHED))
            .when(pl.col("nowcast").is_not_null())
            .then(pl.lit(NOWCAST))
            .otherwise(pl.lit(UNKNOWN)),
            capture_basis=pl.when(is_measured)
            .then(pl.lit(MEASURED))
            .when(pl.col("stream_capture_ratio").is_not_null())
            .then(pl.lit(GLOBAL)),
        )
        .with_columns(
            pl.when(is_measured).then(name).otherwise(f"stream_{name}").alias(name)
            for name in _CAPTURE_COLUMNS
        )
        .with_columns(
            pl.when((pl.col("basis") == PUBLISHED) & (pl.col("vintage") == in_use))
            .then("published")
            .when((pl.col("basis") == NOWCAST) & (pl.col("nowcast_vintage") == in_use))
            .then(nowcast)
            .alias(name)
            for name, nowcast in (
                ("openrank", pl.col("nowcast")),
                ("openrank_low", pl.col("nowcast_low")),
                ("openrank_high", _highest()),
            )
        )
        .select(
            *_KEY,
            "published",
            "vintage",
            *_CAPTURE_COLUMNS,
            "capture_basis",
            *_NOWCAST_COLUMNS,
            "basis",
            "openrank",
            "openrank_low",
            "openrank_high",
        )
        .sort(_KEY)
    )
