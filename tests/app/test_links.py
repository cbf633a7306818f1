"""A page applies each field of a link or names it as left out, on every page and for every field."""

from __future__ import annotations

from dataclasses import fields
from datetime import date

import pytest

from app import session
from app.view_state import (
    LANGUAGE_KEY,
    MOST_COMPARED,
    MOST_SERIES,
    Cause,
    CompareView,
    DataView,
    Dropped,
    LandscapeView,
    Opened,
    TrendsView,
    decode,
)
from tests.app.conftest import PAGES

BAD = ("nan", "inf", "-5", "1e300", "1000000000", "2099-01", "2025-13", "nonsense", "")
FREE = {(LandscapeView, "search"), (DataView, "metrics"), (DataView, "sql")}
"""Fields that take any text."""


@pytest.fixture
def opened_views(monkeypatch):
    """Views that the app opens, each with what it makes of every bad value of every field."""
    seen = []

    def watched(view_type, query, choices):
        probes = {
            (one.name, value): decode(view_type, {one.name: [value]}, choices)
            for one in fields(view_type)
            for value in BAD
        }
        seen.append((view_type, probes))
        return decode(view_type, query, choices)

    monkeypatch.setattr(session, "decode", watched)
    return seen


def url(app):
    """The query of the page's URL: key → values."""
    return {key: value if isinstance(value, list) else [value] for key, value in app.query_params.items()}


def left_out(app):
    """What the page says it left out of the link."""
    return "\n".join(warning.value.replace("\\", "") for warning in app.warning)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_names_what_of_a_link_it_does_not_have_and_keeps_none_of_it(
    open_page, sample_data_dir, opened_views, page
):
    open_page(page, sample_data_dir)
    ((view_type, probes),) = opened_views
    for (name, value), opened in probes.items():
        if (view_type, name) in FREE and value:
            assert (getattr(opened.view, name), opened.dropped) == (value, ())
        else:
            assert (opened.view, [str(one) for one in opened.dropped]) == (view_type(), [f"{name}={value}"])
    names = [one.name for one in fields(view_type) if (view_type, one.name) not in FREE]
    link = {name: ["nan", "1000000000"] for name in names}
    app = open_page(page, sample_data_dir, **link, who=["me"], lang=["xx", "zh", "en"])
    assert not app.exception
    said = left_out(app)
    for part in [f"{name}={value}" for name in names for value in ("nan", "1000000000")]:
        assert part in said
    assert "who=me" in said
    assert "lang=xx" in said
    assert "lang=en" in said
    assert not [
        value for values in url(app).values() for value in values if value in ("nan", "1000000000", "me")
    ]
    assert url(app)[LANGUAGE_KEY] == ["zh"]


RULED_OUT = "there is no such value for what else the link or the page chooses"
TWICE = "the link has this value already"


