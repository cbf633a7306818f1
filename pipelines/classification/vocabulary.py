"""The taxonomy's terms, found in text: whole words, the longest term first.

Belongs here: matching. Must not: a term; those are seeds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.classification.text import words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipelines.seeds.taxonomies import Category, Taxonomy

_SHORTEST_JOINED = 8
_CHINESE_CHARACTERS_A_WORD = 2
_MOST_WORDS = 3


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the taxonomy as it is written there, and the domains it points to.

    Attributes
    ----------
    weight
        Evidence of one occurrence: more for a longer term, shared among the domains that list it.
    is_hint
        True for a word that leans without proving anything.
    """

    text: str
    domains: tuple[str, ...]
    weight: float
    is_hint: bool


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Terms by their words.

    Attributes
    ----------
    domains
        Ids in the order of the taxonomy.
    longest
        Most words of a term that begins with a word.
    """

    domains: tuple[str, ...]
    terms: dict[tuple[str, ...], Term]
    longest: dict[str, int]

    def terms_in(self, words: Sequence[str]) -> Iterator[Term]:
        """Terms from left to right; at each place the longest, and none overlaps another.

        So "AI search engine" is no "search engine".
        """
        at = 0
        while at < len(words):
            for length in range(min(self.longest.get(words[at], 0), len(words) - at), 0, -1):
                term = self.terms.get(tuple(words[at : at + length]))
                if term is not None:
                    yield term
                    at += length
                    break
            else:
                at += 1


def build_vocabulary(taxonomy: Taxonomy) -> Vocabulary:
    """Index the keywords and hints of a taxonomy; a subdomain's terms count for its domain.

    A term of several words is also found written as one ("vectordatabase"). A word that is a keyword
    anywhere is no hint elsewhere.
    """
    domains = [domain for layer in taxonomy.layers for domain in layer.domains]
    keywords: dict[tuple[str, ...], tuple[str, list[str]]] = {}
    hints: dict[tuple[str, ...], tuple[str, list[str]]] = {}
    for domain in domains:
        for category in (domain, *domain.subdomains):
            _collect(keywords, category.keywords, domain)
            _collect(hints, category.hints, domain)
    terms = {words: _term(words, *found, is_hint=True) for words, found in hints.items()}
    terms |= {words: _term(words, *found, is_hint=False) for words, found in keywords.items()}
    joined = {("".join(words),): term for words, term in terms.items() if _is_joinable(words)}
    terms = joined | terms
    longest: dict[str, int] = {}
    for words in terms:
        longest[words[0]] = max(len(words), longest.get(words[0], 0))
    return Vocabulary(tuple(domain.id for domain in domains), terms, longest)


def _collect(
    found: dict[tuple[str, ...], tuple[str, list[str]]], texts: Iterable[str], domain: Category
) -> None:
    for text in texts:
        _, domains = found.setdefault(words_of(text), (text, []))
        if domain.id not in domains:
            domains.append(domain.id)


def _term(words: tuple[str, ...], text: str, domains: list[str], *, is_hint: bool) -> Term:
    characters = sum(not word.isascii() for word in words)
    length = len(words) - characters + characters / _CHINESE_CHARACTERS_A_WORD
    weight = (1 + min(length, _MOST_WORDS)) / 2 / len(domains)
    return Term(text, tuple(domains), weight, is_hint)


def _is_joinable(words: tuple[str, ...]) -> bool:
    return (
        len(words) > 1 and all(word.isascii() for word in words) and len("".join(words)) >= _SHORTEST_JOINED
    )
