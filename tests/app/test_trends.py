"""Trends, Compare and Story: they draw published values, and unknown stays unknown."""

from __future__ import annotations

from datetime import date

import duckdb
import polars as pl
import pytest

from app import charts, trends
from app.presets import PRESETS
from app.story import SECTIONS
from app.view_state import CompareView, TrendsView, decode, encode
from pipelines.published import open_landscape
from pipelines.seeds import load_seeds
from tests.app.test_pages import texts
from tests.conftest import CHECKOUT

MONTHS = [date(2024, month, 1) for month in range(1, 8)]
ROWS = pl.DataFrame(
    {
        "series": ["a"] * 5,
        "month": [MONTHS[0], MONTHS[1], MONTHS[2], MONTHS[4], MONTHS[6]],
        "value": [10.0, 20.0, 30.0, 5.0, 7.0],
        "low": [10.0, 20.0, 30.0, 5.0, 7.0],
        "high": [10.0, 20.0, 30.0, 5.0, 7.0],
        "basis": ["published"] * 5,
        "is_partial": [False] * 5,
    }
)
EXTENTS = pl.DataFrame({"series": ["a"], "extent_from": [MONTHS[0]], "extent_through": [MONTHS[4]]})
CREATED = pl.DataFrame({"series": ["a"], "created_month": [MONTHS[0]]})


def test_a_month_nobody_asked_for_is_unknown_and_a_silent_one_absent():
    grid = trends.month_grid(ROWS, EXTENTS, CREATED)
    assert dict(grid.select("month", "state").iter_rows()) == {
        MONTHS[0]: "value", MONTHS[1]: "value", MONTHS[2]: "value", MONTHS[3]: "absent", MONTHS[4]: "value",
        MONTHS[5]: "unknown", MONTHS[6]: "value",
    }  # fmt: skip
    assert trends.stretches(grid).rows() == [
        ("a", "absent", MONTHS[3], MONTHS[3]),
        ("a", "unknown", MONTHS[5], MONTHS[5]),
    ]


def test_a_quarter_with_an_unknown_month_is_partial_and_one_with_a_silent_month_is_not():
    grid = trends.month_grid(ROWS, EXTENTS, CREATED).filter(pl.col("month") <= MONTHS[4])
    first, second = trends.by_period(grid, "quarterly", "sum").iter_rows(named=True)
    assert (first["value"], first["months_count"], first["is_partial"]) == (60.0, 3, False)
    assert (second["value"], second["months_count"], second["known_months_count"]) == (5.0, 1, 2)
    assert second["is_partial"], "its last month is not here yet"
    assert trends.by_period(grid, "quarterly", "mean")["value"].to_list() == [20.0, 5.0]


def test_age_counts_from_the_month_of_creation():
    grid = trends.month_grid(ROWS, EXTENTS, CREATED)
    points = trends.by_age(
        grid, pl.DataFrame({"series": ["a"], "created_month": [MONTHS[1]]}), "monthly", "sum"
    )
    assert points["at"].to_list() == [0, 1, 2, 3, 4, 5]
    assert points["value"].to_list()[:2] == [20.0, 30.0]
    unknown = pl.DataFrame(
        {"series": ["a"], "created_month": [None]}, schema_overrides={"created_month": pl.Date}
    )
    assert trends.by_age(grid, unknown, "monthly", "sum").is_empty()


def test_the_base_is_the_first_complete_period():
    points = pl.DataFrame(
        {
            "series": ["a"] * 4,
            "at": [0, 1, 2, 3],
            "value": [9.0, 4.0, 50.0, 75.0],
            "low": [8.0, None, 50.0, 60.0],
            "high": [10.0, None, 50.0, 90.0],
            "basis": ["nowcast", "published", "published", "nowcast"],
            "is_partial": [False, True, False, False],
        }
    )
    based = trends.against_base(points)
    assert based["value"].to_list() == [18.0, 8.0, 100.0, 150.0]
    assert based["low"].to_list() == [16.0, None, 100.0, 120.0]
    assert based["high"].to_list() == [20.0, None, 100.0, 180.0]


