"""Builds of the family rankings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.floor.periods import Window
from pipelines.landscape.denominators import count_known, existing_verdicts
from pipelines.landscape.membership import windows_of
from pipelines.landscape.rankings import (
    compute_prior_means,
    rank_in_scopes,
    rank_members,
    rank_monthly,
    scopes_of,
    stars_by,
)
from pipelines.metrics.panel import compute_window_means
from pipelines.tables.inputs import AS_OF_RANGE, CREATED, CURATED_DOMAINS, MEMBERS, OPENRANK, RETRIEVED
from pipelines.tables.months import as_of_months
from pipelines.tables.panel import openrank_panel
from pipelines.tables.rankings.contract import (
    ProjectRankings,
    ProjectRankingsByScope,
    ProjectRanksMonthly,
)
from pipelines.tables.table import Frames, Table, published

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipelines.floor.periods import Month
    from pipelines.seeds import Seeds

RANKING_WINDOW_MONTHS = (1, 3, 6, 12)
"""Lengths of the windows that rankings are published for, besides January to the as-of month."""

_STARS = "SELECT project_id, observed_on, stars_count FROM core.project_observations"


def rank_default(
    *,
    members: pl.DataFrame,
    created: pl.DataFrame,
    openrank: pl.DataFrame,
    retrieved: pl.DataFrame,
    observations: pl.DataFrame,
    as_of_range: pl.DataFrame,
    seeds: Seeds,
) -> pl.DataFrame:
    """Rank the members of the default profile over its own window."""
    months = as_of_months(as_of_range)
    windows = windows_of(seeds.default_profile, months)
    (ranked,) = _ranked(
        members=members,
        created=created,
        openrank=openrank,
        retrieved=retrieved,
        stars=stars_by(observations, months),
        windows_asked=[windows],
        seeds=seeds,
    )
    return ranked


def rank_by_scope(
    *,
    members: pl.DataFrame,
    created: pl.DataFrame,
    openrank: pl.DataFrame,
    retrieved: pl.DataFrame,
    observations: pl.DataFrame,
    as_of_range: pl.DataFrame,
    domains: pl.DataFrame,
    seeds: Seeds,
) -> pl.DataFrame:
    """Rank the same members over other windows, within the landscape and each layer, domain and subdomain."""
    months = as_of_months(as_of_range)
    trailing = [{as_of: Window.trailing(as_of, count) for as_of in months} for count in RANKING_WINDOW_MONTHS]
    # In March the year to date is the window of three months: it is listed once.
    year_to_date = {
        as_of: Window.year_to_date(as_of) for as_of in months if as_of.month not in RANKING_WINDOW_MONTHS
    }
    stars = stars_by(observations, months)
    ranked = _ranked(
        members=members,
        created=created,
        openrank=openrank,
        retrieved=retrieved,
        stars=stars,
        windows_asked=[*trailing, year_to_date],
        seeds=seeds,
    )
    return rank_in_scopes(
        pl.concat(ranked),
        scopes_of(domains),
        existing_verdicts(members, created),
        seeds.threshold("rank_known_ratio"),
    )


def rank_months(
    openrank: pl.DataFrame, domains: pl.DataFrame, created: pl.DataFrame, seeds: Seeds
) -> pl.DataFrame:
    """Rank by the value of each single month."""
    return rank_monthly(openrank, scopes_of(domains), created, seeds.threshold("rank_known_ratio"))


def _ranked(
    *,
    members: pl.DataFrame,
    created: pl.DataFrame,
    openrank: pl.DataFrame,
    retrieved: pl.DataFrame,
    stars: pl.DataFrame,
    windows_asked: Sequence[Mapping[Month, Window]],
    seeds: Seeds,
) -> list[pl.DataFrame]:
    """The members, ranked by their means over the windows of each element."""
    panel = openrank_panel(created["project_id"], openrank, retrieved, seeds)
    known = count_known(existing_verdicts(members, created), "as_of_month")
    return [
        rank_members(
            members,
            compute_window_means(panel, windows),
            compute_prior_means(panel, created, windows),
            stars,
            windows,
            known,
            seeds.threshold("rank_known_ratio"),
        )
        for windows in windows_asked
    ]


_MEANS = {
    "members": MEMBERS,
    "created": CREATED,
    "openrank": OPENRANK,
    "retrieved": RETRIEVED,
    "observations": _STARS,
    "as_of_range": AS_OF_RANGE,
}
"""What every ranking by means rests on."""

TABLES: tuple[Table, ...] = (
    published(ProjectRankings, "landscape", Frames(rank_default, **_MEANS)),
    published(ProjectRankingsByScope, "landscape", Frames(rank_by_scope, **_MEANS, domains=CURATED_DOMAINS)),
    published(
        ProjectRanksMonthly,
        "landscape",
        Frames(rank_months, openrank=OPENRANK, domains=CURATED_DOMAINS, created=CREATED),
    ),
)
