"""The data page: its parts have links of their own, and what it says is what the file holds."""

from __future__ import annotations

import pytest

from tests.app.test_pages import texts

PARTS = ("sources", "coverage", "metrics", "dictionary", "rules", "citation", "sql")


@pytest.fixture
def open_part(open_page, sample_data_dir):
    def opened(part: str, **query: str):
        app = open_page("data", sample_data_dir, part=part, lang="en", **query)
        assert not app.exception
        return app

    return opened


def test_sources_are_told_apart_in_words_with_what_their_last_retrieval_brought(open_part, landscape):
    said = texts(open_part("sources"))
    asked, loaded, missing = landscape.execute(
        "SELECT requested_count, loaded_count, missing_count FROM refresh_runs WHERE source = 'opendigger'"
    ).fetchone()
    assert f"{asked:,} asked for · {loaded:,} loaded · {missing:,} missing" in said
    for kind in ("● real", "◐ derived", "○ simulated"):
        assert kind in said


def test_every_known_gap_is_listed(open_part, landscape):
    (count,) = landscape.execute(
        "SELECT count(*) FROM data_coverage WHERE is_gap AND source = 'gharchive'"
    ).fetchone()
    app = open_part("coverage")
    assert f"{count} known gaps of the archive" in texts(app)
    assert app.dataframe[-1].value.shape[0] == count


def test_metrics_are_found_by_any_of_their_words(open_part):
    found = open_part("metrics", metrics="Bus factor")
    assert len([one for one in found.expander if "bus_factor" in one.label]) == 1
    assert len(found.expander) < len(open_part("metrics").expander)
    assert "No metric is defined" in texts(open_part("metrics", metrics="no such words"))


def test_the_dictionary_is_the_files_own(open_part, landscape):
    said = texts(open_part("dictionary", table="project_status"))
    (comment,) = landscape.execute(
        "SELECT comment FROM duckdb_tables() WHERE table_name = 'project_status'"
    ).fetchone()
    columns = landscape.execute(
        "SELECT column_name FROM duckdb_columns() WHERE table_name = 'project_status'"
    ).fetchall()
    assert comment in said
    assert all(f"`{column}`" in said for (column,) in columns)


def test_every_threshold_stands_with_its_reason(open_part, landscape):
    said = texts(open_part("rules"))
    for threshold, reason in landscape.execute("SELECT threshold_id, reason FROM thresholds").fetchall():
        assert f"`{threshold}`" in said
        assert reason in said


def test_a_citation_names_the_snapshot_as_text_and_as_bibtex(open_part, landscape):
    (snapshot,) = landscape.execute("SELECT snapshot_id FROM metadata").fetchone()
    plain, bibtex = [one.value for one in open_part("citation").code if snapshot in one.value]
    assert "as of 2025-04-30" in plain
    assert bibtex.startswith(f"@misc{{oss-landscape-{snapshot},")
    assert bibtex.count("{") == bibtex.count("}")


def test_a_query_in_a_link_is_answered(open_part):
    app = open_part("sql", sql="SELECT rank, project_id FROM project_rankings ORDER BY ALL LIMIT 3")
    assert app.dataframe[-1].value.shape == (3, 2)
    assert "3 rows" in texts(app)


def test_a_query_that_is_refused_says_why_and_what_to_do(open_part):
    said = texts(open_part("sql", sql="ATTACH ':memory:' AS other"))
    assert "only one SELECT can be run here" in said
    assert "What to do:" in said


def test_the_cap_of_the_console_is_said(open_part):
    app = open_part("sql", sql="FROM range(2001)")
    assert "these are the first 2,000" in texts(app)
    assert app.dataframe[-1].value.shape[0] == 2000


def test_going_through_the_parts_keeps_what_was_looked_up(open_part):
    app = open_part("dictionary", table="project_status")
    for part in PARTS:
        app.segmented_control(key="DataView.part").set_value(part).run()
        assert not app.exception
        assert app.segmented_control(key="DataView.part").value == part
    app.segmented_control(key="DataView.part").set_value("dictionary").run()
    assert app.selectbox(key="DataView.table").value == "project_status"
