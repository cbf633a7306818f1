"""The graveyard page: the published rule and a moved rule, side by side and never mixed."""

from __future__ import annotations

import shutil

import duckdb
import pytest

COUNTS = ("Published by the rule", "Found by the moved rule", "found in addition", "no longer found")


def counts(app):
    values = {metric.label: int(metric.value) for metric in app.metric}
    return tuple(values[label] for label in COUNTS)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, (9, 9, 0, 0)),
        ({"created_from": "2022-12", "stars": "9000"}, (9, 10, 1, 0)),
        ({"stars": "20000"}, (9, 3, 0, 6)),
        ({"silent_since": "2024-05"}, (9, 3, 0, 6)),
        ({"as_of": "2025-04-30"}, (0, 0, 0, 0)),
    ],
)
def test_the_default_rule_finds_the_published_projects_and_a_moved_rule_others(
    open_page, sample_data_dir, query, expected
):
    app = open_page("graveyard", sample_data_dir, lang="en", **query)
    assert not app.exception
    assert counts(app) == expected


def test_headstones_tell_rule_curated_exception_and_official_end_apart(open_page, sample_data_dir):
    app = open_page("graveyard", sample_data_dir, lang="en")
    (stones,) = [frame.value for frame in app.dataframe if "by" in frame.value.columns]
    by = dict(zip(stones["name"], stones["by"], strict=True))
    assert len(by) == 11
    assert by["bloop"] == "curated exception"
    assert by["Swarm"] == "official end"
    assert by["BabyAGI"] == "the strict rule"


def test_a_group_shows_its_curve_and_that_of_all_with_its_p_value(open_page, sample_data_dir):
    app = open_page("graveyard", sample_data_dir, lang="en", group="cohort:2023")
    assert not app.exception
    assert any("p = 0.032" in caption.value for caption in app.caption)
    (at_risk,) = [
        frame.value for frame in app.dataframe if "group" in frame.value.columns and "12" in frame.value
    ]
    assert at_risk["0"].tolist() == [144, 55]


def test_openrank_of_a_recent_month_vetoes_the_rule_as_moved(open_page, sample_data_dir, tmp_path):
    (tmp_path / "public").mkdir()
    shutil.copy(sample_data_dir / "public" / "landscape.duckdb", tmp_path / "public")
    with duckdb.connect(str(tmp_path / "public" / "landscape.duckdb")) as connection:
        connection.execute(
            "UPDATE project_status SET has_recent_openrank = true"
            " WHERE project_id = 'babyagi' AND as_of = DATE '2025-05-20'"
        )
    assert counts(open_page("graveyard", tmp_path, lang="en")) == (9, 8, 0, 1)


@pytest.mark.parametrize(
    ("query", "day", "month"),
    [({}, "May 20, 2025", "Apr 2025"), ({"as_of": "2024-12-31"}, "Dec 31, 2024", "Dec 2024")],
)
def test_the_page_names_its_day_and_why_the_band_names_another(open_page, sample_data_dir, query, day, month):
    app = open_page("graveyard", sample_data_dir, lang="en", **query)
    (said,) = [caption.value for caption in app.caption if caption.value.startswith("Every verdict")]
    assert f"as of {day}: " in said
    assert f"OpenRank up to {month}, " in said
    assert "The month in the band, Apr 2025, " in said
