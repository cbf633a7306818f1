"""The frame around figures: its files hold the shown rows, and its texts are in the reader's language."""

from __future__ import annotations

import io
import json
import re

import polars as pl
import pytest
from streamlit.delta_generator import DeltaGenerator

from app.labels import GROUPINGS, SCOPES, STATUSES
from tests.app.test_pages import texts


@pytest.fixture
def downloads(monkeypatch):
    """Bytes of each file that the last page offers, by the key of its button, made when asked for."""
    files = {}
    button = DeltaGenerator.download_button

    def offered(self, label, data, *args, **kwargs):
        files[kwargs["key"]] = data
        return button(self, label, data, *args, **kwargs)

    monkeypatch.setattr(DeltaGenerator, "download_button", offered)
    return lambda key: files[key]()


@pytest.fixture
def drawn(monkeypatch):
    """What pages hand to the browser for the poster and the network."""
    seen = {}
    monkeypatch.setattr("app.components.poster.show_poster", lambda bands, _words: seen.update(bands=bands))
    monkeypatch.setattr(
        "app.views.network_picture.show_network", lambda picture, _choice: seen.update(picture=picture)
    )
    return seen


def rows_of(csv: bytes) -> pl.DataFrame:
    line, _newline, table = csv.decode().partition("\n")
    assert line.startswith("# OSS Landscape, snapshot ")
    return pl.read_csv(io.StringIO(table), infer_schema_length=None)


def first_line(csv: bytes) -> str:
    return csv.decode().partition("\n")[0]


def table_with(app, column: str) -> pl.DataFrame:
    """The table that shows a column."""
    (found,) = [one.value for one in app.dataframe if column in shown_columns(one)]
    return pl.from_pandas(found)


def shown_columns(table) -> list[str]:
    return list(table.proto.column_order) or list(table.value.columns)


def test_the_file_of_the_poster_holds_the_cards_that_its_filters_leave(
    open_page, sample_data_dir, downloads, drawn
):
    app = open_page(
        "landscape", sample_data_dir, lang="en", domain="Serving", against="2025-01", search="e\nngine"
    )
    assert not app.exception
    assert not drawn["bands"], "a text that nobody has"
    assert rows_of(downloads("landscape.csv")).is_empty()
    assert first_line(downloads("landscape.csv")).endswith(
        "; of the rows of its query: members, and those of Jan 2025 only; Domain: Serving; Search: e ngine"
    ), "in one line, whatever was searched for"

    open_page("landscape", sample_data_dir, lang="en", domain="Serving", against="2025-01")
    cards = [
        card
        for band in drawn["bands"]
        for box in band["boxes"]
        for row in box["rows"]
        for card in row["cards"]
    ]
    rows = rows_of(downloads("landscape.csv"))
    assert sorted(rows["project_id"]) == sorted(card["id"] for card in cards)
    assert set(rows["domain"]) == {"Serving"}
    words = {*rows["language"], *rows["license_spdx"]}
    assert None in words
    assert "unknown" not in words, "which is a word of the filters and no value"
    marks = dict(rows.select("project_id", pl.col("mark").fill_null("")).iter_rows())
    assert marks == {card["id"]: card["mark"] for card in cards}


def test_the_files_of_the_network_hold_the_surroundings_that_are_drawn(
    open_page, sample_data_dir, downloads, drawn
):
    app = open_page("network", sample_data_dir, lang="en", focus="airbyte", hops="1", target="vllm", cut="30")
    assert not app.exception
    pairs = rows_of(downloads("network.csv")).select("project_a", "project_b", "shared_people_count")
    assert sorted(pairs.iter_rows()) == drawn["picture"]["edges"]
    assert 0 < pairs.height < 897
    projects = rows_of(downloads("network-projects.csv"))["project_id"]
    assert sorted(projects) == sorted(node["id"] for node in drawn["picture"]["nodes"])
    assert first_line(downloads("network.csv")).endswith(
        "1 step around Airbyte; with the strongest path to vLLM"
    )
    assert rows_of(downloads("network-summary.csv"))["source"].to_list() == ["landscape_2025-05"]


def test_the_files_of_the_graveyard_hold_its_lists(open_page, sample_data_dir, downloads, drawn):
    app = open_page("graveyard", sample_data_dir, lang="en", stars="20000")
    assert not app.exception
    for key, column, count in (("graveyard", "by", 11), ("declining", "since_peak_months", None)):
        shown = table_with(app, column)["project_id"].to_list()
        assert rows_of(downloads(f"{key}.csv"))["project_id"].to_list() == shown
        assert count in (None, len(shown))
    moved = table_with(app, "moved")
    rows = rows_of(downloads("moved-rule.csv"))
    assert rows["project_id"].to_list() == moved["project_id"].to_list()
    assert rows["would"].to_list() == [text.startswith(("found", "＋")) for text in moved["moved"]]
    assert "20,000 stars or more" in first_line(downloads("moved-rule.csv"))
    parquet = pl.read_parquet_metadata(io.BytesIO(downloads("graveyard.parquet")))
    assert parquet["provenance"].endswith("of the rows of its query: status: in the graveyard, archived")
    assert "Shown from these rows: status: declining" in texts(app).replace("\\", "")


