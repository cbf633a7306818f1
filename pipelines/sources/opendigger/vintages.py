"""Vintages: whether the upstream recomputed its history, and the name of the new computation.

Belongs here: pure comparison of two pulls. Must not: files. No series mixes the values of two vintages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

ROUNDING_RATIO = 0.005
"""A value that changed by no more than this part of itself was rounded, not recomputed."""

ROUNDING_OF_WHOLE_NUMBERS, ROUNDING_OF_DECIMALS = 0.6, 0.02
"""The same in units of the value: where one of the two pulls is a whole number, and where neither is."""

SETTLING_MONTHS = 2
"""Newest months of a pull, which may still change without a recomputation: late events, corrections."""

_MAJORITY = 0.5


def compute_is_recomputed(held: pl.DataFrame, answered: pl.DataFrame) -> bool | None:
    """Whether most series of both pulls have another history.

    A month that one pull lacks counts as zero there: an upstream that writes no zeros adds or drops a month
    when it recomputes.

    Parameters
    ----------
    held, answered
        ``repo_full_name``, ``month``, ``value`` of one metric, each series whole.

    Returns
    -------
    bool or None
        None where no series of both pulls has a month before the last `SETTLING_MONTHS` held.

    Notes
    -----
    A series has another history if more than half of its months changed by more than rounding. One such
    series is a correction; most of them are another algorithm.
    """
    settled_until = held.group_by("repo_full_name").agg(
        settled_until=pl.col("month").max().dt.offset_by(f"-{SETTLING_MONTHS}mo")
    )
    names = answered.select("repo_full_name").unique()
    key = ["repo_full_name", "month"]
    history = (
        held.select(*key, "value")
        .join(answered.select(*key, answered="value"), on=key, how="full", coalesce=True)
        .join(names, on="repo_full_name", how="semi")
        .join(settled_until, on="repo_full_name")
        .filter(pl.col("month") <= pl.col("settled_until"))
        .with_columns(pl.col("value", "answered").fill_null(0.0))
    )
    if history.is_empty():
        return None
    old, new = pl.col("value"), pl.col("answered")
    # A month that is absent is no whole number: it says nothing of how the others were rounded.
    is_whole = ((old == old.round()) & (old != 0)) | ((new == new.round()) & (new != 0))
    rounding = pl.max_horizontal(
        old.abs() * ROUNDING_RATIO,
        pl.when(is_whole).then(ROUNDING_OF_WHOLE_NUMBERS).otherwise(ROUNDING_OF_DECIMALS),
    )
    changed_share = history.group_by("repo_full_name").agg(share=((new - old).abs() > rounding).mean())
    recomputed = changed_share.select((pl.col("share") > _MAJORITY).mean() > _MAJORITY)
    return bool(recomputed.item())


def name_vintage(
    named: str, retrieved_on: date, held: str | None, earlier: Collection[str], *, is_recomputed: bool | None
) -> str:
    """Name the vintage of a pull.

    Parameters
    ----------
    named
        The vintage of that day in the seeds.
    retrieved_on
        That day, in UTC.
    held
        The newest vintage in bronze; None when there is none.
    earlier
        Every vintage in bronze.
    is_recomputed
        From `compute_is_recomputed`.

    Examples
    --------
    >>> from datetime import date
    >>> name_vintage("v3", date(2026, 2, 5), "v3", {"v3"}, is_recomputed=True)
    'v3+2026-02-05'
    >>> name_vintage("v3", date(2026, 2, 5), "v2", {"v2"}, is_recomputed=True)
    'v3'
    >>> name_vintage("v3", date(2026, 2, 5), "v2", {"v2"}, is_recomputed=False)
    'v2'
    """
    if held is None:
        return named
    if is_recomputed is None:  # nothing to compare with: only the seeds can tell
        return held if held.startswith(f"{named}+") else named
    if not is_recomputed:
        return held
    return f"{named}+{retrieved_on}" if named in earlier else named


def newest_vintage(values: pl.DataFrame) -> str | None:
    """The vintage that was pulled last; None without values.

    Parameters
    ----------
    values
        ``vintage``, ``retrieved_at`` of one metric.
    """
    newest = values.group_by("vintage").agg(pl.col("retrieved_at").max()).sort("retrieved_at", "vintage")
    return None if newest.is_empty() else str(newest["vintage"][-1])
