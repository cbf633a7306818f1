"""Messages survive their way into a column and back, and no template lacks a place or a value."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.floor.messages import TEMPLATES, TEXT, Message, decode, encode, in_english, render

TEXTS = st.text(max_size=20)
LEAVES = st.one_of(
    TEXTS.map(lambda text: Message(TEXT, {"text": text})),
    st.tuples(st.integers(0, 10**7), TEXTS).map(
        lambda pair: Message("fact.stars", {"stars_count": pair[0], "day": pair[1]})
    ),
    st.floats(allow_nan=False, allow_infinity=False).map(
        lambda gain: Message("domain.topics", {"terms": ("'a'", "'b'"), "gain": gain})
    ),
)
MESSAGES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(
            lambda pair: Message("status.by_policy", {"policy": pair[0], "conclusion": pair[1]})
        ),
        st.lists(inner, max_size=3).map(lambda ones: Message("fact.openrank", {"months": tuple(ones)})),
    ),
    max_leaves=6,
)


@given(MESSAGES)
def test_a_message_is_read_back_as_it_was_written(message):
    assert decode(encode(message)) == message
    assert in_english(decode(encode(message))) == in_english(message)


@given(TEXTS)
def test_braces_of_others_are_no_places(text):
    assert in_english(Message("fact.listed", {"day": "{x}", "text": Message(TEXT, {"text": text})})) == (
        f"listed on {{x}}: {text}"
    )


def test_the_translation_decides_the_order_of_the_values():
    message = Message("fact.stars", {"stars_count": 10203, "day": "2023-07-02"})
    assert render(message, lambda _english: "{day}: {stars_count:,}") == "2023-07-02: 10,203"


def test_the_separator_of_a_list_is_translated_too():
    months = (Message("fact.month_unknown", {"month": "2025-01"}),) * 2
    written = render(
        Message("fact.openrank", {"months": months}),
        lambda english: {", ": "、", "{month}: unknown": "{month}：未知"}.get(english, english),
    )
    assert written == "OpenRank 2025-01：未知、2025-01：未知"


@pytest.mark.parametrize("text", ["", "[]", '"x"', "{}", '{"code":1}', '{"code":"text","text":null}', "{"])
def test_anything_but_a_message_is_refused(text):
    with pytest.raises(ValueError):
        decode(text)


def test_an_unknown_code_is_no_empty_sentence():
    with pytest.raises(KeyError):
        in_english(Message("no.such.code"))


@pytest.mark.parametrize(("count", "text"), [(1, "1 star"), (0, "0 stars"), (10203, "10,203 stars")])
def test_a_noun_takes_the_form_of_its_number(count, text):
    message = Message("fact.stars", {"stars_count": count, "day": "2023-07-02"})
    assert in_english(message) == f"{text} on 2023-07-02"


@pytest.mark.parametrize("code", TEMPLATES)
def test_every_place_of_a_template_has_a_name(code):
    places = [name for _, name, _, _ in string.Formatter().parse(TEMPLATES[code]) if name is not None]
    assert all(name.isidentifier() for name in places)
    assert len(set(places)) == len(places)
