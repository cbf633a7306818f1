"""Each person's activity in each repository in a month, by SQL over the events, and the counts each rule left out.

Belongs here: the rules from events to the pairs that OpenRank is computed on. Must not: OpenRank itself. Works on
a scratch database with the ground floor of the build: see `pipelines.warehouse.connection.open_scratch`.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from pipelines.floor.periods import Days
from pipelines.seeds.parameters import ActivityWeights
from pipelines.warehouse.connection import fetch_row
from pipelines.warehouse.ddl import quoted
from pipelines.warehouse.load import load_frame, load_sql, read_sql
from pipelines.warehouse.staging import look_at_days

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import duckdb

    from pipelines.floor.periods import Month

_KINDS = (*ActivityWeights.model_fields, "pull_request_closed")
_LEFT_OUT = ("bot", "agent", "unknown", "snyk")

_ACTIVITY_SQL = ("month_actions", "month_pairs", "month_counted_pairs", "month_crowd", "month_activity")

_ROWS_AT_ONCE = 5_000_000
"""Events that are weighed together: what DuckDB holds of them is then a small part of a gigabyte."""


@dataclass(frozen=True, slots=True)
class Drops:
    """Counts that the rules left out of a month's activity.

    Attributes
    ----------
    bots_count, bot_actions_count
        Accounts of class bot, and their distinct actions.
    snyk_actions_count
        People's actions on issues and pull requests whose title begins with ``[snyk]``.
    push_only_pairs_count
        Pairs of a person and a repository in which the person only pushed.
    weightless_pairs_count
        Pairs in which the person only closed pull requests, which weighs nothing.
    crowd_people_count, crowd_pairs_count
        Accounts in more repositories than the cap allows, and the pairs that went with them.
    agents_count, agent_actions_count
        Accounts of class agent, and their distinct actions; a file from before classes counts them among the bots.
    unknown_accounts_count, unknown_account_actions_count
        The same of class unknown; accounts without a number are not counted, their actions are.
    """

    bots_count: int
    bot_actions_count: int
    snyk_actions_count: int
    push_only_pairs_count: int
    weightless_pairs_count: int
    crowd_people_count: int
    crowd_pairs_count: int
    agents_count: int = 0
    agent_actions_count: int = 0
    unknown_accounts_count: int = 0
    unknown_account_actions_count: int = 0


def load_month_pairs(
    connection: duckdb.DuckDBPyConnection, bronze_dir: Path, month: Month, event_source: str
) -> None:
    """Weigh what happened in a month, as tables and views ``core.month_*``.

    Parameters
    ----------
    connection
        A scratch database with the ground floor; its views over events show that month afterwards.
    bronze_dir
        Folder of the bronze files.
    month
        The month.
    event_source
        ``gharchive`` or ``gharchive-simulated``: the two never count together.
    """
    _show_events(connection, bronze_dir, month, event_source, "true")
    _weigh(connection)


def load_pairs_around(
    connection: duckdb.DuckDBPyConnection,
    bronze_dir: Path,
    month: Month,
    event_source: str,
    repo_ids: Sequence[int],
) -> None:
    """The same, only for people active in some repositories: all their activity, anywhere.

    Every rule judges one event, one pair or one person, so it leaves the same of these people as in the whole.
    """
    _show_events(connection, bronze_dir, month, event_source, "true")
    load_frame(
        connection, "core", "month_repositories", pl.DataFrame({"repo_id": repo_ids}, {"repo_id": pl.Int64})
    )
    people = connection.sql(
        "SELECT DISTINCT actor_id FROM staging.month_events SEMI JOIN core.month_repositories USING (repo_id)"
    ).pl()
    load_frame(connection, "core", "month_people", people)
    _show_events(
        connection, bronze_dir, month, event_source, "actor_id IN (SELECT actor_id FROM core.month_people)"
    )
    _weigh(connection)


def read_event_sources(connection: duckdb.DuckDBPyConnection, bronze_dir: Path, month: Month) -> list[str]:
    """The sources of a month's events, in order; none for a month without events."""
    look_at_days(connection, bronze_dir, Days.of_month(month))
    rows = connection.execute("SELECT DISTINCT source FROM staging.events ORDER BY source").fetchall()
    return [source for (source,) in rows]


