"""The window of a ranking, as the month moves."""

from __future__ import annotations

from datetime import date

from tests.app.conftest import labelled
from tests.app.test_links import url


def window(app) -> str:
    """What the page says that the ranking covers."""
    return next(one.value for one in app.markdown if one.value.startswith("##### Ranking"))


def move(app, year, month):
    return labelled(app.select_slider, "As-of month").set_value(date(year, month, 1)).run()


def test_january_to_the_month_follows_the_month(open_page, sample_data_dir):
    app = open_page("rankings", sample_data_dir, lang="en")
    for month, name in ((3, "Mar"), (5, "May"), (2, "Feb"), (6, "Jun")):
        app = move(app, 2025, month)
        assert window(app).endswith(f"Jan 2025 to {name} 2025"), "also where another window is as long"
    assert url(app) == {"as_of": ["2025-06"], "lang": ["en"]}


def test_a_window_of_three_months_stays_one_of_three_months(open_page, sample_data_dir):
    app = open_page("rankings", sample_data_dir, lang="en", window="3")
    for month, text in ((3, "Jan 2025 to Mar 2025"), (5, "Mar 2025 to May 2025")):
        app = move(app, 2025, month)
        assert window(app).endswith(text)


def test_a_link_with_the_length_of_its_own_january_to_the_month_means_just_that(open_page, sample_data_dir):
    app = open_page("rankings", sample_data_dir, lang="en", as_of="2025-05", window="5")
    offered = labelled(app.segmented_control, "Months of the window")
    assert offered.options == ["year to date (5)", "1", "3", "6", "12"]
    assert url(app) == {"as_of": ["2025-05"], "lang": ["en"]}
