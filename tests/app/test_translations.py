"""The Chinese catalogue has every text of the app, and no other."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from app.i18n.extraction import published_texts
from app.i18n.published import CONTEXT
from pipelines.seeds import load_seeds
from tests.conftest import CHECKOUT

KEYWORDS = {"_": None, "n_": (1, 2), "marked": None}


def extracted() -> set[object]:
    found = extract_from_dir(CHECKOUT / "app", keywords=KEYWORDS)
    return {message for _file, _line, message, _comments, _context in found}


@pytest.fixture(scope="module")
def catalogue():
    with (CHECKOUT / "app" / "i18n" / "zh.po").open(encoding="utf-8") as file:
        return read_po(file, locale="zh_Hans", abort_invalid=True)


def test_every_text_has_its_chinese_and_nothing_is_left_over(catalogue):
    translated = {message.id: message.string for message in catalogue if message.id and not message.context}
    assert extracted() == translated.keys(), "run `make translations`"
    empty = [key for key, text in translated.items() if not (text if isinstance(text, str) else all(text))]
    assert not empty
    assert not [message.id for message in catalogue if message.fuzzy and message.id]


def test_every_text_of_the_published_file_has_its_chinese_and_nothing_is_left_over(catalogue):
    translated = {message.id: message.string for message in catalogue if message.context == CONTEXT}
    assert published_texts(load_seeds(CHECKOUT / "seeds")) == translated.keys(), "run `make translations`"
    assert [text for text, chinese in translated.items() if not chinese] == []


def test_a_translation_fills_in_the_same_values(catalogue):
    def fields(text: str) -> Counter[str]:
        return Counter(re.findall(r"\{(\w+(?::[^}]*)?)\}", text))

    for message in catalogue:
        if not message.id:
            continue
        if isinstance(message.id, tuple):
            assert fields(message.id[1]) == fields(message.string[0]), message.id
        else:
            assert fields(message.id) == fields(message.string), message.id
