"""The project page: it says what is unknown of a project and draws no empty table."""

from __future__ import annotations

import duckdb
import pytest

from app import charts
from app.labels import OPENRANK_PARTS
from pipelines.tables.contracts import PUBLISHED
from tests.app.test_pages import texts


def test_who_shares_people_with_nobody_has_no_empty_tables(open_page, sample_data_dir):
    app = open_page("project", sample_data_dir, lang="en", project="swarm")
    assert not app.exception
    assert "No pair with enough shared people is published." in texts(app)
    assert "Its domain has no other project." in texts(app)
    assert not app.dataframe


def test_a_computed_value_is_opened_into_parts_that_add_up(open_page, sample_data_dir, monkeypatch):
    drawn = []
    real = charts.parts
    monkeypatch.setattr(charts, "parts", lambda *columns: drawn.append(columns) or real(*columns))
    with duckdb.connect(str(sample_data_dir / "public" / "landscape.duckdb"), read_only=True) as connection:
        ((value,),) = connection.execute(
            "SELECT openrank FROM repo_openrank_monthly"
            " WHERE repo_full_name = 'vllm-project/vllm' AND source = 'computed-simulated'"
        ).fetchall()
    app = open_page("project", sample_data_dir, lang="en", project="vllm")
    assert not app.exception
    names, values, labels, details, axis = drawn[-1]
    assert sum(values) == pytest.approx(value, abs=1e-5)
    assert values == sorted(values, reverse=True)
    assert (names[0], labels[0], details[0]) == (
        "pull requests opened",
        "34 · 60%",
        "153 actions by 149 people",
    )
    assert details[names.index("even share of everybody")] == "no person's"
    assert f"the parts of the {value:.0f} of Apr 2025" in texts(app)
    assert "simulated events" in texts(app)
    assert {"OpenRank 615 over 4 of 4 months", "OpenRank 723 over 1 of 1 month"} <= {*texts(app).splitlines()}
    assert axis == "OpenRank from simulated events", "also in a picture that somebody takes along"


def test_a_project_without_events_says_why_nothing_is_opened(open_page, sample_data_dir):
    with duckdb.connect(str(sample_data_dir / "public" / "landscape.duckdb"), read_only=True) as connection:
        closed = connection.execute(
            "SELECT project_id FROM projects ANTI JOIN openrank_parts USING (project_id) ORDER BY ALL LIMIT 1"
        ).fetchall()
    app = open_page("project", sample_data_dir, lang="en", project=closed[0][0])
    assert not app.exception
    assert "OpenRank cannot be opened here" in texts(app)


def test_every_part_of_a_value_has_a_name():
    parts = PUBLISHED["openrank_parts"].columns()["part"].metadata
    assert parts is not None
    assert OPENRANK_PARTS.keys() == set(parts["one_of"])


def test_opened_parts_name_the_source_that_they_are_of(open_page, sample_data_dir):
    said = texts(open_page("project", sample_data_dir, lang="en", project="vllm")).replace("\\", "")
    assert "source: OSS Landscape, from simulated events · ○ simulated" in said
    assert "source: OpenDigger · ● real" in said


def test_githubs_own_counts_are_shown_where_they_are_held_and_said_to_be_missing_elsewhere(
    open_page, sample_data_dir
):
    held = open_page("project", sample_data_dir, lang="en", project="vllm")
    assert not held.exception
    assert "Held for Jan 2026 to Aug 2026; not held for other months." in texts(held).replace("\\", "")
    tables = [one.value.set_index(["series", "at"]) for one in held.dataframe if "published" in one.value]
    openrank, counts = tables
    assert openrank.loc[("vLLM", "Jul 2026"), "basis"] == "nowcast"
    assert counts.loc[("Pull requests opened", "Jul 2026"), "value"] == 2722
    missing = open_page("project", sample_data_dir, lang="en", project="searxng")
    assert "GitHub's own counts of this project are not held" in texts(missing)