@pytest.mark.parametrize("rule", ["year-mean-10", "latest-50"])
def test_the_file_of_changes_holds_the_kinds_that_are_chosen(open_page, sample_data_dir, downloads, rule):
    app = open_page(
        "changes",
        sample_data_dir,
        lang="en",
        before="2025-03",
        after="2025-04",
        kind="new",
        profile_before=rule,
    )
    assert not app.exception
    shown = [re.match(r"\[(.*)\]", cell)[1].replace("\\", "") for cell in app.table[0].value["Project"]]
    rows = rows_of(downloads("changes.csv"))
    assert rows["name"].to_list() == shown
    assert set(rows["kind"]) == {"new"}
    line = first_line(downloads("changes.csv"))
    assert line.endswith("what changed: ＋ new")
    assert ("as landscape_changes is made" in line) == (rule == "latest-50"), "which is not published"


def test_the_file_of_two_publications_holds_where_they_differ(open_page, two_publications, downloads):
    assert not open_page("changes", two_publications, lang="en").exception
    assert rows_of(downloads("publications.csv"))["project_id"].to_list() == ["vllm"]
    assert "the publication 0123456789abcdef" in first_line(downloads("publications.csv"))
    assert rows_of(downloads("making.csv"))["snapshot_id"][0] == "0123456789abcdef"


def test_the_file_of_the_catalogue_holds_what_was_found(open_page, sample_data_dir, downloads):
    app = open_page("data", sample_data_dir, lang="en", part="metrics", metrics="Bus factor")
    shown = [re.search(r"`(\w+)`", one.label)[1] for one in app.expander]
    assert rows_of(downloads("metric-catalogue.csv"))["metric_id"].to_list() == shown
    assert first_line(downloads("metric-catalogue.csv")).endswith("Search: bus factor")


def test_the_file_of_a_trend_holds_its_points_with_the_ids_of_the_series(
    open_page, sample_data_dir, downloads
):
    app = open_page(
        "trends", sample_data_dir, lang="zh", projects=["vllm", "sglang"], period="quarterly", since="2024"
    )
    shown = pl.from_pandas(app.dataframe[0].value)
    rows = pl.read_csv(io.StringIO(downloads("trends.csv").decode().partition("\n")[2]))
    assert rows["value"].to_list() == pytest.approx(shown["value"].to_list())
    assert set(rows["series"]) == {"vllm", "sglang"}
    assert set(shown["series"]) == {"vLLM", "SGLang"}
    assert rows["at"][0] == "2024-01-01"
    assert shown["at"][0] == "2024年第1季度"
    assert first_line(downloads("trends.csv")).endswith("季度之和; 自 2024 年起")


def test_the_file_of_growing_domains_holds_the_bars(open_page, sample_data_dir, downloads):
    app = open_page("rankings", sample_data_dir, lang="en")
    rows = rows_of(downloads("domain-growth.csv"))
    assert rows["domain"].to_list() == table_with(app, "growth_ratio")["domain"].to_list()
    assert rows["growth_ratio"].is_sorted(descending=True)
    assert not rows["growth_ratio"].has_nulls()


def test_the_files_of_the_story_hold_the_figures_of_their_section(open_page, sample_data_dir, downloads):
    open_page("story", sample_data_dir, lang="en")
    assert set(rows_of(downloads("printed-leaders.csv"))["section"]) == {"leaders"}


def test_a_figure_that_shows_every_row_says_nothing_of_its_rows(open_page, sample_data_dir, downloads):
    open_page("rankings", sample_data_dir, lang="en")
    line = first_line(downloads("rankings.csv"))
    assert "; data: OSS Landscape · ◐ derived, OpenDigger v2, fetched Oct 5, 2025; window: Jan 2025" in line
    assert "of the rows of its query" not in line


TELLING = (
    ("rankings", {}),
    ("trends", {"kind": "domains", "scopes": "domain:Serving"}),
    ("trends", {"kind": "areas", "areas": "ai"}),
    ("project", {"project": "vllm"}),
    ("compare", {"projects": ["vllm", "sglang"]}),
    ("network", {"focus": "sglang", "target": "vllm", "network": "gharchive-simulated@2025-04-30"}),
    ("graveyard", {"group": "domain:Serving"}),
    ("data", {"part": "coverage"}),
)
NAMES_ALIKE = {"OpenRank", "PageRank"}


