"""The build file's ground floor: seeds as small tables, bronze as views over its Parquet files.

Views, not copies: bronze is immutable per partition, so a second copy could only differ from it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from pipelines.floor.periods import Days, Month
from pipelines.seeds.accounts import ACCOUNT_CLASSES
from pipelines.sources import registry
from pipelines.sources.gharchive.layout import ALL_DAYS, GHARCHIVE, event_files
from pipelines.sources.gharchive.staging import event_view
from pipelines.sources.github_facts.bronze import fact_files
from pipelines.sources.source import RUNS_SCHEMA, StagingView
from pipelines.warehouse.connection import fetch_row
from pipelines.warehouse.ddl import identifier, quoted
from pipelines.warehouse.facts import select_added_facts
from pipelines.warehouse.load import load_frame
from pipelines.warehouse.seed_frames import seed_frames

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import duckdb

    from pipelines.seeds import Seeds
    from pipelines.warehouse.seed_frames import BuildFacts

SIMULATED_ACTOR_IDS = range(10**15, 10**15 + 10**9)
"""Numbers of the sample's made-up accounts. GitHub's own are below 10⁹; any other is taken as real."""


def load_staging(
    connection: duckdb.DuckDBPyConnection,
    seeds: Seeds,
    facts: BuildFacts,
    bronze_dir: Path,
) -> int:
    """Replace schema ``staging``; returns the number of seed rows loaded.

    Parameters
    ----------
    connection
        The build file.
    seeds, facts
        Become tables.
    bronze_dir
        Its Parquet files become views, as the sources declare them.
    """
    rows_count = sum(
        load_frame(connection, "staging", table, frame) for table, frame in seed_frames(seeds, facts)
    )
    views = _source_views(bronze_dir)
    for shown in views:
        _load_view(connection, shown)
    for shown in views:
        if shown.name in _EVENT_VIEWS:
            _load_event_view(connection, shown, shown, fact_files(bronze_dir))
    load_frame(connection, "staging", "source_runs", _source_runs(bronze_dir, facts.data_profile))
    load_collaboration_days(connection, read_collaboration_days(connection, facts.as_of_month))
    _load_judgements(connection, seeds)
    for view, select in _DERIVED_VIEWS.items():
        connection.execute(f"CREATE OR REPLACE VIEW staging.{identifier(view)} AS {select}")
    return rows_count


def _source_views(bronze_dir: Path) -> list[StagingView]:
    """The views over bronze; sources that share one contribute their files to it together."""
    views: dict[str, StagingView] = {}
    for source in registry.SOURCES:
        for view in source.staging(bronze_dir):
            shared = views.get(view.name)
            files = [*(shared.files if shared else ()), *view.files]
            views[view.name] = replace(
                view,
                files=sorted(set(files)) if shared else files,
                has_earlier_files=view.has_earlier_files or (shared is not None and shared.has_earlier_files),
            )
    return list(views.values())


def _source_runs(bronze_dir: Path, data_profile: str) -> pl.DataFrame:
    """Each retrieval of each source."""
    runs = []
    for source in registry.SOURCES:
        origin = (data_profile == "sample" and source.sample_origin) or source.origin
        runs.append(source.runs(bronze_dir).select(pl.lit(origin).alias("source"), *RUNS_SCHEMA))
    return pl.concat(runs).sort("source", "retrieved_at")


_DERIVED_VIEWS = {
    # Two vintages of a series are two computations: what does not name a vintage uses the newest.
    "current_series": """
        SELECT s.* FROM staging.series AS s
        SEMI JOIN (SELECT metric_id, arg_max(vintage, retrieved_at) AS vintage FROM staging.series GROUP BY metric_id)
            AS newest USING (metric_id, vintage)
    """,
    "observations": """
        SELECT o.* FROM staging.all_observations AS o
        ANTI JOIN staging.seed_disputed_observations AS d USING (repo_full_name, repo_id)
    """,
    # A live pull brings a series whole: before its first value, back to the repository's creation, nothing
    # happened. The archive has nothing older than 2015. The sample states which months were retrieved.
    "series_extents": """
        SELECT
            e.repo_full_name,
            if(
                f.data_profile = 'live'
                AND e.extent_from = min(e.extent_from) OVER (PARTITION BY e.repo_full_name, e.vintage),
                greatest(least(e.extent_from, c.created_month), DATE '2015-01-01'),
                e.extent_from
            ) AS extent_from,
            e.extent_through, e.vintage
        FROM staging.pulled_extents AS e
        LEFT JOIN (
            SELECT lower(repo_full_name) AS name_key, date_trunc('month', min(created_at))::DATE AS created_month
            FROM staging.observations
            GROUP BY name_key
        ) AS c ON c.name_key = lower(e.repo_full_name)
        CROSS JOIN staging.build_facts AS f
    """,
    "current_extents": """
        SELECT e.* FROM staging.series_extents AS e
        SEMI JOIN (SELECT DISTINCT vintage FROM staging.current_series) AS newest USING (vintage)
    """,
    "events": f"""
        SELECT * REPLACE (coalesce(archive, '{GHARCHIVE}') AS archive),
            staging.source_of(actor_id) AS source, lower(actor_login) AS login_key
        FROM staging.event_rows
    """,
    # Pushing, starring or forking alone is no collaboration. A CASE stops at the first of five that fits; DuckDB turns
    # IN into a join, twice the work.
    "collaborating_events": """
        FROM staging.events
        WHERE CASE event_type
            WHEN 'PullRequestEvent' THEN true
            WHEN 'IssueCommentEvent' THEN true
            WHEN 'PullRequestReviewEvent' THEN true
            WHEN 'IssuesEvent' THEN true
            WHEN 'PullRequestReviewCommentEvent' THEN true
            ELSE false
        END
        AND staging.is_looked_at(created_at)
    """,
    "collaborations": "FROM staging.collaborating_events WHERE staging.is_person(actor_id, login_key)",
}


def look_at_days(connection: duckdb.DuckDBPyConnection, bronze_dir: Path, days: Days) -> None:
    """Narrow the views over events to the files that hold `days`, and ``staging.collaborations`` to these days.

    For a question about a few days of ten years: files of other months are not even opened.
    ``staging.all_event_rows`` goes on showing all of them.
    """
    shown = event_view("event_rows", event_files(bronze_dir, days))
    near = event_view("event_rows", event_files(bronze_dir, days.with_neighbours()))
    _load_event_view(connection, shown, near, fact_files(bronze_dir), days)
    load_collaboration_days(connection, days)


def _load_judgements(connection: duckdb.DuckDBPyConnection, seeds: Seeds) -> None:
    """Load the rules over an account's number and login, and the weights of actions, as macros.

    Numbers and texts of the seeds are spelt out in them: joined with tables, each event costs several times as much.
    """
    first, last = SIMULATED_ACTOR_IDS[0], SIMULATED_ACTOR_IDS[-1]
    connection.execute(
        "CREATE OR REPLACE MACRO staging.source_of(actor_id) AS"
        f" if(actor_id BETWEEN {first} AND {last}, 'gharchive-simulated', 'gharchive')"
    )
    # One number to find the newest event by: comparing pairs of them takes twice the time.
    connection.execute(
        "CREATE OR REPLACE MACRO staging.moment_of(created_at, event_id) AS"
        f" epoch_us(created_at)::HUGEINT * {2**63} + event_id"
    )
    for macro in account_macros(seeds):
        connection.execute(f"CREATE OR REPLACE MACRO staging.{macro}")
    weights = [f"WHEN {quoted(kind)} THEN {weight!r}::DOUBLE" for kind, weight in seeds.openrank.weights]
    connection.execute(
        f"CREATE OR REPLACE MACRO staging.weight_of(kind) AS CASE kind {' '.join(weights)} ELSE 0 END"
    )


def account_macros(seeds: Seeds) -> tuple[str, str]:
    """Define which accounts are persons, and the class of every other account, as macros.

    Only persons link anything. The class is found out for the few accounts alone that are no persons.
    """
    endings = [
        f"ends_with(login_key, {quoted(rule.login_key)})"
        for rule in seeds.account_rules
        if rule.is_suffix and rule.login_key
    ]
    is_barred = " OR ".join(
        [
            "actor_id IN (SELECT number FROM staging.barred_numbers)",
            "login_key IN (SELECT login FROM staging.barred_logins)",
            *endings,
        ]
    )
    is_known = "coalesce(actor_id IS NOT NULL AND login_key <> '', false)"
    cases = [
        f"WHEN {_is_listed(seeds, account_class)} THEN {quoted(account_class)}"
        for account_class in ACCOUNT_CLASSES
        if account_class in _NAMED_CLASSES
    ]
    return (
        f"is_person(actor_id, login_key) AS {is_known} AND NOT coalesce({is_barred}, false)",
        "class_of(actor_id, login_key) AS CASE WHEN staging.is_person(actor_id, login_key) THEN 'person'"
        f" WHEN NOT {is_known} THEN 'unknown' {' '.join(cases)} ELSE 'bot' END",
    )


_NAMED_CLASSES = ("unknown", "agent")
"""Classes that a name or number decides: few accounts, so the macro lists them."""


def _is_listed(seeds: Seeds, account_class: str) -> str:
    rules = [rule for rule in seeds.account_rules if rule.account_class == account_class]
    numbers = sorted({rule.actor_id for rule in rules if rule.actor_id is not None})
    logins = sorted({rule.login_key for rule in rules if rule.login_key is not None})
    texts = ", ".join(map(quoted, logins))
    return f"list_contains({numbers}::BIGINT[], actor_id) OR list_contains([{texts}]::VARCHAR[], login_key)"


def load_collaboration_days(connection: duckdb.DuckDBPyConnection, days: Days) -> None:
    """Set the days that ``staging.collaborations`` shows."""
    frame = pl.DataFrame({"first_day": [days.first], "last_day": [days.last]})
    load_frame(connection, "staging", "collaboration_days", frame)
    # Spelt out: compared with the table, each event is joined with it twice, as much work as reading it.
    connection.execute(
        "CREATE OR REPLACE MACRO staging.is_looked_at(moment) AS"
        f" (moment >= TIMESTAMP '{days.first}' AND moment <= TIMESTAMP '{days.last} 23:59:59.999999')"
    )


def read_collaboration_days(connection: duckdb.DuckDBPyConnection, as_of_month: Month) -> Days:
    """January to the newest month with events, at most `as_of_month`: the window of the landscape.

    Without events, the year up to `as_of_month`.
    """
    (newest,) = fetch_row(
        connection,
        "SELECT max(hour)::DATE FROM staging.event_files WHERE kept > 0 AND hour::DATE <= ?",
        [as_of_month.last_day],
    )
    month = as_of_month if newest is None else Month.of(newest)
    return Days.year_to_date(month.last_day)


_EVENT_VIEWS = ("event_rows", "all_event_rows")
"""Views of the archives' events, to which GitHub's facts are added."""


def _load_event_view(
    connection: duckdb.DuckDBPyConnection,
    shown: StagingView,
    around: StagingView,
    facts: Sequence[Path],
    days: Days = ALL_DAYS,
) -> None:
    """Make a view show events of the archives, and GitHub's facts of `days` that none of `around` has.

    Without facts it is the archives' files alone, as fast as ever.
    """
    if not facts:
        _load_view(connection, shown)
        return
    archived, near = f"archived_{shown.name}", f"near_{shown.name}"
    _load_view(connection, replace(shown, name=archived))
    _load_view(connection, replace(around, name=near))
    repo_ids = [
        row[0] for row in connection.execute("SELECT DISTINCT repo_id FROM staging.fact_rows").fetchall()
    ]
    added = select_added_facts(f"staging.{identifier(near)}", "staging.fact_rows", repo_ids, days)
    connection.execute(
        f"CREATE OR REPLACE VIEW staging.{identifier(shown.name)} AS"
        f" FROM staging.{identifier(archived)} UNION ALL BY NAME ({added})"
    )


def _load_view(connection: duckdb.DuckDBPyConnection, view: StagingView) -> None:
    """Make a view show the rows of its files, or no rows with the columns of its schema."""
    empty = f"no_{view.name}"
    if not view.files or view.has_earlier_files:
        load_frame(connection, "staging", empty, view.schema.to_frame())
    listed = ", ".join(quoted(str(path)) for path in view.files)
    if not view.files:
        select = f"FROM staging.{identifier(empty)}"
    elif view.has_earlier_files:
        select = (
            f"FROM staging.{identifier(empty)} UNION ALL BY NAME"
            f" FROM read_parquet([{listed}], hive_partitioning = false, union_by_name = true)"
        )
    else:
        select = f"FROM read_parquet([{listed}], hive_partitioning = false)"
    connection.execute(f"CREATE OR REPLACE VIEW staging.{identifier(view.name)} AS {select}")
