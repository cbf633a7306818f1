"""The Chinese catalogue has every text of the app, and no other."""

from __future__ import annotations

import ast
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


def written() -> set[object]:
    """The texts of every call of a keyword, also of one deep inside another, which Babel does not find."""
    calls = [
        node
        for path in (CHECKOUT / "app").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEYWORDS
    ]
    return {
        tuple(ast.literal_eval(one) for one in call.args[:2])
        if call.func.id == "n_"
        else ast.literal_eval(call.args[0])
        for call in calls
        if isinstance(call.args[0], ast.Constant)
    }


@pytest.fixture(scope="module")
def catalogue():
    with (CHECKOUT / "app" / "i18n" / "zh.po").open(encoding="utf-8") as file:
        return read_po(file, locale="zh_Hans", abort_invalid=True)


def test_every_text_has_its_chinese_and_nothing_is_left_over(catalogue):
    translated = {message.id: message.string for message in catalogue if message.id and not message.context}
    assert extracted() == translated.keys(), "run `make translations`"
    assert written() <= extracted(), "give it a line of its own"
    empty = [key for key, text in translated.items() if not (text if isinstance(text, str) else all(text))]
    assert not empty
    assert not [message.id for message in catalogue if message.fuzzy and message.id]


def test_every_text_of_the_published_file_has_its_chinese_and_nothing_is_left_over(catalogue):
    translated = {message.id: message.string for message in catalogue if message.context == CONTEXT}
    assert published_texts(load_seeds(CHECKOUT / "seeds")) == translated.keys(), "run `make translations`"
    assert [text for text, chinese in translated.items() if not chinese] == []


def test_a_translation_fills_in_the_same_values(catalogue):
    def fields(text: str) -> Counter[str]:
        # The forms of a noun, `{count:month|months}`, are the language's own; what the reader types is not.
        places = re.findall(r"\{(\w+)(?::[^}]*)?\}", text)
        return Counter([*places, *re.findall(r"`[^`]+`", text), *re.findall(r"\b\w+/[\w./]+", text)])

    for message in catalogue:
        if not message.id:
            continue
        if isinstance(message.id, tuple):
            assert fields(message.id[1]) == fields(message.string[0]), message.id
        else:
            assert fields(message.id) == fields(message.string), message.id
