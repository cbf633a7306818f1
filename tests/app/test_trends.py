"""Trends, Compare and Story: they draw published values, and unknown stays unknown."""

from __future__ import annotations

from datetime import date

import duckdb
import polars as pl
import pytest

from app import charts
from app.labels import GAPS
from app.presets import PRESETS
from app.story import SECTIONS
from app.view_state import CompareView, TrendsView, decode, encode
from pipelines.published import open_landscape
from pipelines.seeds import load_seeds
from tests.app.test_pages import texts
from tests.conftest import CHECKOUT

NO_GAPS = pl.DataFrame(
    schema={"series": pl.String, "state": pl.String, "first": pl.Date, "last": pl.Date, "label": pl.String}
)


def drawn(points, gaps=NO_GAPS, **changed):
    """Traces of the series, and entries of the legend."""
    figure = charts.trends(
        points, {"a": "<b>A</b>"}, "OpenRank, per month", gaps=gaps, gap_names=GAPS, **changed
    )
    entries = [trace.name for trace in figure.data if trace.name and trace.showlegend is not False]
    return [trace for trace in figure.data if trace.x != (None,)], entries


def points_of(basis, **changed):
    """Five months of a series: a lost one, and what these rest on."""
    rows = {
        "series": ["a"] * 5,
        "at": [date(2026, month, 1) for month in range(1, 6)],
        "value": [10.0, 20.0, None, 30.0, 50.0],
        "low": [10.0, 20.0, None, 24.0, 40.0],
        "high": [10.0, 20.0, None, 36.0, 60.0],
        "basis": basis,
        "is_partial": [False, False, True, False, False],
        "is_comparable": [True, True, False, True, True],
        "label": ["1", "2", "3", "4", "5"],
    }
    return pl.DataFrame(rows | changed)


NOWCAST_AFTER_A_LOSS = ["published", "published", "unknown", "nowcast", "nowcast"]


def test_a_nowcast_is_dashed_in_its_band_and_joined_to_nothing_published():
    points = points_of(NOWCAST_AFTER_A_LOSS)
    (band, dashed, solid, marks), entries = drawn(points)
    at = points["at"].to_list()
    assert list(solid.y) == [10.0, 20.0, None, None, None]
    assert list(dashed.y) == [None, None, None, 30.0, 50.0]
    assert (solid.line.dash, dashed.line.dash) == ("solid", "dash")
    assert list(band.x) == [at[3], at[4], at[4], at[3], at[3], None]
    assert list(band.y) == [36.0, 60.0, 40.0, 24.0, 36.0, None]
    assert not any(trace.connectgaps for trace in (solid, dashed, band, marks))
    assert marks.name == "&lt;b&gt;A&lt;/b&gt;"
    assert entries == ["published", "nowcast", "its interval of 80 %"]


def test_no_line_leads_to_what_may_not_be_compared_and_a_lone_nowcast_shows_its_interval():
    points = points_of(
        ["published", "published", "unknown", "published", "nowcast"],
        is_partial=[False, True, True, True, True],
        is_comparable=[True, True, False, False, False],
    )
    (solid, bar, marks), entries = drawn(points)
    assert list(solid.y) == [10.0, 20.0, None, None, None]
    assert (list(bar.y), list(bar.error_y.array), list(bar.error_y.arrayminus)) == ([50.0], [10.0], [10.0])
    assert [symbol.endswith("-open") for symbol in marks.marker.symbol] == [False, True, True, True, True]
    assert entries == ["interval of a nowcast that stands alone", "partial"]


def test_an_unknown_stretch_is_hatched_by_its_reason_and_shaded_behind_the_only_line():
    months = points_of(NOWCAST_AFTER_A_LOSS)["at"]
    gaps = pl.DataFrame(
        {"series": ["a"], "state": ["lost"], "first": [months[2]], "last": [months[2]], "label": ["3"]}
    )
    figure = charts.trends(points_of(NOWCAST_AFTER_A_LOSS), {"a": "A"}, "", gaps=gaps, gap_names=GAPS)
    (strip,) = (trace for trace in figure.data if trace.type == "bar")
    assert (strip.name, strip.marker.pattern.shape, list(strip.base)) == (GAPS["lost"], "/", ["2026-03-01"])
    (shade,) = figure.layout.shapes
    assert (shade.x0, shade.x1) == ("2026-03-01", "2026-04-01")
    assert "unknown" in [annotation.text for annotation in figure.layout.annotations]


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
    table = app.table[0].value.set_index(" ")
    assert set(table.columns) == {"vLLM", "SGLang"}
    assert table.loc["**OpenRank, mean**", "vLLM"] == "615 over 4 of 4 months"
    assert table.loc["**Year\\-on\\-year change**", "SGLang"] == "unknown"
    assert app.table[1].value.iloc[0].tolist()[:2] == ["SGLang and vLLM", "810"]
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


def test_the_page_of_domains_says_of_how_many_projects_a_sum_is(open_page, sample_data_dir):
    app = open_page("trends", sample_data_dir, lang="en", kind="domains", scopes=["domain:Serving"])
    assert not app.exception
    rows = app.dataframe[0].value.set_index("at")
    newest = rows.loc["Aug 2026"]
    assert (newest["known_projects_count"], newest["existing_projects_count"]) == (8, 19)
    assert newest["low"] < newest["value"] < newest["high"]
    said = texts(app).replace("\\", "")
    assert "Serving 8 of 19 in Aug 2026" in said
    assert "Too few are known for a sum to be compared" in said


def test_unknown_months_are_named_with_their_reason_and_whose_they_are(open_page, sample_data_dir):
    app = open_page("compare", sample_data_dir, lang="en", projects=["vllm", "searxng"], as_of="2026-07")
    assert not app.exception
    said = texts(app).replace("\\", "")
    reason = "Unknown, since the source lost events and GitHub's counts are not held"
    assert f"{reason}: Oct 2025 to Aug 2026 (SearXNG); Oct 2025 to Dec 2025 (vLLM)" in said
    mean = app.table[0].value.set_index(" ").loc["**OpenRank, mean**", "vLLM"]
    assert mean.replace("\\", "") == "916, nowcast, 80 % from 638 to 1,316, over 7 of 7 months"
