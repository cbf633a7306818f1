"""Every published aggregate says how many it rests on, of how many."""

from __future__ import annotations

import re

import pytest

from pipelines.tables.contracts import PUBLISHED

AGGREGATE = re.compile(r"(^|_)(rank|mean|sum|median|quartile|correlation|growth_ratio|survival_ratio)(_|$)")
"""Columns that put several projects, repositories or months into one number."""

KNOWN_OF = {
    "openrank_months": ("hours_loaded_count", "hours_expected_count"),
    "landscape_members": ("months_count", "window_months_count"),
    "membership_watch_list": ("months_count", "window_months_count"),
    "project_rankings": ("known_projects_count", "existing_projects_count"),
    "project_rankings_by_scope": ("known_projects_count", "existing_projects_count"),
    "project_ranks_monthly": ("known_projects_count", "existing_projects_count"),
    "scope_openrank_monthly": ("known_projects_count", "existing_projects_count"),
    "domain_growth": ("compared_projects_count", "projects_count"),
    "technology_area_annual": ("covered_repos_count", "repos_count"),
    "survival_curves": ("excluded_count", "projects_count"),
}
"""Table → what is known (or left out) and what there is."""

COMPLETE = {
    "project_status": "latest_months_count says of how many of three months",
    "openrank_comparison": "compares pairs that both have; nothing else exists to compare",
    "edge_evidence": "its rank orders a list, and left_out_count counts the rest of it",
    "exploration_candidates": "its rank orders what one search found",
    "domain_connectivity": "every labelled project is in every network, by a rule of graph_nodes",
}
"""Table → why its number needs no second one."""


def aggregates() -> dict[str, list[str]]:
    found = {
        table: [name for name in contract.column_names() if AGGREGATE.search(name)]
        for table, contract in PUBLISHED.items()
    }
    return {table: columns for table, columns in found.items() if columns}


def test_no_aggregate_is_published_without_what_it_rests_on() -> None:
    assert aggregates().keys() == KNOWN_OF.keys() | COMPLETE.keys()


@pytest.mark.parametrize("table", KNOWN_OF)
def test_both_numbers_are_columns_that_are_never_null(table: str, landscape) -> None:
    for name in KNOWN_OF[table]:
        assert not PUBLISHED[table].columns()[name].nullable
    known, existing = KNOWN_OF[table]
    rows, more = landscape.execute(
        f"SELECT count(*), count(*) FILTER ({known} > {existing}) FROM {table}"
    ).fetchone()
    assert rows
    if table != "survival_curves":
        assert more == 0
