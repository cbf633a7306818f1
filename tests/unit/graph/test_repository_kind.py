"""Lists, documentation, forks and mirrors are distinguished from software, with the committed vocabulary."""

from __future__ import annotations

import doctest

import pytest

from pipelines.floor.settings import CHECKOUT
from pipelines.graph import repository_kind as room
from pipelines.graph.repository_kind import Namesake, RepositoryEvidence, assign_kind
from pipelines.seeds import load_seeds
from pipelines.tables.exploration.search import vocabulary_of

VOCABULARY = vocabulary_of(load_seeds(CHECKOUT / "seeds"))


def test_the_examples():
    assert doctest.testmod(room).failed == 0
    assert doctest.testmod(room).attempted >= 4


@pytest.mark.parametrize(
    ("evidence", "kind", "reason"),
    [
        ({"description": "A curated list of LLM papers"}, "list", 'its description says "curated list"'),
        ({"repo_full_name": "a/Awesome-LLM"}, "list", 'its name has the word "awesome"; by name only'),
        ({"repo_full_name": "a/awesomeness"}, "unknown", "nothing but its name and its people is known"),
        ({"topics": ["llm", "Awesome-List"]}, "list", 'its topic "Awesome-List"'),
        ({"repo_full_name": "a/a.github.io"}, "docs", 'its name has the word "github.io"; by name only'),
        ({"repo_full_name": "a/llm-docs"}, "docs", 'its name has the word "docs"; by name only'),
        ({"description": "Read-only mirror of the kernel"}, "mirror", 'its description says "mirror of"'),
        ({"description": "Fork of spark that is faster"}, "fork", 'its description says "fork of"'),
        ({"description": "The pitchfork of tools"}, "unknown", "nothing but its name and its people is known"),
        ({"description": "大模型资源汇总"}, "list", 'its description says "资源汇总"'),
        ({"language": "Python"}, "software", "written in Python, and nothing says otherwise"),
        # What owners say outweighs a name.
        ({"repo_full_name": "a/docs", "description": "a fork of docs"}, "fork", 'its description says "fork of"'),
        # People decided already.
        ({"repo_full_name": "a/docs", "project_id": "docs"}, "software", 'project "docs" of the seeds'),
    ],
)  # fmt: skip
def test_observed_facts_decide(evidence: dict[str, object], kind: str, reason: str):
    found = assign_kind(
        RepositoryEvidence(**{"repo_full_name": "a/b", "people_count": 3} | evidence), VOCABULARY
    )
    assert (found.kind, found.reason) == (kind, reason)


def test_a_smaller_namesake_is_a_fork_unless_everybody_uses_the_name():
    original = Namesake("apache/spark", 40, 2)
    fork = assign_kind(RepositoryEvidence("me/Spark", 3, language="Scala", namesake=original), VOCABULARY)
    assert (fork.kind, fork.reason) == (
        "fork",
        "same name as apache/spark, which has 40 people against 3, 2 of them the same; by name only",
    )
    core = RepositoryEvidence("me/Core", 3, language="Go", namesake=Namesake("you/core", 40, 2))
    assert assign_kind(core, VOCABULARY).kind == "software"
