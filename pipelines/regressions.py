"""What a publication would lose against the last one: members, values, and how far the sources reach.

Belongs here: the comparison and its limits. Must not: writing, or rules of single rows; `tables.checks` holds those.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from pipelines.floor.messages import Message
from pipelines.generations import newest_generation
from pipelines.warehouse.connection import fetch_row
from pipelines.warehouse.ddl import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

THRESHOLDS = (
    "regression_lost_members_ratio",
    "regression_common_factor_ratio",
    "regression_lost_values_ratio",
    "regression_values_count",
)
"""The thresholds that this comparison takes from the seeds."""

_NAMED = 5
"""Projects that a message names."""

_LOST_COUNT = 2
"""So few members go in any month; of a small field they are more than a tenth."""


def find_regressions(connection: duckdb.DuckDBPyConnection, public_dir: Path) -> list[Message]:
    """Compare the build file with the newest generation, and say what would get worse.

    Parameters
    ----------
    connection
        The build file, with every table of schema ``mart``.
    public_dir
        Folder of the generations; the published file itself is not read, since a reader may hold it.

    Returns
    -------
    list of Message
        One for each regression; empty where there is nothing to compare with: no generation, one that cannot be read,
        or one of another field or version.

    Notes
    -----
    Months count that had ended by both as-of days, and projects that both have: a person who asks for an earlier day,
    or takes a project out of the seeds, did that by intention. A person who changes the seeds may also change who is a
    member, so members of the same month are compared only under the same seeds.
    """
    path = newest_generation(public_dir)
    if path is None:
        return []
    try:
        connection.execute(f"ATTACH {quoted(str(path))} AS last (READ_ONLY)")
    except duckdb.Error:
        return []  # unreadable: there is nothing to compare with, and publishing makes a whole one
    try:
        return list(_regressions(connection)) if _is_comparable(connection) else []
    finally:
        connection.execute("DETACH last")


def _is_comparable(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the last publication is of the same field and holds the columns that are compared."""
    try:
        row = fetch_row(
            connection,
            "SELECT count(*) FROM mart.metadata AS new JOIN last.metadata AS old USING (schema_version, field)",
        )
    except (duckdb.CatalogException, duckdb.BinderException):
        return False
    return bool(row[0])


def _regressions(connection: duckdb.DuckDBPyConnection) -> Iterator[Message]:
    limits: dict[str, float] = dict(
        connection.execute("SELECT threshold_id, value FROM mart.thresholds").fetchall()
    )
    yield from _earlier_month(connection)
    yield from _lost_members(connection, limits["regression_lost_members_ratio"])
    yield from _worse_values(connection, limits)
    yield from _older_retrievals(connection)


def _earlier_month(connection: duckdb.DuckDBPyConnection) -> Iterator[Message]:
    """The month that the app opens on goes back although the day of the build does not."""
    rows = connection.execute("""
        SELECT strftime(old.as_of_month, '%Y-%m'), strftime(new.as_of_month, '%Y-%m')
        FROM mart.metadata AS new, last.metadata AS old
        WHERE new.as_of_month < old.as_of_month AND new.as_of >= old.as_of
    """).fetchall()
    for before, after in rows:
        yield Message("regression.month", {"before": before, "after": after})


def _lost_members(connection: duckdb.DuckDBPyConnection, lost_ratio: float) -> Iterator[Message]:
    """Members of the last publication's month that are members no more, in that month or else in the new one."""
    rows = connection.execute("""
        WITH months AS (
            SELECT DISTINCT old.as_of_month AS before, unnest([old.as_of_month, new.as_of_month]) AS after,
                old.membership_profile
            FROM mart.metadata AS new JOIN last.metadata AS old USING (seeds_hash)
            WHERE new.as_of_month >= old.as_of_month
        ), fates AS (
            SELECT m.before, m.after, was.project_id, coalesce(now.is_member, false) AS is_kept
            FROM months AS m
            JOIN last.landscape_members AS was
                ON was.as_of_month = m.before AND was.profile = m.membership_profile AND was.is_member
            LEFT JOIN mart.landscape_members AS now
                ON now.as_of_month = m.after AND now.profile = m.membership_profile AND now.project_id = was.project_id
        )
        SELECT strftime(before, '%Y-%m'), strftime(after, '%Y-%m'), count(*),
            coalesce(list(project_id ORDER BY project_id) FILTER (NOT is_kept), [])
        FROM fates GROUP BY ALL ORDER BY ALL
    """).fetchall()
    for before, after, members_count, lost in rows:
        if len(lost) > max(_LOST_COUNT, lost_ratio * members_count):
            yield Message(
                "regression.members",
                {
                    "before": before,
                    "after": after,
                    "lost_count": len(lost),
                    "members_count": members_count,
                    "projects": ", ".join(lost[:_NAMED]) + (", …" if len(lost) > _NAMED else ""),
                },
            )
            return


def _worse_values(connection: duckdb.DuckDBPyConnection, limits: Mapping[str, float]) -> Iterator[Message]:
    """Metrics whose published values are missing, or moved by a common factor: the median of new / old."""
    rows = connection.execute("""
        WITH old AS (
            SELECT o.* FROM last.project_metrics_monthly AS o JOIN mart.projects USING (project_id)
            WHERE NOT o.is_partial
                AND o.month < (SELECT date_trunc('month', least(new.as_of, old.as_of) + 1)
                    FROM mart.metadata AS new, last.metadata AS old)
        )
        SELECT o.source, o.metric_id, count(*), count(*) FILTER (n.value IS NULL),
            count(DISTINCT n.project_id),
            count(*) FILTER (o.value > 0 AND n.value IS NOT NULL),
            median(n.value / o.value) FILTER (o.value > 0)
        FROM old AS o LEFT JOIN mart.project_metrics_monthly AS n
            ON n.source = o.source AND n.metric_id = o.metric_id
                AND n.project_id = o.project_id AND n.month = o.month
        GROUP BY ALL ORDER BY ALL
    """).fetchall()
    largest = limits["regression_common_factor_ratio"]
    for source, metric_id, values_count, lost_count, projects_count, shared_count, factor in rows:
        if values_count < limits["regression_values_count"]:
            continue
        of = {"source": source, "metric": metric_id}
        if lost_count > limits["regression_lost_values_ratio"] * values_count:
            yield Message("regression.values", of | {"lost_count": lost_count, "values_count": values_count})
        if shared_count >= limits["regression_values_count"] and not 1 / largest <= factor <= largest:
            yield Message(
                "regression.factor",
                of | {"factor": factor, "values_count": shared_count, "projects_count": projects_count},
            )


def _older_retrievals(connection: duckdb.DuckDBPyConnection) -> Iterator[Message]:
    """Sources that were asked later for the last publication than for this one: bronze of them went missing."""
    rows = connection.execute("""
        WITH old AS (
            SELECT source, max(retrieved_at) AS before FROM last.refresh_runs WHERE loaded_count > 0 GROUP BY source
        ), new AS (
            SELECT source, max(retrieved_at) AS after FROM mart.refresh_runs GROUP BY source
        )
        SELECT source, strftime(before, '%Y-%m-%d %H:%M'), strftime(after, '%Y-%m-%d %H:%M')
        FROM old LEFT JOIN new USING (source)
        WHERE (after IS NULL OR after < before)
            AND (SELECT new.as_of >= old.as_of FROM mart.metadata AS new, last.metadata AS old)
        ORDER BY source
    """).fetchall()
    for source, before, after in rows:
        if after is None:
            yield Message("regression.vanished", {"source": source, "before": before})
        else:
            yield Message("regression.stale", {"source": source, "before": before, "after": after})
