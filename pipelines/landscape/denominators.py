"""How many projects exist, and of how many of them something is known: what every rank is among."""

from __future__ import annotations

import polars as pl


def existing_verdicts(members: pl.DataFrame, created: pl.DataFrame) -> pl.DataFrame:
    """Which candidates existed by each as-of month, and of which it is known whether they are members.

    Parameters
    ----------
    members
        ``as_of_month, project_id, is_member``: rows of ``landscape_members`` of one profile.
    created
        ``project_id, created_at``; a project of unknown creation counts as existing, and so does a member: its
        repository may be younger than the project, which moved into it with its past.

    Returns
    -------
    pl.DataFrame
        ``as_of_month, project_id, is_known``.
    """
    is_later = (pl.col("created_at").dt.date() > pl.col("as_of_month").dt.month_end()).fill_null(value=False)
    return (
        members.join(created, on="project_id", how="left")
        .filter(~is_later | pl.col("is_member").fill_null(value=False))
        .select("as_of_month", "project_id", is_known=pl.col("is_member").is_not_null())
    )


def existing_values(openrank: pl.DataFrame, created: pl.DataFrame) -> pl.DataFrame:
    """Which projects existed in each month that has a value, and which have one.

    Parameters
    ----------
    openrank
        ``project_id, month, value``.
    created
        ``project_id, created_at``; a project of unknown creation counts from its first value.

    Returns
    -------
    pl.DataFrame
        ``month, project_id, is_known``.
    """
    values = openrank.filter(pl.col("value").is_not_null()).select("project_id", "month")
    first = values.group_by("project_id").agg(first_month=pl.col("month").min())
    begun = pl.coalesce(pl.col("created_at").dt.date().dt.month_start(), "first_month")
    return (
        created.join(first, on="project_id", how="left")
        .join(values.select("month").unique(), how="cross")
        .filter((begun <= pl.col("month")) | (pl.col("first_month") <= pl.col("month")))
        .join(values.with_columns(is_known=pl.lit(value=True)), on=["project_id", "month"], how="left")
        .select("month", "project_id", pl.col("is_known").fill_null(value=False))
    )


def count_known(existing: pl.DataFrame, *group: str) -> pl.DataFrame:
    """Denominators: how many there are in each group, and how many of them are known.

    Parameters
    ----------
    existing
        From `existing_verdicts` or `existing_values`, with scopes or without.
    group
        Columns of a group.

    Returns
    -------
    pl.DataFrame
        `group` with ``known_projects_count, existing_projects_count``.
    """
    return existing.group_by(group).agg(
        known_projects_count=pl.col("is_known").sum().cast(pl.Int64),
        existing_projects_count=pl.len().cast(pl.Int64),
    )
