"""The landscape's tables when there is hardly anything to compute them from: the others are still computed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipelines.build import prepare
from pipelines.floor.settings import load_settings
from pipelines.tables.checks import check_table
from pipelines.tables.registry import TABLES_BY_NAME
from pipelines.tables.runner import Runner

LANDSCAPE_TABLES = (
    "landscape_members",
    "membership_watch_list",
    "project_rankings",
    "project_rankings_by_scope",
    "project_ranks_monthly",
    "domain_growth",
    "technology_area_annual",
    "landscape_changes",
    "project_status",
    "survival_curves",
)


@pytest.fixture
def rebuilt(spoilable_build):
    """Counts of the landscape's tables, reloaded after some SQL has removed data."""
    this_build = prepare(load_settings(), datetime(2025, 5, 1, tzinfo=UTC))

    def rebuild(*statements: str) -> dict[str, int]:
        for statement in statements:
            spoilable_build.execute(statement)
        runner = Runner(this_build, spoilable_build)
        counts = {table: runner.load(TABLES_BY_NAME[f"mart.{table}"]) for table in LANDSCAPE_TABLES}
        broken = [
            str(result)
            for table in LANDSCAPE_TABLES
            for result in check_table(spoilable_build, table)
            if not result.has_passed
        ]
        assert broken == []
        return counts

    return rebuild


def test_without_any_project_series_only_the_areas_are_left(rebuilt):
    counts = rebuilt(
        "DELETE FROM mart.project_openrank_monthly",
        "DELETE FROM core.known_months",
    )
    assert counts.pop("technology_area_annual") > 0
    assert counts.pop("project_status") > 0
    assert counts.pop("survival_curves") > 0
    assert set(counts.values()) == {0}


def test_without_any_series_the_published_rule_still_finds_its_nine(rebuilt, spoilable_build):
    rebuilt(
        "DELETE FROM mart.project_openrank_monthly",
        "DELETE FROM core.known_months",
    )
    statuses = dict(
        spoilable_build.execute(
            "SELECT status, count(*) FROM mart.project_status WHERE as_of = DATE '2025-05-20' GROUP BY 1"
        ).fetchall()
    )
    assert statuses["graveyard"] == 11
    assert statuses["unknown"] > 80, "whoever is on no list of GitHub is unknown, not dead"


def test_one_month_is_ranked_and_compared_with_nothing(rebuilt, spoilable_build):
    counts = rebuilt(
        "DELETE FROM mart.project_openrank_monthly WHERE month <> DATE '2025-04-01'",
        "DELETE FROM core.known_months WHERE month <> DATE '2025-04-01'",
    )
    assert counts["landscape_changes"] == 0
    assert counts["project_rankings"] > 100
    # Only a project younger than a year has a change: it counts with 0 where it did not exist.
    priors = spoilable_build.execute(
        "SELECT DISTINCT openrank_prior_mean FROM mart.project_rankings ORDER BY ALL"
    ).fetchall()
    assert priors == [(0.0,), (None,)]


def test_hole_in_the_window_leaves_the_others_as_they_were(rebuilt, spoilable_build):
    sql = (
        "SELECT project_id, openrank_mean, months_count FROM mart.project_rankings"
        " WHERE as_of_month = DATE '2025-04-01' AND project_id IN ('pytorch', 'vllm') ORDER BY 1"
    )
    (pytorch, _) = spoilable_build.execute(sql).fetchall()
    hole = "project_id = 'vllm' AND month = DATE '2025-02-01'"
    rebuilt(
        f"DELETE FROM mart.project_openrank_monthly WHERE {hole}",
        f"DELETE FROM core.known_months WHERE {hole}",
    )
    assert spoilable_build.execute(sql).fetchall() == [
        pytorch,
        ("vllm", pytest.approx((489.91 + 667.56 + 723.17) / 3), 3),
    ]


def test_project_without_a_label_is_ranked_in_the_whole_landscape_alone(rebuilt, spoilable_build):
    rebuilt("DELETE FROM mart.project_domains WHERE domain = 'Serving'")
    scopes = spoilable_build.execute(
        "SELECT DISTINCT scope FROM mart.project_rankings_by_scope WHERE project_id = 'vllm'"
    ).fetchall()
    assert scopes == [("landscape",)]
    assert spoilable_build.execute("SELECT count(DISTINCT domain) FROM mart.domain_growth").fetchall() == [
        (18,)
    ]
