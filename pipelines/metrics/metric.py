"""What a definition of a metric holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Example:
    """A question that the sample answers.

    Attributes
    ----------
    question
        In words.
    sql
        Asks the published file; gives one row.
    answer
        That row as text, its values joined by commas. A test asks again.
    """

    question: str
    sql: str
    answer: str


@dataclass(frozen=True, slots=True)
class Metric:
    """What a number means, how it comes about and what it cannot say.

    Attributes
    ----------
    metric_id
        OpenDigger's file name where it has one.
    source
        Identifier in ``data_sources``.
    is_additive_over_months, is_additive_over_repos
        Whether sums over months, or over the repositories of a project, mean the same thing. Counts of
        people are not additive: one person may be in both.
    rests_on
        Monthly metrics of a source that it is computed from; none where it is such a one, or rests on events or seeds.
    caveats
        What a reader must know before defending the number.
    thresholds
        Identifiers in ``seeds/thresholds.yml`` of the numbers that decide.
    columns
        Published columns that hold it, as ``project_rankings.rank``; none where it is computed when it is asked for.
    computed_by
        The function that computes it, as ``module:function``, or the table whose SELECT does, as ``mart.table``.
    """

    metric_id: str
    name: str
    name_zh: str
    unit: str
    window: str
    definition: str
    formula: str
    source: str
    reference: str
    is_additive_over_months: bool
    is_additive_over_repos: bool
    example: Example
    rests_on: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    thresholds: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    computed_by: str = ""


REPORT = "2025 LLM open-source development landscape and trends, Ant Open Source and X-lab, May 2025"
DEFINED_HERE = "defined here"


def derived(  # noqa: PLR0917 - a definition is as long as it is
    metric_id: str,
    names: tuple[str, str],
    unit: str,
    window: str,
    definition: str,
    formula: str,
    example: Example,
    *,
    columns: tuple[str, ...],
    computed_by: str,
    reference: str = REPORT,
    rests_on: tuple[str, ...] = (),
    caveats: tuple[str, ...] = (),
    thresholds: tuple[str, ...] = (),
) -> Metric:
    """A metric that is computed here, from what a source publishes."""
    return Metric(
        metric_id=metric_id,
        name=names[0],
        name_zh=names[1],
        unit=unit,
        window=window,
        definition=definition,
        formula=formula,
        source="computed",
        reference=reference,
        is_additive_over_months=False,
        is_additive_over_repos=False,
        example=example,
        rests_on=rests_on,
        caveats=caveats,
        thresholds=thresholds,
        columns=columns,
        computed_by=computed_by,
    )
