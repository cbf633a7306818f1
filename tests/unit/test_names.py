from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.floor.names import (
    REPO_FULL_NAME_PATTERN,
    RESERVED_NAME_PATTERN,
    are_repo_full_names,
    repo_full_name_problem,
)


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
def test_names_that_no_repository_can_have_are_refused(name: str) -> None:
    assert repo_full_name_problem(name) is not None


@given(
    names=st.lists(
        st.sampled_from(["acme/x", "a/b", "acme/..", "acme/x.GIT", "a/x.wiki", "a/b\nc/d", "/", "", "a/x."])
        | st.from_regex(r"[a\u200b]{0,40}/?[b./]{0,5}")
    )
)
def test_names_pass_together_exactly_when_each_does(names: list[str]) -> None:
    assert are_repo_full_names(names) == all(repo_full_name_problem(name) is None for name in names)


def test_ordinary_names_pass_together() -> None:
    assert are_repo_full_names([])
    assert are_repo_full_names(["acme/x", "acme/.github", "A-b_c/d.e", "a" * 39 + "/" + "x" * 100])


def test_the_patterns_alone_decide_as_the_function_does() -> None:
    for name in ("acme/x", "acme/..", "acme/x.git", "acme/x\n", "/"):
        passes = re.fullmatch(REPO_FULL_NAME_PATTERN, name) and not re.fullmatch(RESERVED_NAME_PATTERN, name)
        assert bool(passes) == (repo_full_name_problem(name) is None)
