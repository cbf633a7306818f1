"""Cutting texts into words and fields, and finding terms in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.classification.text import Field, RepositoryText, fields_of, parse_topics, words_of
from pipelines.classification.vocabulary import build_vocabulary


@pytest.fixture(scope="module")
def vocabulary(seeds):
    return build_vocabulary(seeds.default_taxonomy)


def terms(vocabulary, text):
    return [term.text for term in vocabulary.terms_in(words_of(text))]


def test_a_term_is_found_as_whole_words_only(vocabulary):
    assert "rag" in terms(vocabulary, "RAG for your files")
    assert terms(vocabulary, "leverage storage fragments") == []


def test_the_longest_term_wins(vocabulary):
    assert terms(vocabulary, "An AI search engine") == ["ai search engine"]


@pytest.mark.parametrize(
    "text", ["vector-database", "Vector Databases", "vector_database", "vectordatabase", "VECTOR/DATABASE"]
)
def test_spellings_of_a_term_are_one(vocabulary, text):
    [term] = vocabulary.terms_in(words_of(text))
    assert term.domains == ("vector-storage-and-search",)


def test_chinese_terms_need_no_blanks(vocabulary):
    domains = [term.domains for term in vocabulary.terms_in(words_of("高性能向量数据库，支持推理引擎"))]
    assert ("vector-storage-and-search",) in domains
    assert ("serving",) in domains


def test_no_term_reaches_from_one_topic_into_the_next(vocabulary):
    fields = fields_of(RepositoryText("a/b", topics=("vector", "database")))
    found = [term.text for words in fields[Field.TOPICS] for term in vocabulary.terms_in(words)]
    assert found == ["vector", "database"]


def test_the_head_of_a_description_ends_at_its_first_preposition():
    fields = fields_of(RepositoryText("x/y", "Kernel library for LLM serving"))
    assert fields[Field.HEAD] == [("kernel", "library")]
    assert fields[Field.REST] == [("for", "llm", "serving")]


def test_the_owner_of_a_repository_says_nothing():
    assert fields_of(RepositoryText("vector-database/TinyAgentKit"))[Field.NAME] == [("tiny", "agent", "kit")]


@pytest.mark.parametrize(
    "cell",
    [
        "llm,rag,agents",
        "llm; rag; agents",
        "llm|rag|agents",
        "llm rag  agents",
        '["llm", "rag", "agents"]',
        "['llm', 'rag', 'agents']",
    ],
)
def test_topics_are_read_in_every_usual_notation(cell):
    assert parse_topics(cell) == ("llm", "rag", "agents")


@pytest.mark.parametrize("cell", ["", "  ", "[]", ", ;"])
def test_no_topics_is_none(cell):
    assert parse_topics(cell) == ()


@given(st.text())
def test_any_text_is_cut_without_error(text):
    fields = fields_of(RepositoryText(text, text, parse_topics(text), text))
    assert all(word for stretches in fields.values() for words in stretches for word in words)


def test_no_term_names_a_repository(seeds):
    """A rule that names a repository is a label; this lists words of the field that are also a repository's name."""
    words_of_the_field = {("inference",), ("ai",), ("mcp", "server"), ("unstructured", "data")}
    repositories = {
        words_of(name)
        for project in seeds.projects
        for repository in project.repositories
        for full_name in repository.names
        for name in (full_name, full_name.split("/")[1])
    }
    names = repositories | {("".join(name),) for name in repositories}
    terms = {
        words_of(term)
        for taxonomy in seeds.taxonomies
        for layer in taxonomy.layers
        for domain in layer.domains
        for box in (domain, *domain.subdomains)
        for term in (*box.keywords, *box.hints)
    }
    assert terms & names - words_of_the_field == set()
