"""A view survives its own URL, and a URL never brings in a value that does not exist."""

from __future__ import annotations

import inspect
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Annotated, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import view_state
from app.view_state import Cause, Dropped, LandscapeView, Opened, decode, encode

VIEWS = [
    view
    for name, view in inspect.getmembers(view_state, inspect.isclass)
    if is_dataclass(view) and name.endswith("View") and view.__module__ == view_state.__name__
]
MONTHS = st.dates(date(2000, 1, 1), date(2099, 12, 31)).map(lambda day: day.replace(day=1))
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=20)
VALUES = {date: MONTHS, int: st.integers(1, 9999), float: st.floats(0, 1e6), bool: st.booleans(), str: WORDS}


def values_of(hint):
    """Values that a field of a view may have."""
    text = str(hint)
    hint = hint.__origin__ if get_origin(hint) is Annotated else hint
    if get_origin(hint) is tuple:
        return st.lists(WORDS, unique=True, max_size=4).map(tuple)
    for kind in (date, int, float, bool, str):
        if kind.__name__ in text:
            return VALUES[kind]
    raise AssertionError(hint)


@pytest.mark.parametrize("view_type", VIEWS, ids=lambda view: view.__name__)
@settings(max_examples=30)
@given(data=st.data())
def test_a_view_survives_its_url(view_type, data):
    hints = get_type_hints(view_type, include_extras=True)
    drawn = {name: data.draw(values_of(hint), label=name) for name, hint in hints.items()}
    chosen = data.draw(st.sets(st.sampled_from(sorted(drawn)))) if drawn else ()
    view = view_type(**{name: value for name, value in drawn.items() if name in chosen})
    opened = decode(view_type, encode(view), {})
    assert opened == Opened(view, ())


@pytest.mark.parametrize("view_type", VIEWS, ids=lambda view: view.__name__)
@settings(max_examples=30)
@given(query=st.dictionaries(st.text(max_size=12), st.lists(st.text(max_size=12), min_size=1, max_size=3)))
def test_any_url_opens_something(view_type, query):
    opened = decode(view_type, query, {})
    unknown = set(query) - {one.name for one in fields(view_type)} - {view_state.LANGUAGE_KEY}
    assert {one.key for one in opened.dropped if one.cause is Cause.NO_SETTING} == unknown


def test_what_does_not_exist_is_dropped_and_named():
    query = {"domain": ["Serving", "Baking"], "as_of": ["2025-13"], "who": ["me"], "lang": ["zh"]}
    opened = decode(LandscapeView, query, {"domain": {"Serving"}})
    assert opened == Opened(
        LandscapeView(domain=("Serving",)),
        (
            Dropped("domain", "Baking", Cause.UNKNOWN),
            Dropped("as_of", "2025-13", Cause.UNREADABLE, (date,)),
            Dropped("who", "me", Cause.NO_SETTING),
        ),
    )


def test_defaults_are_not_written():
    assert encode(LandscapeView()) == {}
    assert encode(LandscapeView(as_of=date(2025, 4, 1), domain=("A", "B"))) == {
        "as_of": ["2025-04"],
        "domain": ["A", "B"],
    }