def lost_months(**changed):
    """Two published months, a lost one, two of a nowcast, and a lost one at the end."""
    rows = {
        "series": ["a"] * 6,
        "month": MONTHS[:6],
        "value": [10.0, 20.0, None, 30.0, 50.0, None],
        "low": [10.0, 20.0, None, 24.0, 40.0, None],
        "high": [10.0, 20.0, None, 36.0, 60.0, None],
        "basis": ["published", "published", "unknown", "nowcast", "nowcast", "unknown"],
        "is_partial": [False] * 6,
    }
    retrieved = pl.DataFrame({"series": ["a"], "extent_from": [MONTHS[0]], "extent_through": [MONTHS[6]]})
    return trends.month_grid(pl.DataFrame(rows | changed), retrieved, CREATED)


def test_a_month_that_the_source_lost_is_unknown_although_it_was_retrieved():
    grid = lost_months()
    assert grid["state"].to_list() == ["value", "value", "unknown", "value", "value", "unknown"]
    assert trends.stretches(grid).rows() == [
        ("a", "unknown", MONTHS[2], MONTHS[2]),
        ("a", "unknown", MONTHS[5], MONTHS[5]),
    ]


def test_a_period_with_a_nowcast_is_one_and_has_an_interval_only_if_each_of_its_months_has():
    first, second = trends.by_period(lost_months(), "quarterly", "sum").iter_rows(named=True)
    assert (first["basis"], first["value"], first["is_partial"]) == ("published", 30.0, True)
    assert (second["basis"], second["value"], second["is_partial"]) == ("nowcast", 80.0, True)
    assert (second["low"], second["high"]) == (64.0, 96.0)
    sums = trends.by_period(lost_months(low=[None] * 6, high=[None] * 6), "quarterly", "sum")
    assert sums["low"].to_list() == sums["high"].to_list() == [None, None]
    assert sums["basis"].to_list() == ["published", "nowcast"]


def test_a_nowcast_is_dashed_in_its_band_and_joined_to_nothing_published():
    points = trends.by_period(lost_months(), "monthly", "sum").with_columns(label=pl.lit("one"))
    dotted, solid, band, dashed = charts.trends(points, {"a": "A"}, "OpenRank, per month").data
    assert list(dotted.y) == list(solid.y) == [10.0, 20.0, None, None, None, None]
    assert list(dashed.y) == [None, None, None, 30.0, 50.0, None]
    assert dashed.line.dash == "dash"
    assert not dashed.connectgaps
    assert list(band.x) == [MONTHS[3], MONTHS[4], MONTHS[4], MONTHS[3], None]
    assert list(band.y) == [36.0, 60.0, 40.0, 24.0, None]
    assert dashed.text[3] == "one: 30 (nowcast, 24 to 36)"


def test_a_partial_period_is_hollow_and_not_on_the_solid_line():
    points = pl.DataFrame(
        {
            "series": ["a"] * 3,
            "at": MONTHS[:3],
            "value": [1.0, None, 3.0],
            "low": [1.0, None, 3.0],
            "high": [1.0, None, 3.0],
            "basis": ["published", "unknown", "published"],
            "is_partial": [False, True, True],
            "label": ["1", "2", "3"],
        }
    )
    dotted, solid = charts.trends(points, {"a": "<b>A</b>"}, "OpenRank, per month").data
    assert [symbol.endswith("-open") for symbol in dotted.marker.symbol] == [False, True, True]
    assert list(dotted.y) == [1.0, None, 3.0]
    assert dotted.connectgaps is False
    assert list(solid.y) == [1.0, None, None]
    assert solid.name == "&lt;b&gt;A&lt;/b&gt;"


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_a_preset_names_published_projects_and_survives_its_link(landscape, preset):
    projects = {row[0] for row in landscape.execute("SELECT project_id FROM projects").fetchall()}
    areas = {row[0] for row in landscape.execute("SELECT area FROM technology_area_annual").fetchall()}
    metrics = {
        row[0] for row in landscape.execute("SELECT metric_id FROM project_metrics_monthly").fetchall()
    }
    assert set(preset.view.projects) <= projects
    assert set(preset.view.areas) <= areas
    assert preset.view.metric in metrics
    assert preset.view.projects or preset.view.areas
    assert decode(TrendsView, encode(preset.view), {}).view == preset.view


