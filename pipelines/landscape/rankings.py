"""The members in order, with the change against the same months one year before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.landscape.denominators import count_known, existing_values
from pipelines.metrics.panel import OpenrankPanel, compute_window_means

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipelines.floor.periods import Month, Window

WHOLE_LANDSCAPE = "landscape"
"""Scope, and its only value, that holds every project."""

SCOPES = (WHOLE_LANDSCAPE, "layer", "domain", "subdomain")
"""The scopes of a ranking, from the widest to the narrowest."""


def compute_prior_means(
    panel: OpenrankPanel, created: pl.DataFrame, windows: Mapping[Month, Window]
) -> pl.DataFrame:
    """Mean OpenRank of the same window one year before, if known.

    Parameters
    ----------
    panel
        Monthly OpenRank.
    created
        ``project_id, created_at`` (null if unknown).
    windows
        Window of each as-of month; the one a year before is looked at.

    Returns
    -------
    pl.DataFrame
        ``as_of_month, project_id, openrank_prior_mean``: 0 for a project created after the earlier window;
        no row where the project existed and not every month of the earlier window was retrieved, or where
        it was and holds no value.
    """
    earlier = {as_of: window.years_earlier(1) for as_of, window in windows.items()}
    window_ends = pl.DataFrame(
        [(as_of.first_day, window.end.last_day) for as_of, window in earlier.items()],
        schema={"as_of_month": pl.Date, "prior_end": pl.Date},
        orient="row",
    )
    values = (
        compute_window_means(panel, earlier)
        .filter(
            pl.col("retrieved_months_count") == pl.col("window_months_count"),
            pl.col("openrank_mean").is_not_null(),
        )
        .select("as_of_month", "project_id", openrank_prior_mean="openrank_mean")
    )
    born_later = (
        created.filter(pl.col("project_id").is_in(panel.project_ids.implode()))
        .join(window_ends, how="cross")
        .filter(pl.col("created_at").dt.date() > pl.col("prior_end"))
        .select("as_of_month", "project_id", openrank_prior_mean=pl.lit(0.0))
        .join(values, on=["as_of_month", "project_id"], how="anti")
    )
    return pl.concat([values, born_later])


def stars_by(observations: pl.DataFrame, as_of_months: Sequence[Month]) -> pl.DataFrame:
    """Stars observed by the end of each as-of month.

    Parameters
    ----------
    observations
        ``project_id, observed_on, stars_count``; rows without stars are ignored.
    as_of_months
        Months to look from.

    Returns
    -------
    pl.DataFrame
        ``as_of_month, project_id, stars_count, stars_observed_on, stars_basis``. Where only a later
        observation exists the count stays null and the day of that observation is given.
    """
    starred = observations.filter(pl.col("stars_count").is_not_null()).sort("observed_on")
    asked = (
        starred.select("project_id")
        .unique()
        .join(
            pl.DataFrame(
                {"as_of_month": [month.first_day for month in as_of_months]}, schema={"as_of_month": pl.Date}
            ),
            how="cross",
        )
        .with_columns(as_of_day=pl.col("as_of_month").dt.month_end())
        .sort("as_of_day")
    )
    seen = starred.select("project_id", "stars_count", seen_on="observed_on")
    later = starred.select("project_id", later_on="observed_on")
    found = asked.join_asof(
        seen,
        left_on="as_of_day",
        right_on="seen_on",
        by="project_id",
        strategy="backward",
        check_sortedness=False,
    ).join_asof(
        later,
        left_on="as_of_day",
        right_on="later_on",
        by="project_id",
        strategy="forward",
        check_sortedness=False,
    )
    return found.select(
        "as_of_month",
        "project_id",
        "stars_count",
        stars_observed_on=pl.coalesce("seen_on", "later_on"),
        stars_basis=pl.when(pl.col("seen_on").is_not_null())
        .then(pl.lit("observed"))
        .otherwise(pl.lit("observed_later_only")),
    )


def scopes_of(domains: pl.DataFrame) -> pl.DataFrame:
    """Every scope that a project with a domain is ranked in, besides the whole landscape.

    Parameters
    ----------
    domains
        ``project_id, taxonomy_version, layer, domain, subdomain``: one row a project; null where it has none.

    Returns
    -------
    pl.DataFrame
        ``project_id, scope, scope_value, taxonomy_version``.
    """
    return (
        domains.unpivot(
            SCOPES[1:],
            index=["project_id", "taxonomy_version"],
            variable_name="scope",
            value_name="scope_value",
        )
        .filter(pl.col("scope_value").is_not_null())
        .select("project_id", "scope", "scope_value", "taxonomy_version")
    )


def with_scopes(rows: pl.DataFrame, scopes: pl.DataFrame) -> pl.DataFrame:
    """Repeat rows of projects once for the whole landscape and once for each of their scopes.

    Parameters
    ----------
    rows
        Anything with a column ``project_id``.
    scopes
        From `scopes_of`.

    Returns
    -------
    pl.DataFrame
        `rows` with ``scope, scope_value, taxonomy_version`` (null for the whole landscape).
    """
    whole = rows.with_columns(
        scope=pl.lit(WHOLE_LANDSCAPE),
        scope_value=pl.lit(WHOLE_LANDSCAPE),
        taxonomy_version=pl.lit(None, dtype=pl.String),
    )
    return pl.concat([whole, rows.join(scopes, on="project_id").select(whole.columns)])


def rank_members(  # noqa: PLR0917 - a table, and everything that stands in its rows
    members: pl.DataFrame,
    means: pl.DataFrame,
    prior_means: pl.DataFrame,
    stars: pl.DataFrame,
    windows: Mapping[Month, Window],
    known: pl.DataFrame,
    least_known_ratio: float,
) -> pl.DataFrame:
    """Rank the members of each as-of month by their mean OpenRank in a window.

    Parameters
    ----------
    members
        ``as_of_month, project_id, is_member``: rows of ``landscape_members`` of one profile.
    means
        From `pipelines.metrics.panel.compute_window_means`, over `windows`.
    prior_means
        From `compute_prior_means`, over `windows`.
    stars
        From `stars_by`.
    windows
        Window of each as-of month: the profile's own, or any other.
    known
        From `count_known`, by as-of month.
    least_known_ratio
        With fewer known of those that existed, nobody has a rank.

    Returns
    -------
    pl.DataFrame
        Rows of the contract ``project_rankings``, ordered by as-of month and mean. A member without a value in the
        window has no row.
    """
    current, prior = pl.col("openrank_mean"), pl.col("openrank_prior_mean")
    bounds = pl.DataFrame(
        [
            (as_of.first_day, window.start.first_day, window.end.first_day)
            for as_of, window in windows.items()
        ],
        schema={"as_of_month": pl.Date, "window_start": pl.Date, "window_end": pl.Date},
        orient="row",
    )
    return (
        members.filter("is_member")
        .select("as_of_month", "project_id")
        .join(means.filter(current.is_not_null()), on=["as_of_month", "project_id"])
        .join(bounds, on="as_of_month")
        .join(known, on="as_of_month")
        .join(prior_means, on=["as_of_month", "project_id"], how="left")
        .join(stars, on=["as_of_month", "project_id"], how="left")
        .select(
            "as_of_month",
            "window_start",
            "window_end",
            rank=_rank(current, least_known_ratio, "as_of_month"),
            project_id="project_id",
            openrank_mean=current,
            openrank_low="openrank_low",
            openrank_high="openrank_high",
            basis=pl.when(pl.col("nowcast_months_count") > 0)
            .then(pl.lit("nowcast"))
            .otherwise(pl.lit("published")),
            known_projects_count="known_projects_count",
            existing_projects_count="existing_projects_count",
            months_count="months_count",
            openrank_prior_mean=prior,
            openrank_yoy_delta=current - prior,
            openrank_yoy_ratio=pl.when(prior > 0).then((current - prior) / prior),
            stars_count="stars_count",
            stars_observed_on="stars_observed_on",
            stars_basis=pl.col("stars_basis").fill_null("unknown"),
        )
        .sort("as_of_month", "openrank_mean", "project_id", descending=[False, True, False])
    )


def rank_in_scopes(
    ranked: pl.DataFrame, scopes: pl.DataFrame, existing: pl.DataFrame, least_known_ratio: float
) -> pl.DataFrame:
    """Rank separately in the whole landscape, each layer, each domain and each subdomain.

    Parameters
    ----------
    ranked
        From `rank_members`; an as-of month may have several windows.
    scopes
        From `scopes_of`.
    existing
        From `existing_verdicts`.
    least_known_ratio
        With fewer known of those that existed in a scope, nobody has a rank in it.

    Returns
    -------
    pl.DataFrame
        Rows of the contract ``project_rankings_by_scope``.
    """
    group = ("as_of_month", "scope", "scope_value")
    end, start = pl.col("window_end"), pl.col("window_start")
    months = (end.dt.year() - start.dt.year()).cast(pl.Int64) * 12 + end.dt.month() - start.dt.month() + 1
    return (
        with_scopes(ranked.drop("known_projects_count", "existing_projects_count"), scopes)
        .join(count_known(with_scopes(existing, scopes), *group), on=group)
        .with_columns(
            rank=_rank(pl.col("openrank_mean"), least_known_ratio, "window_start", *group),
            window_months=months.cast(pl.Int64),
        )
        .sort(
            "as_of_month",
            "window_months",
            "scope",
            "scope_value",
            "openrank_mean",
            "project_id",
            descending=[False, False, False, False, True, False],
        )
    )


def rank_monthly(
    openrank: pl.DataFrame, scopes: pl.DataFrame, created: pl.DataFrame, least_known_ratio: float
) -> pl.DataFrame:
    """Rank every project with a value, month by month, in every scope.

    Parameters
    ----------
    openrank
        ``project_id, month, value, low, high``.
    scopes
        From `scopes_of`.
    created
        ``project_id, created_at``, of all projects.
    least_known_ratio
        With fewer known of those that existed in the month and scope, nobody has a rank in it.

    Returns
    -------
    pl.DataFrame
        Rows of the contract ``project_ranks_monthly``; a month without a value has none.
    """
    group = ("month", "scope", "scope_value")
    values = openrank.filter(pl.col("value").is_not_null()).select(
        "project_id",
        "month",
        openrank="value",
        basis=pl.when(pl.col("low") < pl.col("high")).then(pl.lit("nowcast")).otherwise(pl.lit("published")),
    )
    return (
        with_scopes(values, scopes)
        .join(count_known(with_scopes(existing_values(openrank, created), scopes), *group), on=group)
        .with_columns(rank=_rank(pl.col("openrank"), least_known_ratio, *group))
        .sort(*group, "openrank", "project_id", descending=[False, False, False, True, False])
    )


def _rank(value: pl.Expr, least_known_ratio: float, *group: str) -> pl.Expr:
    """1 for the highest value of a group; equal values share a rank, and where too few are known nobody has one."""
    is_enough = pl.col("known_projects_count") >= least_known_ratio * pl.col("existing_projects_count")
    return pl.when(is_enough).then(value.rank("min", descending=True).over(group).cast(pl.Int64))
