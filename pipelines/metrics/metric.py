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
        people are not additive: one person may stand in both.
    rests_on
        Monthly metrics of a source that it is computed from; none where it is such a one, or rests on events or seeds.
    caveats
        What a reader must know before defending the number.
    thresholds
        Identifiers in ``seeds/thresholds.yml`` of the numbers that decide.
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
