"""Compare a published figure with the value that the data give, by rule.

Belongs here: the comparison. Must not: measuring, or a figure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pipelines.seeds.figures import Comparison

Verdict = Literal["agrees", "differs", "not_reproducible"]


def judge_figure(
    published: float | None,
    measured: float | None,
    coverage_ratio: float | None,
    *,
    comparison: Comparison,
    tolerance: float,
    least_coverage_ratio: float,
) -> Verdict:
    """Compare a published number with the measured one.

    Parameters
    ----------
    published
        The number; None where the figure is none, or says nothing that can be measured.
    measured
        The value that the data give; None if they give none.
    coverage_ratio
        Share of the figure's inputs that the data hold; None if unknown.
    comparison
        ``=`` if the number is the value, otherwise a bound: ``<`` says that the value is below it.
    tolerance
        How far the measured value may be off, in the unit of both.
    least_coverage_ratio
        Below it a measured value proves nothing, for or against.

    Returns
    -------
    {'agrees', 'differs', 'not_reproducible'}

    Examples
    --------
    >>> judge_figure(615, 615.46, 1.0, comparison="=", tolerance=1, least_coverage_ratio=0.8)
    'agrees'
    >>> judge_figure(0.5, 0.288, 1.0, comparison="<", tolerance=0, least_coverage_ratio=0.8)
    'agrees'
    >>> judge_figure(2017, 2019, 0.47, comparison="=", tolerance=0, least_coverage_ratio=0.8)
    'not_reproducible'
    """
    if published is None or measured is None or coverage_ratio is None:
        return "not_reproducible"
    if coverage_ratio < least_coverage_ratio:
        return "not_reproducible"
    match comparison:
        case "=":
            agrees = abs(measured - published) <= tolerance
        case "<":
            agrees = measured < published + tolerance
        case "<=":
            agrees = measured <= published + tolerance
        case ">":
            agrees = measured > published - tolerance
        case ">=":
            agrees = measured >= published - tolerance
    return "agrees" if agrees else "differs"
