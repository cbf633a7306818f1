"""Classify a repository as software, list, documentation, fork or mirror from its known properties."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class RepositoryKind(StrEnum):
    """What a repository holds."""

    SOFTWARE = "software"
    LIST = "list"
    DOCS = "docs"
    FORK = "fork"
    MIRROR = "mirror"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class KindSigns:
    """How a kind shows, in lower case.

    Attributes
    ----------
    name_words
        Words of the name without its owner, or all of it.
    topics
        Topics on GitHub.
    phrases
        Parts of the description.
    """

    kind: RepositoryKind
    name_words: frozenset[str]
    topics: frozenset[str]
    phrases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KindVocabulary:
    """Signs of each kind, in the order they are tried, and names that many owners use for different things."""

    signs: tuple[KindSigns, ...]
    common_names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Namesake:
    """A larger repository of the same name under another owner, with people in common."""

    repo_full_name: str
    people_count: int
    shared_people_count: int


@dataclass(frozen=True, slots=True)
class RepositoryEvidence:
    """The known properties of a repository; None is unknown.

    Attributes
    ----------
    repo_full_name
        ``owner/name``.
    people_count
        People active in it in the window.
    project_id
        Project of the seeds that it belongs to.
    description, topics, language
        As observed on GitHub.
    namesake
        The largest one in the window.
    """

    repo_full_name: str
    people_count: int
    project_id: str | None = None
    description: str | None = None
    topics: Sequence[str] | None = None
    language: str | None = None
    namesake: Namesake | None = None


@dataclass(frozen=True, slots=True)
class AssignedKind:
    """A kind and its reason, as a sentence with its values."""

    kind: RepositoryKind
    reason: str


def assign_kind(evidence: RepositoryEvidence, vocabulary: KindVocabulary) -> AssignedKind:
    """Classify what a repository holds.

    People decided of a project of the seeds that it is software. Otherwise what its owners say of it counts first:
    the description, then the topics, then its name; kinds in the order of the vocabulary. A smaller repository of
    the same name under another owner that has people in common with the larger one is taken for a fork, by name
    only. What shows none of this is software if a programming language was observed, and else unknown.

    Examples
    --------
    >>> lists = KindSigns(RepositoryKind.LIST, frozenset({"awesome"}), frozenset({"awesome-list"}), ("curated list",))
    >>> vocabulary = KindVocabulary((lists,), common_names=frozenset({"core"}))
    >>> assign_kind(RepositoryEvidence("someone/awesome-llm", 4), vocabulary)
    AssignedKind(kind=<RepositoryKind.LIST: 'list'>, reason='its name has the word "awesome"; by name only')
    >>> assign_kind(
    ...     RepositoryEvidence("someone/spark", 2, namesake=Namesake("apache/spark", 40, 2)), vocabulary
    ... ).reason
    'same name as apache/spark, which has 40 people against 2, 2 of them the same; by name only'
    >>> assign_kind(RepositoryEvidence("someone/spark", 2), vocabulary).kind
    <RepositoryKind.UNKNOWN: 'unknown'>
    """
    if evidence.project_id is not None:
        return AssignedKind(RepositoryKind.SOFTWARE, f'project "{evidence.project_id}" of the seeds')
    for shows in (_by_description, _by_topic, _by_name):
        for signs in vocabulary.signs:
            if reason := shows(evidence, signs):
                return AssignedKind(signs.kind, reason)
    if reason := _as_copy(evidence, vocabulary):
        return AssignedKind(RepositoryKind.FORK, reason)
    if evidence.language is not None:
        return AssignedKind(
            RepositoryKind.SOFTWARE, f"written in {evidence.language}, and nothing says otherwise"
        )
    return AssignedKind(RepositoryKind.UNKNOWN, "nothing but its name and its people is known")


def _by_description(evidence: RepositoryEvidence, signs: KindSigns) -> str | None:
    description = (evidence.description or "").lower()
    found = next((phrase for phrase in signs.phrases if _occurs_in(phrase, description)), None)
    return found and f'its description says "{found}"'


def _by_topic(evidence: RepositoryEvidence, signs: KindSigns) -> str | None:
    found = next((topic for topic in evidence.topics or () if topic.lower() in signs.topics), None)
    return found and f'its topic "{found}"'


def _by_name(evidence: RepositoryEvidence, signs: KindSigns) -> str | None:
    name = _own_name(evidence.repo_full_name)
    words = {*re.split(r"[-_.]+", name), name}
    found = next(
        (word for word in sorted(signs.name_words) if word in words or name.endswith(f".{word}")), None
    )
    return found and f'its name has the word "{found}"; by name only'


def _as_copy(evidence: RepositoryEvidence, vocabulary: KindVocabulary) -> str | None:
    original = evidence.namesake
    if original is None or _own_name(evidence.repo_full_name) in vocabulary.common_names:
        return None
    return (
        f"same name as {original.repo_full_name}, which has {original.people_count:,} people against"
        f" {evidence.people_count:,}, {original.shared_people_count:,} of them the same; by name only"
    )


def _own_name(repo_full_name: str) -> str:
    return repo_full_name.partition("/")[2].lower()


def _occurs_in(phrase: str, text: str) -> bool:
    """Whether `text` contains `phrase` as words; Chinese has no spaces between them."""
    if not phrase.isascii():
        return phrase in text
    return re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text, re.ASCII) is not None