def column_labels(table) -> dict[str, str | None]:
    """Column that is shown → its heading; None where it has none."""
    config = json.loads(table.proto.columns)
    return {name: config.get(name, {}).get("label") for name in shown_columns(table) if not name.isdigit()}


@pytest.mark.usefixtures("drawn")
@pytest.mark.parametrize("telling", TELLING, ids=lambda telling: telling[0])
def test_every_table_has_headings_and_values_in_the_language_of_its_reader(
    open_page, sample_data_dir, landscape, telling
):
    page, query = telling
    english, chinese = (open_page(page, sample_data_dir, lang=lang, **query) for lang in ("en", "zh"))
    assert not english.exception
    assert english.dataframe
    for table in english.dataframe:
        assert None not in column_labels(table).values(), column_labels(table)
    ids = {one for (one,) in landscape.execute("SELECT source FROM data_sources").fetchall()}
    ids |= STATUSES.keys() | SCOPES.keys() | GROUPINGS.keys()
    for box in ("layer", "domain", "subdomain"):
        named = landscape.execute(f"SELECT {box} FROM taxonomy_boxes WHERE {box} <> {box}_zh").fetchall()
        ids |= {name for (name,) in named}
    for table in chinese.dataframe:
        for label in column_labels(table).values():
            assert label in NAMES_ALIKE or re.search(r"[一-鿿]|^ ?$", label), label
        cells = {cell for name in shown_columns(table) for cell in table.value[name] if isinstance(cell, str)}
        assert not cells & ids
    for chart in chinese.get("plotly_chart"):
        layout, config = json.loads(chart.proto.spec)["layout"], json.loads(chart.proto.config)
        for axis in (layout["xaxis"], layout["yaxis"]):
            title = (axis.get("title") or {}).get("text")
            assert not title or re.search(r"[一-鿿]", title) or title in NAMES_ALIKE
            assert "%b" not in json.dumps(axis), "a month in English"
        assert config["locales"]["zh"]["dictionary"]["Zoom in"] == "放大"


@pytest.mark.usefixtures("drawn")
@pytest.mark.parametrize(
    ("page", "query", "dated"),
    [
        ("rankings", {}, "Vintage: OpenDigger v2, fetched Oct 5, 2025"),
        ("project", {"metric": "stars_total"}, "Vintage: Github-Ranking, plain counts without versions"),
        ("network", {}, "the snapshot dates it, as of Apr 30, 2025"),
        ("data", {"part": "rules"}, "the snapshot dates it, as of Apr 30, 2025"),
    ],
)
def test_every_figure_names_its_dates_and_coverage(open_page, sample_data_dir, page, query, dated):
    app = open_page(page, sample_data_dir, lang="en", **query)
    said = [caption.value.replace("\\", "") for caption in app.caption]
    vintages = [line for line in said if line.startswith("Vintage: ")]
    figures = len([one for one in app.get("download_button") if one.proto.label == "CSV"])
    assert len(vintages) == figures
    assert len([line for line in said if line.startswith("Coverage: ")]) == figures
    assert any(dated in line for line in vintages)


def test_pictures_are_offered_of_charts_alone(open_page, sample_data_dir, drawn):
    app = open_page("rankings", sample_data_dir, lang="en")
    assert {one.key for one in app.segmented_control if one.label == "Picture as"} == {
        "movers.format",
        "bump.format",
        "domain-growth.format",
    }
    for page in ("landscape", "network"):
        shown = open_page(page, sample_data_dir, lang="en")
        assert not [one for one in shown.segmented_control if one.label == "Picture as"]


@pytest.mark.parametrize(
    ("page", "key"), [("trends", "trends"), ("compare", "openrank"), ("project", "metric")]
)
def test_the_file_of_a_series_says_what_each_value_rests_on(open_page, sample_data_dir, downloads, page, key):
    chosen = {"project": "vllm"} if page == "project" else {"projects": ["vllm", "searxng"]}
    assert not open_page(page, sample_data_dir, lang="en", **chosen).exception
    rows = rows_of(downloads(f"{key}.csv")).filter(series="vllm")
    bases = dict(rows.select("at", "basis").iter_rows())
    assert [bases[month] for month in ("2025-07-01", "2025-11-01", "2026-07-01")] == [
        "published",
        "unknown",
        "nowcast",
    ]
    (row,) = rows.filter(at="2026-07-01").iter_rows(named=True)
    assert row["low"] < row["value"] < row["high"]
    assert row["published"] == 189.08
