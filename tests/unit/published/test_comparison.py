"""Projects side by side: one function for the page and the command, and reasons that are true."""

from __future__ import annotations

import polars as pl
import pytest

from pipelines.published import open_landscape


@pytest.fixture(scope="module")
def published(sample_data_dir):
    return open_landscape(sample_data_dir / "public")


def cell(card, measure, project):
    return card.filter(measure=measure, project_id=project).row(0, named=True)


@pytest.fixture(scope="module")
def card(published):
    return published.comparison.card(["vllm", "sglang"], "2025-04")


def test_stars_observed_later_say_so_and_not_that_the_project_is_no_member(card):
    assert cell(card, "stars in all", "vllm")["value"] == "46,163"
    sglang = cell(card, "stars in all", "sglang")
    assert sglang["value"] is None
    assert sglang["not_available"] == "published only as observed on 2025-06-18, after 2025-04"
    assert cell(card, "rank", "sglang")["value"] == "8"


def test_a_change_that_is_unknown_names_the_months_that_were_not_retrieved(card):
    reason = cell(card, "openrank year on year", "sglang")["not_available"]
    assert reason == "0 of 4 months of 2024-01..2024-04 were retrieved: unknown, not 0"
    quarter = cell(card, "openrank growth 2024 Q4", "sglang")["not_available"]
    assert quarter == "no value in 2024-10, 2024-11, 2024-12"


def test_no_row_of_any_card_is_empty(card):
    """The catalogue names the metrics without a series in the sample; every other row must be able to hold a value."""
    assert "contributors" not in card["measure"].to_list()
    without = card.group_by("measure").agg(pl.col("value").is_null().all()).filter("value")["measure"]
    assert set(without) <= set(published_metrics())


def published_metrics():
    return {
        "attention",
        "bus_factor",
        "change_requests",
        "change_requests_accepted",
        "issues_closed",
        "issues_new",
        "new_contributors",
        "participants",
        "stars",
        "technical_fork",
    }


def test_every_row_has_a_value_or_a_reason_and_never_both(card):
    both = pl.col("value").is_null() == pl.col("not_available").is_null()
    assert card.filter(both).is_empty()


def test_a_project_that_is_no_member_has_its_reason_and_its_change(published):
    verdicts = published.members.verdicts(("2025-04",), (published.defaults.profile,)).frame
    out = verdicts.filter(pl.col("is_member").not_() & (pl.col("openrank_mean") > 0))["project_id"].to_list()
    compared = published.comparison.projects(["vllm", *out], "2025-04")
    assert compared.is_computed
    row = compared.frame.filter(project_id=out[0]).row(0, named=True)
    assert row["rank"] is None
    assert row["openrank_mean"] == verdicts.filter(project_id=out[0])["openrank_mean"].item()
    why = cell(published.comparison.card(["vllm", out[0]], "2025-04"), "rank", out[0])["not_available"]
    assert why == f"no member: {row['reason']}"


def test_a_published_ranking_is_read(published):
    compared = published.comparison.projects(["sglang", "vllm"], "2025-04")
    assert not compared.is_computed
    ranking = published.rankings.ranking("2025-04").frame
    for row in compared.frame.iter_rows(named=True):
        ranked = ranking.filter(project_id=row["project_id"]).row(0, named=True)
        for column in ("rank", "openrank_mean", "openrank_yoy_delta", "openrank_yoy_ratio", "stars_count"):
            assert row[column] == ranked[column], column
    assert compared.frame["project_id"].to_list() == ["sglang", "vllm"]
