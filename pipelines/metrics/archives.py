"""Hours of several archives as hours: what is known of an hour of which each archive holds a part.

Belongs here: what follows from the files of an hour. Must not: how many events there should be; `coverage` says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.seeds.upstreams import Archive

_READ = ("loaded", "damaged")
"""Statuses of files with events, the better one first."""


def unite_archives(files: pl.DataFrame, archives: Sequence[Archive]) -> pl.DataFrame:
    """An hour's status from those of its files: the best of them.

    Parameters
    ----------
    files
        ``archive, hour, status, detail``: one row per hour file that was asked for; without an archive, of the first.
    archives
        Those of the seeds, the first of which is the one whose gaps the seeds list.

    Returns
    -------
    pl.DataFrame
        ``hour, status, detail, is_partial, served_by, archives_count, is_elsewhere``, sorted by hour. `is_partial`
        where one archive at least gave a whole file, and another one that has the day did not; `served_by` names
        those that did, `archives_count` is the number of all that have the day; `is_elsewhere` where another archive
        than the first gave one.
    """
    number = {archive.id: place for place, archive in enumerate(archives)}
    status, day = pl.col("status"), pl.col("hour").dt.date()
    should_have = pl.sum_horizontal(
        (day >= archive.first_day) & (day <= archive.last_day if archive.last_day else pl.lit(value=True))
        for archive in archives
    )
    return (
        files.with_columns(pl.col("archive").fill_null(archives[0].id))
        .with_columns(
            worth=status.replace_strict(dict(zip(_READ, (0, 1), strict=True)), default=2),
            place=pl.col("archive").replace_strict(number, default=len(number)),
        )
        .sort("hour", "worth", "place")
        .group_by("hour", maintain_order=True)
        .agg(
            pl.col("status", "detail").first(),
            served_by=pl.col("archive")
            .filter(status == "loaded")
            .sort_by(pl.col("place").filter(status == "loaded")),
        )
        .with_columns(archives_count=should_have.cast(pl.Int64), served_count=pl.col("served_by").list.len())
        .with_columns(
            is_partial=(status == "loaded") & (pl.col("served_count") < pl.col("archives_count")),
            is_elsewhere=pl.col("served_by").list.set_difference([archives[0].id]).list.len() > 0,
            served_by=pl.col("served_by").list.join(", "),
        )
        .select("hour", "status", "detail", "is_partial", "served_by", "archives_count", "is_elsewhere")
        .sort("hour")
    )
