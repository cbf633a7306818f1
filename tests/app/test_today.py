"""Pages on a month of which little is known: each opens, counts what is known, and ranks nobody."""

from __future__ import annotations

import pytest


def texts(app) -> str:
    shown = [*app.caption, *app.info, *app.markdown, *app.subheader]
    return "\n".join(one.value for one in shown)


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("landscape", {"as_of": "2026-07"}),
        ("rankings", {"as_of": "2026-07"}),
        ("compare", {"as_of": "2026-07", "projects": "vllm,dify"}),
        ("project", {"project": "vllm", "as_of": "2026-07"}),
        ("changes", {"before": "2025-09", "after": "2026-07"}),
        ("graveyard", {"as_of": "2026-07-31"}),
        ("trends", {"as_of": "2026-07"}),
    ],
)
def test_every_page_opens_on_july_2026(open_page, sample_data_dir, page, query):
    app = open_page(page, sample_data_dir, lang="en", **query)
    assert not app.exception, app.exception
    assert not app.error


def test_the_ranking_of_july_2026_counts_what_is_known_and_ranks_nobody(open_page, sample_data_dir):
    app = open_page("rankings", sample_data_dir, lang="en", as_of="2026-07")
    shown = texts(app)
    assert "32 of 135 projects are known. That is too few for ranks" in shown
    assert "Not comparable, since a year before or now too few of their projects are known" in shown
    rows = app.dataframe[0].value
    assert rows["rank"].isna().all()
    assert len(rows) == 20
    assert rows["interval"].notna().all()


def test_the_ranking_of_april_2025_names_the_domains_that_cannot_be_compared(open_page, sample_data_dir):
    shown = texts(open_page("rankings", sample_data_dir, lang="en"))
    assert "132 of 135 projects are known." in shown
    assert "too few for ranks" not in shown
    assert "Coding Assistant (3 of 8)" in shown


def test_the_band_says_how_complete_the_newest_month_is(open_page, sample_data_dir):
    assert "Aug 2026: 34 of 147 known" in texts(open_page("story", sample_data_dir, lang="en"))


def test_no_curve_of_a_domain_is_drawn_where_the_dead_have_none(open_page, sample_data_dir):
    app = open_page("graveyard", sample_data_dir, lang="en", group="domain:Serving")
    assert "no domain's curve is drawn" in texts(app)


def test_a_mean_over_fewer_months_than_its_window_says_so(open_page, sample_data_dir):
    rows = open_page("rankings", sample_data_dir, lang="en", as_of="2025-09").dataframe[0]
    assert "Months, of 9" in str(rows.proto.columns)
    assert set(rows.value["months_count"]) == {7, 8, 9}
    whole = open_page("rankings", sample_data_dir, lang="en", as_of="2025-04", top="10").dataframe[0]
    assert set(whole.value["months_count"]) == {4}
    assert '"months_count"' not in str(whole.proto.column_order)
