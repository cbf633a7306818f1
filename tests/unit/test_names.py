from __future__ import annotations

import re

import pytest

from pipelines.names import REPO_FULL_NAME_PATTERN, RESERVED_NAME_PATTERN, repo_full_name_problem


@pytest.mark.parametrize(
    "name",
    [
        "a/b",
        "acme/.github",
        "acme/a_b.c--d",
        "acme/78",
        "acme/openrank.json",
        "acme_corp/x",
        "acme-/x",
        "a/x.gitx",
    ],
)
def test_names_that_github_allows_pass(name: str) -> None:
    assert repo_full_name_problem(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "", "/", "acme", "acme/", "/x", "acme/x/y", "acme/.", "acme/..", "acme/x.git", "acme/X.GIT", "acme/x.wiki",
        "acme/.git", "acme/x\n", "ac me/x", "acme/\u200b", "\u2066acme/x", "acme/x" + "y" * 100, "a" * 40 + "/x",
        "https://github.com/acme/x", "git@github.com:acme/x",
    ],
)  # fmt: skip
def test_names_that_no_repository_can_have_are_told(name: str) -> None:
    assert repo_full_name_problem(name) is not None


def test_the_patterns_alone_decide_as_the_function_does() -> None:
    for name in ("acme/x", "acme/..", "acme/x.git", "acme/x\n", "/"):
        passes = re.fullmatch(REPO_FULL_NAME_PATTERN, name) and not re.fullmatch(RESERVED_NAME_PATTERN, name)
        assert bool(passes) == (repo_full_name_problem(name) is None)
