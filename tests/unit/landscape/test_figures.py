"""A published figure agrees by rule, and can fail to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.landscape.figures import judge_figure

RULE = {"comparison": "=", "tolerance": 1.0, "least_coverage_ratio": 0.8}


@pytest.mark.parametrize(
    ("published", "measured", "verdict"),
    [(615, 615.46, "agrees"), (66, 66.75, "agrees"), (66, 67.25, "differs"), (-280, 280, "differs")],
)
def test_a_value_agrees_within_its_tolerance(published, measured, verdict):
    assert judge_figure(published, measured, 1.0, **RULE) == verdict


@pytest.mark.parametrize(
    ("comparison", "at_the_bound", "above"),
    [
        ("<", "differs", "differs"),
        ("<=", "agrees", "differs"),
        (">", "differs", "agrees"),
        (">=", "agrees", "agrees"),
    ],
)
def test_a_bound_is_kept_or_not(comparison, at_the_bound, above):
    rule = {**RULE, "comparison": comparison, "tolerance": 0}
    assert judge_figure(10, 10, 1.0, **rule) == at_the_bound
    assert judge_figure(10, 10.5, 1.0, **rule) == above


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(0, 0.79))
def test_too_little_coverage_is_no_vote_either_way(published, measured, coverage):
    assert judge_figure(published, measured, coverage, **RULE) == "not_reproducible"
    assert judge_figure(published, measured, None, **RULE) == "not_reproducible"


def test_an_absent_value_is_not_zero():
    assert judge_figure(0, None, 1.0, **RULE) == "not_reproducible"
    assert judge_figure(None, 0, 1.0, **RULE) == "not_reproducible"
