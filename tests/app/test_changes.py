"""The changes page: two months by the published changes, and two publications side by side."""

from __future__ import annotations

import shutil

import duckdb


def metrics(app):
    return {metric.label: metric.value for metric in app.metric}


def test_two_months_add_up(open_page, sample_data_dir):
    shown = metrics(open_page("changes", sample_data_dir, lang="en", before="2025-01", after="2025-04"))
    assert shown["after"] == "131"
    assert int(shown["＝ kept"]) + int(shown["＋ new"]) == 131
    assert int(shown["＝ kept"]) + int(shown["－ dropped"]) == int(shown["before"])


def test_another_rule_is_named_as_the_cause(open_page, sample_data_dir):
    app = open_page("changes", sample_data_dir, before="2025-03", after="2025-04", profile_before="latest-50")
    assert not app.exception
    whats = set(app.table[0].value["What and why"])
    assert "＋ new · another rule" in {what.replace("\\", "") for what in whats}, (
        "those that the looser rule lets in"
    )


def test_reversed_months_are_named_and_can_be_exchanged(open_page, sample_data_dir):
    app = open_page("changes", sample_data_dir, lang="en", before="2025-04", after="2025-01")
    assert "Apr 2025 was chosen as the month before and Jan 2025 as the month after" in app.info[0].value
    assert "before" not in metrics(app)
    (exchange,) = [button for button in app.button if button.label == "Exchange the months"]
    app = exchange.click().run()
    assert metrics(app)["after"] == "131"


def test_one_month_on_both_sides_is_named(open_page, sample_data_dir):
    app = open_page("changes", sample_data_dir, lang="en", before="2025-04", after="2025-04")
    assert "Both sides are Apr 2025" in app.info[0].value
    other_rule = open_page(
        "changes", sample_data_dir, lang="en", before="2025-04", after="2025-04", profile_before="latest-50"
    )
    assert metrics(other_rule)["after"] == "131"


def test_a_single_publication_says_that_there_is_none_to_compare_with(open_page, sample_data_dir, tmp_path):
    (tmp_path / "public").mkdir()
    shutil.copy(sample_data_dir / "public" / "landscape.duckdb", tmp_path / "public")
    app = open_page("changes", tmp_path, lang="en")
    assert not app.exception
    assert "only publication" in app.info[0].value


def test_two_publications_differ_where_their_numbers_do(open_page, two_publications):
    app = open_page("changes", two_publications, lang="en")
    assert not app.exception
    shown = metrics(app)
    assert [shown[f"other {what}"] for what in ("verdicts", "means", "statuses")] == ["0", "1", "1"]
    (row,) = app.dataframe[-1].value.to_dict("records")
    assert (row["project_id"], row["openrank_mean"], row["state"], row["state_now"]) == (
        "vllm",
        600.0,
        "dormant",
        "active",
    )
    assert round(row["openrank_mean_now"]) == 615
    making = next(
        frame.value for frame in app.dataframe if "verdict" in frame.value and "then" in frame.value
    )
    assert making[making["verdict"] != "the same"]["then"].tolist() == ["other"]


def test_an_earlier_publication_that_lacks_tables_is_named(open_page, two_publications):
    path = two_publications / "public" / "generations" / "0123456789abcdef" / "landscape.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("DROP TABLE graph_nodes")
    app = open_page("changes", two_publications, lang="en")
    assert not app.exception
    assert "graph" in app.info[0].value
    assert metrics(app)["other means"] == "1", "what it has is compared all the same"


def test_an_earlier_publication_that_lacks_a_column_of_the_comparison_is_named(open_page, two_publications):
    path = two_publications / "public" / "generations" / "0123456789abcdef" / "landscape.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("ALTER TABLE project_status DROP COLUMN status")
    app = open_page("changes", two_publications, lang="en")
    assert not app.exception
    assert "project\\_status\\.status" in app.info[0].value


def test_an_earlier_publication_that_is_broken_does_not_break_the_page(open_page, two_publications):
    path = two_publications / "public" / "generations" / "0123456789abcdef" / "landscape.duckdb"
    path.write_bytes(b"no database at all" * 999)
    app = open_page("changes", two_publications, lang="en")
    assert not app.exception
    assert "cannot be read" in app.info[0].value
