"""Pages of more projects than they can show: they draw a limited number, and name and link the others."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from app.view_state import RankingsView, decode
from tests.app.conftest import labelled
from tests.app.test_pages import texts


@pytest.fixture
def posters(monkeypatch):
    """Posters that the page draws, since a test has no browser."""
    seen = []
    monkeypatch.setattr("app.components.poster.show_poster", lambda bands, _words: seen.append(bands))
    monkeypatch.setattr("app.views.poster_cards.CARDS_A_ROW", 4)
    return seen


@pytest.fixture
def pictures(monkeypatch):
    """Pictures of the network, of 20 projects and 30 pairs at most."""
    seen = []
    monkeypatch.setattr(
        "app.views.network_picture.show_network", lambda picture, _choice: seen.append(picture)
    )
    monkeypatch.setattr("app.components.network.MOST_NODES", 20)
    monkeypatch.setattr("app.components.network.MOST_EDGES", 30)
    return seen


def test_a_row_shows_its_strongest_and_leads_to_the_ranking_of_the_others(
    open_page, sample_data_dir, posters
):
    assert not open_page("landscape", sample_data_dir, lang="en").exception
    boxes = {box["name"]: box for band in posters[-1] for box in band["boxes"]}
    assert sum(box["count"] for box in boxes.values()) == 131
    for box in boxes.values():
        shown = sum(len(row["cards"]) for row in box["rows"])
        left_out = sum(int(row["more"]["text"].split()[1]) for row in box["rows"] if row["more"])
        assert all(len(row["cards"]) <= 4 for row in box["rows"])
        assert shown + left_out == box["count"]
    engines = next(row for row in boxes["Serving"]["rows"] if row["name"] == "Inference Engine")
    assert engines["cards"][0]["name"] == "vLLM"
    url = urlsplit(engines["more"]["url"])
    query = parse_qs(url.query)
    assert (url.path, query.pop("lang")) == ("rankings", ["en"])
    view = decode(RankingsView, query, {}).view
    assert (view.scope, str(view.as_of)) == ("subdomain:Inference Engine", "2025-04-01")
    app = open_page("rankings", sample_data_dir, **{key: values[0] for key, values in query.items()})
    assert not app.warning
    assert app.dataframe[0].value["name"][0] == "vLLM"


def test_few_of_a_row_leave_nothing_out(open_page, sample_data_dir, posters, monkeypatch):
    monkeypatch.setattr("app.views.poster_cards.CARDS_A_ROW", 13)
    open_page("landscape", sample_data_dir)
    rows = [row for band in posters[-1] for box in band["boxes"] for row in box["rows"]]
    assert [row["more"] for row in rows] == [None] * len(rows)


@pytest.mark.parametrize("page", ["project", "compare", "trends"])
def test_projects_beyond_those_offered_are_found_by_a_search(open_page, sample_data_dir, monkeypatch, page):
    monkeypatch.setattr("app.components.controls.OFFERED", 10)
    app = open_page(page, sample_data_dir, lang="en")
    field = app.text_input(key=f"{page}.search")
    assert field.label == "Search 147 projects by name or owner"

    def projects():
        return labelled(app.selectbox if page == "project" else app.multiselect, "Project")

    choice = projects()
    assert "PyTorch" in choice.options, "those with most OpenRank are offered"
    assert "BabyAGI" not in choice.options
    app = field.set_value("babyagi").run()
    choice = projects()
    assert "BabyAGI" in choice.options
    app = choice.set_value("babyagi" if page == "project" else ["babyagi"]).run()
    app = app.text_input(key=f"{page}.search").set_value("").run()
    assert not app.exception
    assert "babyagi" in projects().value, "what is chosen stays"


def test_a_picture_has_the_strongest_and_says_what_it_has_not(open_page, sample_data_dir, pictures):
    app = open_page("network", sample_data_dir, lang="en")
    assert not app.exception
    picture = pictures[-1]
    assert (len(picture["nodes"]), len(picture["edges"])) == (20, 30)
    assert min(node["value"] for node in picture["nodes"]) > 100, "those with most OpenRank"
    said = texts(app)
    assert "20 of 136 projects" in said
    assert "30 of " in said


def test_a_requested_project_is_drawn_with_its_ties_however_small(
    open_page, sample_data_dir, pictures, landscape
):
    app = open_page("network", sample_data_dir, focus="airbyte", hops="1")
    assert not app.exception
    ids = {node["id"] for node in pictures[-1]["nodes"]}
    assert app.query_params["focus"] == "airbyte"
    assert {"airbyte", "langchain"} <= ids
    core = next(frame.value for frame in app.dataframe if "degree" in frame.value and len(frame.value) == 15)
    assert (
        core["degree"].max()
        == landscape.execute(
            "SELECT max(degree) FROM graph_nodes WHERE source = 'landscape_2025-05'"
        ).fetchall()[0][0]
    ), "measures are of the whole network, whatever is drawn"