def read_activity(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """``repo_id, actor_id, activity`` of every pair that counts, ordered by repository and person."""
    frame: pl.DataFrame = connection.sql(read_sql("core", "month_activity")).pl()
    return frame


def read_names(connection: duckdb.DuckDBPyConnection, event_source: str) -> pl.DataFrame:
    """``repo_id, repo_full_name``: the newest name of each repository in the month."""
    frame: pl.DataFrame = connection.sql(
        read_sql("core", "month_names"), params={"event_source": event_source}
    ).pl()
    return frame


def read_repository_actions(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """What people did in the repositories of `load_pairs_around`.

    ``repo_id, actor_id, kind, actions_count``; ``kind`` as in `ActivityWeights`, or weightless.
    """
    frame: pl.DataFrame = connection.sql(read_sql("core", "repository_actions")).pl()
    return frame


def read_logins(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """``actor_id, actor_login``: the newest login of each account that is looked at."""
    frame: pl.DataFrame = connection.sql(read_sql("core", "month_logins")).pl()
    return frame


def read_drops(connection: duckdb.DuckDBPyConnection) -> Drops:
    """The counts that each rule left out."""
    return Drops(*fetch_row(connection, read_sql("core", "month_drops")))


def activity_method() -> str:
    """The text of everything that turns events into activity, for a fingerprint."""
    return "\n".join(read_sql("core", table) for table in _ACTIVITY_SQL)


def _show_events(
    connection: duckdb.DuckDBPyConnection, bronze_dir: Path, month: Month, event_source: str, condition: str
) -> None:
    look_at_days(connection, bronze_dir, Days.of_month(month))
    connection.execute(
        "CREATE OR REPLACE VIEW staging.month_events AS"
        f" FROM staging.events WHERE source = {quoted(event_source)} AND {condition}"
    )


def _weigh(connection: duckdb.DuckDBPyConnection) -> None:
    for name, values in (("action_kind", _KINDS), ("left_out", _LEFT_OUT)):
        listed = ", ".join(map(quoted, values))
        connection.execute(f"CREATE TYPE IF NOT EXISTS core.{name} AS ENUM ({listed})")
    for view in ("month_actions", "month_counted_pairs"):
        connection.execute(f"DROP VIEW IF EXISTS core.{view}")
    connection.execute(f"CREATE VIEW core.month_actions AS {read_sql('core', 'month_actions')}")
    _load_pairs(connection)
    connection.execute(f"CREATE VIEW core.month_counted_pairs AS {read_sql('core', 'month_counted_pairs')}")
    load_sql(connection, "core", "month_crowd")


def _load_pairs(connection: duckdb.DuckDBPyConnection) -> None:
    """Load ``core.month_pairs``, some repositories after the others: a pair lies in one, and a part in memory.

    Bronze is sorted by repository, so that each part is read once and alone.
    """
    pairs = read_sql("core", "month_pairs")
    connection.execute(f"CREATE OR REPLACE TABLE core.month_pairs AS FROM ({pairs}) LIMIT 0")
    for first, end in itertools.pairwise([0, *_cuts(connection), 2**63]):
        connection.execute(
            f"INSERT INTO core.month_pairs FROM ({pairs}) WHERE repo_id >= {first} AND repo_id < {end}"
        )


def _cuts(connection: duckdb.DuckDBPyConnection) -> list[int]:
    """Numbers of repositories between which lie about `_ROWS_AT_ONCE` events each."""
    (rows_count,) = fetch_row(connection, "SELECT count(*) FROM staging.event_rows")
    parts_count = rows_count // _ROWS_AT_ONCE + 1
    if parts_count == 1:
        return []
    shares = [part / parts_count for part in range(1, parts_count)]
    (cuts,) = fetch_row(connection, f"SELECT approx_quantile(repo_id, {shares}) FROM staging.event_rows")
    return sorted(set(cuts))