def test_the_annual_sum_that_is_shown_is_the_published_one(open_page, sample_data_dir):
    app = open_page("trends", sample_data_dir, projects=["pytorch"], period="annual")
    assert not app.exception
    rows = app.dataframe[0].value
    shown = dict(zip(rows["at"], rows["value"], strict=True))
    assert shown["2024"] == pytest.approx(11_303, abs=1)


def test_a_link_to_domains_opens_them(open_page, sample_data_dir):
    app = open_page("trends", sample_data_dir, kind="domains", scopes=["domain:Serving", "domain:Baking"])
    assert "Baking" in app.warning[0].value
    assert list(app.session_state["TrendsView.scopes"]) == ["domain:Serving"]
    rows = app.dataframe[0].value
    assert rows[rows["at"] == "Aug 2025"]["is_partial"].tolist() == [True]


def test_comparing_suggests_the_closest_pair_and_shows_it(open_page, sample_data_dir):
    app = open_page("compare", sample_data_dir)
    (suggestion,) = [button for button in app.button if "810" in button.label]
    app = suggestion.click().run()
    assert not app.exception
    table = app.dataframe[0].value.set_index("measure")
    assert set(table.columns) == {"vllm", "sglang"}
    assert table.loc["OpenRank, mean", "vllm"] == "615 over 4 of 4 months"
    assert table.loc["Year-on-year change", "sglang"] == "unknown"
    view = CompareView(tuple(app.session_state["CompareView.projects"]))
    assert decode(CompareView, encode(view), {}).view == view


def test_the_story_covers_every_section_of_the_figures():
    figures = load_seeds(CHECKOUT / "seeds").published_figures
    assert {figure.section for figure in figures} - {None} == SECTIONS.keys()


def _bold(cell: str) -> str:
    """The text of a cell without the smaller text after it."""
    return cell.replace("\\", "").split("**")[1]


def test_the_story_says_what_differs(open_page, sample_data_dir):
    app = open_page("story", sample_data_dir)
    assert not app.exception
    shown = [row for table in app.table for row in table.value.to_dict("records")]
    verdicts = {
        _bold(row["Figure"]): (row["Published"], row["Ours"], row["Verdict"].lstrip("\\*")[0])
        for row in shown
    }
    assert verdicts["projects without an edge"] == ("13", "14", "≠")
    assert verdicts["PyTorch: OpenRank, sum of 2024"] == ("11,303", "11,303", "✓")
    assert verdicts["first year in which the AI area is above front end"] == ("2017", "2019", "?")
    assert "We correct nothing silently" in texts(app)


def _ranked_projects(data_dir):
    with duckdb.connect(str(data_dir / "public" / "landscape.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "SELECT project_id FROM project_rankings WHERE as_of_month = DATE '2025-04-01' ORDER BY rank, project_id"
        ).fetchall()
    return [project_id for (project_id,) in rows]


@pytest.mark.parametrize(("page", "most"), [("compare", 6), ("trends", 20)])
def test_more_projects_than_fit_are_named_and_left_out(open_page, sample_data_dir, page, most):
    wanted = _ranked_projects(sample_data_dir)[: most + 1]
    app = open_page(page, sample_data_dir, lang="en", projects=wanted)
    assert not app.exception
    assert f"projects={wanted[-1]}" in app.warning[0].value.replace("\\", "")


def test_movers_are_those_of_the_whole_scope(sample_data_dir):
    landscape = open_landscape(sample_data_dir / "public")
    rows = landscape.rankings.movers("2025-04", 4, "landscape", 8).frame
    # LangChain is far below the first ranks that the table shows, and fell most.
    assert rows.row(0, named=True)["name"] == "vLLM"
    assert rows.row(-1, named=True)["name"] == "LangChain"
    assert round(rows["openrank_yoy_delta"][-1]) == -280
    assert rows["openrank_yoy_delta"].is_sorted(descending=True)
