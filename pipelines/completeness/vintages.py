"""From one vintage of OpenRank to another: the ratio of their values, and nowcasts on the scale of the landscape.

Published values of two vintages are never mixed. A nowcast has an interval, which the spread of the ratio widens.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from pipelines.completeness.nowcast import NOWCAST_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from pipelines.seeds.completeness import NowcastRules
    from pipelines.seeds.upstreams import Vintage

CONVERTED_SCHEMA = pl.Schema({**NOWCAST_SCHEMA, "nowcast_vintage_ratio": pl.Float64()})
"""Columns of nowcasts on the scale of the landscape."""

_KEY = ["project_id", "month"]


@dataclass(frozen=True, slots=True)
class VintageRatio:
    """Values of one vintage over those of another, of the same project and month.

    Attributes
    ----------
    median
        Of all projects and months.
    spread
        Half the width, in logarithms, that holds `NowcastRules.inner_level` of them around the median.
    """

    median: float
    spread: float

    def then(self, following: VintageRatio) -> VintageRatio:
        """Chain the ratio with one that goes on from it."""
        return VintageRatio(self.median * following.median, math.hypot(self.spread, following.spread))


def compute_vintage_ratio(
    vintages: pl.DataFrame, before: str, after: str, through: date, rules: NowcastRules
) -> VintageRatio | None:
    """Compare two vintages where both are held.

    Parameters
    ----------
    vintages
        ``project_id, month, vintage, openrank``: what is held, a row for each vintage.
    before, after
        The vintages.
    through
        First day of the last healthy month: later values compare losses.
    rules
        `vintage_ratio_projects` and `inner_level`.

    Returns
    -------
    VintageRatio or None
        None with fewer than `rules.vintage_ratio_projects` projects to compare.
    """
    healthy = vintages.filter((pl.col("month") <= through) & (pl.col("openrank") > 0))
    pairs = (
        healthy.filter(vintage=before)
        .join(healthy.filter(vintage=after), on=_KEY, suffix="_after")
        .select("project_id", change=(pl.col("openrank_after") / pl.col("openrank")).log())
        .group_by("project_id")
        .agg(pl.col("change").median())
    )
    if pairs.height < rules.vintage_ratio_projects:
        return None
    median = pairs.select(pl.col("change").median()).item()
    spread = pairs.select((pl.col("change") - median).abs().quantile(rules.inner_level, "linear")).item()
    return VintageRatio(math.exp(median), spread)


def ratio_between(
    vintages: pl.DataFrame,
    listed: Sequence[Vintage],
    before: str,
    after: str,
    *,
    through: date,
    rules: NowcastRules,
) -> VintageRatio | None:
    """The ratio of two vintages: as held, else as the seeds list it, else unknown.

    OpenDigger's history may be computed again without a new version; such a vintage has the day of the pull after a
    plus sign. From the version to it only held values tell.

    Parameters
    ----------
    vintages, before, after, through, rules
        As `compute_vintage_ratio` takes them.
    listed
        From ``opendigger_vintages.yml``.
    """
    held = compute_vintage_ratio(vintages, before, after, through, rules)
    if held is not None:
        return held
    version = after.partition("+")[0]
    to_version = _listed_ratio(listed, before, version)
    if version == after or to_version is None:
        return to_version
    on = compute_vintage_ratio(vintages, version, after, through, rules)
    return None if on is None else to_version.then(on)


def _listed_ratio(listed: Sequence[Vintage], before: str, after: str) -> VintageRatio | None:
    """Ratios of one version after the other; None where one is not listed, or not with its spread."""
    ids = [one.id for one in listed]
    if before not in ids or after not in ids or ids.index(before) >= ids.index(after):
        return None
    found = VintageRatio(1.0, 0.0)
    for version in listed[ids.index(before) + 1 : ids.index(after) + 1]:
        step = version.ratio_to_previous
        if step is None:
            return None
        found = found.then(VintageRatio(step.median, step.spread))
    return found


def convert_nowcasts(
    nowcasts: pl.DataFrame,
    vintages: pl.DataFrame,
    listed: Sequence[Vintage],
    vintage_in_use: str | None,
    *,
    through: date,
    rules: NowcastRules,
) -> pl.DataFrame:
    """Bring nowcasts of other vintages onto the scale of the landscape's, where the ratio is known.

    Parameters
    ----------
    nowcasts
        From `pipelines.completeness.nowcast.compute_nowcast`.
    vintage_in_use
        Vintage that the landscape is computed in; None without any value.
    vintages, listed, through, rules
        As `ratio_between` takes them.

    Returns
    -------
    pl.DataFrame
        `nowcasts` with ``nowcast_vintage_ratio``, null where nothing was converted. A converted row has
        `vintage_in_use` as its vintage; its value, level and interval are multiplied by the ratio, and the half width
        of the interval, in logarithms, is the root of the sum of its square and that of the spread. Its outer interval
        is null: of that level the ratio is not known.
    """
    others = nowcasts.filter(pl.col("nowcast_vintage") != pl.lit(vintage_in_use, pl.String))
    ratios = {
        before: found
        for before in others["nowcast_vintage"].unique().sort().to_list()
        if vintage_in_use is not None
        and (found := ratio_between(vintages, listed, before, vintage_in_use, through=through, rules=rules))
    }
    ratio, spread = (
        pl.col("nowcast_vintage").replace_strict(
            {before: getattr(one, part) for before, one in ratios.items()},
            default=None,
            return_dtype=pl.Float64,
        )
        for part in ("median", "spread")
    )
    width = (((pl.col("nowcast_high") / pl.col("nowcast")).log() ** 2) + spread**2).sqrt()
    centre = pl.col("nowcast") * ratio
    is_converted = ratio.is_not_null()
    return nowcasts.with_columns(
        pl.when(is_converted).then(value).otherwise(pl.col(name)).alias(name)
        for name, value in (
            ("nowcast", centre),
            ("nowcast_low", centre * (-width).exp()),
            ("nowcast_high", centre * width.exp()),
            ("nowcast_lowest", pl.lit(None, pl.Float64)),
            ("nowcast_highest", pl.lit(None, pl.Float64)),
            ("level", pl.col("level") * ratio),
            ("nowcast_vintage", pl.lit(vintage_in_use, pl.String)),
        )
    ).with_columns(nowcasts.select(nowcast_vintage_ratio=ratio).to_series())
