"""The growth of the domains: one that grew from nearly nothing leaves the others their room."""

from __future__ import annotations

import polars as pl
import pytest

from app import charts

ROWS = pl.DataFrame(
    {
        "name": ["Coding <b>Assistant</b>", "Doubled", "Serving", "Training", "Gone"],
        "growth_ratio": [12.72, 1.0, 0.33, -0.09, -1.0],
    }
)


@pytest.fixture
def figure():
    return charts.growth(ROWS, ["of 3 projects"] * ROWS.height)


def test_a_bar_beyond_the_axis_ends_there_and_says_its_number(figure):
    (bars,) = figure.data
    assert bars.x == (100, 100, 33, -9, -100)
    assert bars.text == ("→ +1,272%", "+100%", "+33%", "−9%", "−100%")
    assert bars.y[0] == "Coding &lt;b&gt;Assistant&lt;/b&gt;"


def test_the_axis_is_always_the_same_and_explains_the_arrow(figure):
    calm = charts.growth(ROWS.tail(2), ["", ""])
    assert figure.layout.xaxis.range == calm.layout.xaxis.range
    assert figure.layout.xaxis.tickvals[-1] == 100
    assert "→" in figure.layout.xaxis.title.text
