"""A repository's own texts, as fields of comparable words.

Belongs here: cutting text into words and fields. Must not: the meaning of words; the taxonomy holds it.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

README_CHARACTERS = 4_000
"""How much of a README is read: its head says what a project is, manuals and changelogs follow."""

_WORD = re.compile(r"[a-z0-9]+(?:\+\+|#)?|[\u4e00-\u9fff]")
_URL = re.compile(r"https?://\S+|www\.\S+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_TOPIC_SEPARATORS = re.compile(r"[,;|\s，；、]+")
# Where "X for Y" leaves X: what follows says whom or what it serves, with what, and on what.
_HEAD_ENDS = re.compile(
    r"\b(?:for|with|using|by|via|from|based on|powered by|built on|written in|that|which|including|supports?"
    r"|supporting)\b|[(（，。]"
)
_SHORTEST_PLURAL = 4

Words = tuple[str, ...]
Fields = dict["Field", list[Words]]
"""Each field as stretches of words; no term reaches from one stretch into the next."""


class Field(StrEnum):
    """Part of a repository's text; the model weighs each part separately."""

    TOPICS = "topics"
    HEAD = "description"
    REST = "further description"
    NAME = "name"
    README = "readme"


@dataclass(frozen=True, slots=True)
class RepositoryText:
    """The known texts of a repository; an empty text is unknown."""

    full_name: str
    description: str = ""
    topics: tuple[str, ...] = ()
    readme: str = ""

    @property
    def is_silent(self) -> bool:
        """True if there is nothing but the name."""
        return not (self.description.strip() or self.topics or self.readme.strip())


def parse_topics(cell: str) -> tuple[str, ...]:
    """Topics of one cell: a JSON list, or separated by comma, semicolon, bar or blank.

    Examples
    --------
    >>> parse_topics('["llm", "vector-database"]')
    ('llm', 'vector-database')
    >>> parse_topics("llm; rag|agents")
    ('llm', 'rag', 'agents')
    """
    text = cell.strip()
    if text.startswith("["):
        try:
            listed = json.loads(text)
        except json.JSONDecodeError:
            listed = None
        if isinstance(listed, list):
            return tuple(str(topic).strip() for topic in listed if str(topic).strip())
        text = re.sub(r"""["'\[\]]""", " ", text)  # a list as Python prints it
    return tuple(topic for topic in _TOPIC_SEPARATORS.split(text) if topic)


@lru_cache(maxsize=8192)
def words_of(text: str) -> Words:
    """Lower-case words without plural endings; a Chinese character is a word.

    Whole words: "leverage" does not hold "rag". Hyphens, underscores and slashes separate.

    Examples
    --------
    >>> words_of("Leverage vector-databases, 向量检索")
    ('leverage', 'vector', 'database', '向', '量', '检', '索')
    """
    plain = _URL.sub(" ", unicodedata.normalize("NFKC", text)).lower()
    return tuple(_singular(word) for word in _WORD.findall(plain))


@lru_cache(maxsize=1024)
def fields_of(text: RepositoryText) -> Fields:
    """Cut a repository's text into fields.

    The description is cut at its first preposition: in "kernel library for LLM serving" the head names the
    thing, the rest what it serves.
    """
    description = _URL.sub(" ", unicodedata.normalize("NFKC", text.description))
    cut = next(
        (m.start() for m in _HEAD_ENDS.finditer(description.lower()) if description[: m.start()].strip()),
        None,
    )
    head, rest = (description, "") if cut is None else (description[:cut], description[cut:])
    name = text.full_name.rpartition("/")[2]
    stretches = {
        Field.TOPICS: [words_of(topic) for topic in text.topics],
        Field.HEAD: [words_of(head)],
        Field.REST: [words_of(rest)],
        Field.NAME: [words_of(_CAMEL.sub(" ", name))],
        Field.README: [words_of(line) for line in text.readme[:README_CHARACTERS].splitlines()],
    }
    return {field: [words for words in found if words] for field, found in stretches.items()}


def _singular(word: str) -> str:
    if len(word) < _SHORTEST_PLURAL or word.endswith(("ss", "us", "is")) or not word.endswith("s"):
        return word
    return f"{word[:-3]}y" if word.endswith("ies") else word[:-1]
