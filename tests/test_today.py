"""What may be said of July 2026, from real values whose event stream had lost most events."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from pipelines.build import prepare
from pipelines.floor.settings import load_settings
from pipelines.tables.registry import TABLES
from pipelines.tables.runner import Runner

JULY = date(2026, 7, 1)

BOTH_YEARS = """
    SELECT o.project_id, avg(o.openrank) FILTER (year(month) = 2025 AND month <= DATE '2025-04-01') AS before,
        avg(o.openrank) FILTER (year(month) = 2026 AND basis = 'nowcast') AS after
    FROM project_openrank_monthly AS o GROUP BY 1 HAVING before IS NOT NULL AND after IS NOT NULL
"""
COUNTS = """
    SELECT project_id,
        avg(value) FILTER (metric_id = 'change_requests' AND source = 'github-window-mean' AND year(month) = 2025) AS pulls_before,
        avg(value) FILTER (metric_id = 'change_requests' AND source = 'github-counts') AS pulls_after,
        avg(value) FILTER (metric_id = 'issues_new' AND source = 'github-window-mean' AND year(month) = 2025) AS issues_before,
        avg(value) FILTER (metric_id = 'issues_new' AND source = 'github-counts') AS issues_after
    FROM project_metrics_monthly GROUP BY 1
"""


def test_the_direction_of_openrank_is_that_of_the_counts(landscape):
    rows = landscape.execute(
        f"SELECT project_id, before, after, pulls_before + issues_before, pulls_after + issues_after"
        f" FROM ({BOTH_YEARS}) JOIN ({COUNTS}) USING (project_id)"
    ).fetchall()
    assert len(rows) >= 30
    agreeing = [name for name, before, after, was, now in rows if (after > before) == (now > was)]
    assert len(agreeing) / len(rows) >= 0.9, sorted({row[0] for row in rows} - set(agreeing))


def test_nobody_who_opens_more_pull_requests_is_declining_or_dropped(landscape):
    growing = {
        name
        for (name,) in landscape.execute(
            f"SELECT project_id FROM ({COUNTS}) WHERE pulls_after > pulls_before"
        ).fetchall()
    }
    assert len(growing) >= 20
    declining = landscape.execute(
        "SELECT DISTINCT project_id FROM project_status WHERE as_of > DATE '2025-12-31' AND status = 'declining'"
    ).fetchall()
    dropped = landscape.execute(
        "SELECT DISTINCT project_id FROM landscape_changes WHERE kind = 'dropped' AND as_of_month_after > DATE '2025-09-01'"
    ).fetchall()
    assert growing.isdisjoint(name for (name,) in declining + dropped)


def test_who_has_no_counts_is_unknown_and_never_dropped(landscape):
    verdicts = landscape.execute(
        "SELECT m.is_member, o.basis, count(*) FROM landscape_members AS m"
        " JOIN project_openrank_monthly AS o ON o.project_id = m.project_id AND o.month = m.as_of_month"
        " WHERE m.as_of_month = ? AND m.profile = 'year-mean-10' GROUP BY ALL ORDER BY ALL NULLS FIRST",
        [JULY],
    ).fetchall()
    assert {basis: verdict for verdict, basis, _ in verdicts if basis == "unknown"} == {"unknown": None}
    assert sum(count for *_, count in verdicts) == 135
    kinds = dict(
        landscape.execute(
            "SELECT kind, count(*) FROM landscape_changes WHERE as_of_month_after > DATE '2025-09-01' GROUP BY 1"
        ).fetchall()
    )
    assert kinds.keys() == {"became_known", "became_unknown", "kept"}


def test_the_published_fall_is_not_believed(landscape):
    published, usable = landscape.execute(
        "SELECT sum(published), sum(openrank) FROM project_openrank_monthly WHERE month = ? AND basis = 'nowcast'",
        [JULY],
    ).fetchone()
    # A third of what they have by GitHub's own counts.
    assert published / usable < 0.35
    statuses = dict(
        landscape.execute(
            "SELECT status, count(*) FROM project_status WHERE as_of = DATE '2026-07-31' GROUP BY 1"
        ).fetchall()
    )
    assert "declining" not in statuses
    assert statuses["unknown"] > 90


@pytest.mark.slow
def test_without_any_count_nothing_after_september_2025_is_ranked(build_copy):
    columns = [
        name for name, *_ in build_copy.execute("DESCRIBE staging.repository_count_windows").fetchall()
    ]
    types = [
        kind for _, kind, *_ in build_copy.execute("DESCRIBE staging.repository_count_windows").fetchall()
    ]
    nothing = ", ".join(f"NULL::{kind} AS {name}" for name, kind in zip(columns, types, strict=True))
    build_copy.execute(
        f"CREATE OR REPLACE VIEW staging.repository_count_windows AS SELECT {nothing} WHERE false"
    )
    runner = Runner(prepare(load_settings(), datetime(2025, 5, 1, tzinfo=UTC)), build_copy)
    for table in TABLES:
        if table.stage in {"warehouse", "landscape", "graveyard"}:
            runner.load(table)

    def newest(select: str) -> date:
        (found,) = build_copy.execute(select).fetchone()
        return found

    assert newest("SELECT max(as_of_month) FROM mart.project_rankings") == date(2025, 9, 1)
    assert newest("SELECT max(month) FROM mart.project_ranks_monthly") == date(2025, 9, 1)
    assert newest("SELECT max(as_of_month_after) FROM mart.landscape_changes") == date(2025, 9, 1)
    month, known, existing = build_copy.execute(
        "SELECT month, known_projects_count, existing_projects_count FROM mart.month_completeness ORDER BY 1 DESC LIMIT 1"
    ).fetchone()
    assert (month, known, existing) == (JULY, 0, 146), "of one nobody knows when it was created"
    bases = build_copy.execute(
        "SELECT DISTINCT basis FROM mart.project_openrank_monthly WHERE month > DATE '2025-09-30'"
    ).fetchall()
    assert bases == [("unknown",)]
    ended = build_copy.execute(
        "SELECT count(*) FROM mart.project_status WHERE as_of > DATE '2025-12-31' AND status = 'declining'"
    ).fetchone()
    assert ended == (0,)
