"""The reader reads published answers and computes others with the function that makes the publication."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipelines.floor.errors import UnknownChoiceError
from pipelines.floor.periods import Month
from pipelines.landscape.changes import Vantage
from pipelines.published import open_landscape
from pipelines.published.answer import Answer
from pipelines.published.rankings import Rankings


@pytest.fixture(scope="module")
def published(sample_data_dir):
    return open_landscape(sample_data_dir / "public")


@pytest.mark.parametrize("scope", ["landscape", "domain=Serving", "subdomain=Inference Deploy"])
@pytest.mark.parametrize("window_months", [None, 1, 12])
def test_a_published_ranking_equals_the_computed_one(published, scope, window_months):
    month = Month(2025, 4)
    read = published.rankings.ranking(month, window_months=window_months, scope=scope)
    window = published.choices.window(month, window_months)
    computed = Rankings(published)._computed(month, window, published.defaults.profile, scope)
    assert not read.is_computed
    assert computed.is_computed
    assert read.frame.height > 3
    assert_frame_equal(read.frame, computed.frame)


def test_a_ranking_over_a_window_that_is_not_published_is_computed(published):
    found = published.rankings.ranking("2025-04", window_months=5, top=3)
    assert found.is_computed
    assert found.frame["rank"].to_list() == [1, 2, 3]
    assert found.frame["window_start"].unique().to_list() == [date(2024, 12, 1)]


def test_published_changes_are_what_would_be_computed(published):
    read = published.changes.between("2025-03", "2025-04")
    assert not read.is_computed
    computed = published.changes._computed(*vantages(published, "2025-03", "2025-04"))
    columns = computed.frame.columns
    assert_frame_equal(read.frame.select(columns), computed.frame, check_row_order=False)
    assert published.changes.between("2025-01", "2025-04").is_computed


def vantages(published, *months):
    rule, version = published.defaults.profile, published.defaults.taxonomy_version
    return [Vantage(Month.parse(month), rule, version) for month in months]


def test_published_domain_growth_equals_the_computed_one(published):
    everyone = published.choices.projects_in().to_list()
    read, computed = published.growth.domains("2025-04"), published.growth.domains("2025-04", only=everyone)
    assert not read.is_computed
    assert computed.is_computed
    assert_frame_equal(read.frame, computed.frame)


def test_stars_of_a_project_that_is_not_ranked_are_those_observed_by_then(published):
    stars = published.rankings.stars("2025-04").frame
    assert stars["project_id"].is_unique().all()
    assert set(stars["stars_basis"]) == {"observed", "observed_later_only", "unknown"}
    counted = stars.filter(pl.col("stars_count").is_not_null())
    assert set(counted["stars_basis"]) == {"observed"}
    assert (counted["stars_observed_on"] <= date(2025, 4, 30)).all()
    assert (stars.filter(stars_basis="observed_later_only")["stars_observed_on"] > date(2025, 4, 30)).all()


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda choices: choices.month("2031-01"), "is after the last month with OpenRank; published are"),
        (lambda choices: choices.month("1999-01"), "is before the first month with OpenRank; published are"),
        (lambda choices: choices.month("2025-4"), "expected a month as YYYY-MM"),
        (lambda choices: choices.profile("nope"), 'there is no "nope"'),
        (lambda choices: choices.taxonomy("1999"), 'there is no "1999"'),
        (lambda choices: choices.scope("domain=Servin"), "did you mean"),
        (lambda choices: choices.scope("planet=Earth"), 'there is no "planet"'),
        (lambda choices: choices.project("vlm"), "did you mean"),
    ],
)
def test_unpublished_choices_are_refused_with_the_published_ones(published, ask, says):
    with pytest.raises(UnknownChoiceError, match=says):
        ask(published.choices)


def test_a_project_is_found_by_id_name_and_repository_in_any_case(published):
    found = {published.choices.project(text) for text in ("vllm", "vLLM", "VLLM-project/vllm")}
    assert found == {"vllm"}


def test_an_answer_gives_its_rows_again(published):
    for answer in (
        published.rankings.ranking("2025-04", top=5),
        published.network.neighbours("vllm", 3),
        published.provenance.coverage(),
    ):
        again = published.generation.ask(answer.sql, {**answer.params})
        assert again.height > 0
        assert_frame_equal(answer.frame, again)
        assert_frame_equal(answer.frame, published.generation.ask(answer.runnable_sql))


@pytest.mark.parametrize(
    ("value", "sql"),
    [
        (None, "NULL"),
        (True, "True"),
        ("it's", "'it''s'"),
        (date(2025, 4, 1), "DATE '2025-04-01'"),
        (datetime(2025, 4, 1, 7), "TIMESTAMP '2025-04-01 07:00:00'"),  # noqa: DTZ001 - as the file has it
        (("a", 1.5), "['a', 1.5]"),
    ],
)
def test_a_parameter_is_written_as_duckdb_reads_it(value, sql):
    answer = Answer(
        pl.DataFrame(), "SELECT $one AS one, '$two' AS two, $one_more", {"one": value, "one_more": 1}
    )
    assert answer.runnable_sql == f"SELECT {sql} AS one, '$two' AS two, 1"
