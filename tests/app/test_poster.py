"""The poster compared with another month: it counts members, and marks those that came and left."""

from __future__ import annotations

from collections import Counter

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.test_pages import texts

MEMBERS = """
    SELECT project_id, is_member FROM landscape_members JOIN project_domains AS d USING (project_id)
    WHERE as_of_month = ?::DATE AND profile = 'year-mean-10' AND taxonomy_version = '2025-05' AND domain IS NOT NULL
"""


@pytest.fixture
def posters(monkeypatch):
    """Posters that the page draws, since a test has no browser."""
    seen = []
    monkeypatch.setattr("app.components.poster.show_poster", lambda bands, _words: seen.append(bands))
    monkeypatch.setattr("app.views.poster_cards.CARDS_A_ROW", 500)
    return seen


def cards_of(bands):
    return [card for band in bands for box in band["boxes"] for row in box["rows"] for card in row["cards"]]


@pytest.mark.parametrize("months", [("2025-04", "2024-01"), ("2024-01", "2025-04")])
def test_members_are_counted_and_changed_cards_are_marked(
    open_page, sample_data_dir, posters, landscape, months
):
    as_of, against = months
    only_here, only_there = ("left", "joined") if against > as_of else ("new", "dropped")
    app = open_page("landscape", sample_data_dir, lang="en", as_of=as_of, against=against)
    assert not app.exception
    here, there = (dict(landscape.execute(MEMBERS, [f"{month}-01"]).fetchall()) for month in (as_of, against))
    words = {
        (True, False): only_here,
        (True, None): "unknown-then",
        (False, True): only_there,
        (None, True): "unknown-now",
    }
    expected = {
        one: words.get((verdict, there.get(one)), "")
        for one, verdict in here.items()
        if verdict or there.get(one)
    }
    cards = cards_of(posters[-1])
    assert {card["id"]: card["mark"] for card in cards} == expected
    assert {card["id"] for card in cards if card["is_away"]} == {one for one in expected if not here[one]}
    boxes = [box for band in posters[-1] for box in band["boxes"]]
    assert sum(box["count"] for box in boxes) == sum(verdict is True for verdict in here.values())
    for box in boxes:
        in_box = [card for row in box["rows"] for card in row["cards"]]
        assert box["count"] == sum(not card["is_away"] for card in in_box)
        said = sum(int(part.split()[0]) for part in box["away"].split(" · ") if part)
        assert said == sum(card["is_away"] for card in in_box)
    month = {"2025-04": "Apr 2025", "2024-01": "Jan 2024"}[against]
    counts = Counter(expected.values())
    joined = {"left": "left by", "joined": "joined by", "new": "new since", "dropped": "dropped since"}
    said = texts(app).replace("\\", "")
    for mark in (only_here, only_there):
        assert (f"{joined[mark]} {month}" in said) == (counts[mark] > 0)


def test_a_change_is_of_the_window_of_the_chosen_rule(open_page, sample_data_dir, posters, landscape):
    """The rule of the latest month shows the latest month's change, not that of the year."""
    open_page("landscape", sample_data_dir, lang="en", profile="latest-50")
    (facts,) = [card["facts"] for card in cards_of(posters[-1]) if card["id"] == "vllm"]
    ((mean, delta),) = landscape.execute(
        """
        SELECT openrank_mean, openrank_yoy_delta FROM project_rankings_by_scope
        WHERE project_id = 'vllm' AND as_of_month = DATE '2025-04-01' AND window_months = 1 AND scope = 'landscape'
        """
    ).fetchall()
    assert facts[0] == f"OpenRank {mean:.0f}, +{delta:.0f} on a year before"


def test_where_no_change_is_published_it_is_not_called_unknown(open_page, sample_data_dir, posters):
    open_page("landscape", sample_data_dir, lang="en", as_of="2024-01", against="2025-04")
    away = [card for card in cards_of(posters[-1]) if card["mark"] == "joined"]
    assert away
    assert all(card["facts"][0].endswith("is not published") for card in away)


DATED = """
import streamlit as st
from app.components.order import dated
st.text(dated("drawing", {"content": st.session_state.get("content", "first")})["made_at"])
"""


def test_a_drawing_is_newer_than_another_only_when_something_changed():
    app = AppTest.from_string(DATED).run()
    first = int(app.text[0].value)
    assert int(app.run().text[0].value) == first
    app.session_state["content"] = "second"
    assert int(app.run().text[0].value) > first