@pytest.mark.parametrize(
    ("page", "query", "left"),
    [
        (
            "landscape",
            {"created_from": "1800", "as_of": "2031-01"},
            ("created_from=1800", "the values here run from"),
        ),
        (
            "landscape",
            {"as_of": "2031-01"},
            ("as_of=2031-01", "the values here run from Jan 2015 to Aug 2026"),
        ),
        (
            "landscape",
            {"language": ["Python", "Klingon"]},
            ("language=Klingon", "there is no such value here"),
        ),
        ("landscape", {"domain": "Baking"}, ("domain=Baking", "the taxonomy has no such layer, domain or")),
        (
            "landscape",
            {"openrank_from": ["50", "60"]},
            ("openrank_from=60", "the setting takes 1 value, and the link has more"),
        ),
        (
            "landscape",
            {"openrank_from": "much"},
            ("openrank_from=much", "this is no number from 0 to 1,000,000"),
        ),
        ("rankings", {"window": "5"}, ("window=5", RULED_OUT)),
        ("rankings", {"as_of": "2025-13"}, ("as_of=2025-13", "this is no month; one is written as 2025-04")),
        ("rankings", {"as_of": "2025-01", "window": "4"}, ("window=4", RULED_OUT)),
        (
            "project",
            {"project": "babyagi", "metric": "stars", "who": ""},
            ("who=", "this page has no such setting"),
        ),
        (
            "project",
            {"project": "nobody"},
            ("project=nobody", "no project here has this id, name or repository"),
        ),
        ("trends", {"metric": "happiness"}, ("metric=happiness", "there is no such metric here")),
        ("trends", {"metric": "participants", "aggregate": "sum"}, ("aggregate=sum", RULED_OUT)),
        ("trends", {"since": "2025-04"}, ("since=2025-04", "this is no whole number")),
        ("compare", {"projects": ["vllm", "vllm", "sglang"]}, ("projects=vllm", TWICE)),
        ("compare", {"projects": ["vllm", "sglang"], "lang": "xx"}, ("lang=xx", "the languages are en, zh")),
        ("network", {"cut": "3"}, ("cut=3", "the values here run from")),
        (
            "graveyard",
            {"as_of": "2024-12-31", "silent_since": "2025-02"},
            ("silent_since=2025-02", "the values here run from"),
        ),
        (
            "graveyard",
            {"as_of": "2019-12-31", "created_from": "2024-02"},
            ("created_from=2024-02", "the values here run from"),
        ),
    ],
)
def test_what_is_left_out_of_a_link_is_named_with_its_cause(open_page, sample_data_dir, page, query, left):
    app = open_page(page, sample_data_dir, **{"lang": "en", **query})
    assert not app.exception
    dropped, cause = left
    assert f"- {dropped}: {cause}" in left_out(app)
    key, _equals, value = dropped.partition("=")
    assert url(app).get(key, []).count(value) <= (key == "projects")


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("landscape", {"created_from": "2023", "openrank_from": "12.5", "language": ["unknown", "C++"]}),
        ("landscape", {"as_of": "2016-01", "created_from": "2024"}),
        ("rankings", {"as_of": "2025-01", "window": "12", "scope": "domain:Serving", "top": "50"}),
        (
            "graveyard",
            {"as_of": "2024-12-31", "silent_since": "2023-02", "created_from": "2022-01", "stars": "5000"},
        ),
        (
            "trends",
            {
                "metric": "participants",
                "aggregate": "mean",
                "since": "2024",
                "projects": ["vllm"],
                "log": "True",
            },
        ),
    ],
)
def test_a_valid_link_is_kept_unchanged(open_page, sample_data_dir, page, query):
    app = open_page(page, sample_data_dir, lang="en", **query)
    assert not app.exception
    assert left_out(app) == ""
    assert url(app) == {
        **{key: value if isinstance(value, list) else [value] for key, value in query.items()},
        LANGUAGE_KEY: ["en"],
    }


@pytest.mark.parametrize(
    ("view_type", "most"),
    [(CompareView, MOST_COMPARED), (TrendsView, MOST_SERIES)],
    ids=["compare", "trends"],
)
def test_no_more_projects_than_a_page_takes(view_type, most):
    many = [f"project-{place}" for place in range(most + 2)]
    opened = decode(view_type, {"projects": many}, {"projects": many})
    assert opened == Opened(
        view_type(projects=tuple(many[:most])),
        tuple(Dropped("projects", one, Cause.TOO_MANY, (most,)) for one in many[most:]),
    )


def test_the_first_of_several_is_taken_and_the_others_named():
    query = {"as_of": ["2025-13", "2025-04", "2025-05", "2025-04"], "lang": ["xx", "zh", "en"]}
    opened = decode(LandscapeView, query, {})
    assert opened.view == LandscapeView(as_of=date(2025, 4, 1))
    assert [(str(one), one.cause) for one in opened.dropped] == [
        ("as_of=2025-13", Cause.UNREADABLE),
        ("as_of=2025-05", Cause.TOO_MANY),
        ("as_of=2025-04", Cause.REPEATED),
        ("lang=xx", Cause.UNKNOWN),
        ("lang=en", Cause.TOO_MANY),
    ]


@pytest.mark.parametrize("text", ["VLLM", "vllm-project/vllm", "vLLM"])
def test_a_link_may_name_a_project_as_people_do(open_page, sample_data_dir, text):
    app = open_page("project", sample_data_dir, lang="en", project=text)
    assert app.header[0].value == "vLLM"
    assert "Left out" not in left_out(app)
