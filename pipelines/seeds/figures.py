"""Figures that reports printed, and how close the published ones must come."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import (
    Field,
    NonNegativeInt,
    PositiveInt,
    model_validator,
)

from pipelines.seeds.entries import Entry, Identifier, LocalizedText, Slug, Text, YearMonth
from pipelines.seeds.problems import did_you_mean

Comparison = Literal["=", "<", "<=", ">", ">="]
"""How a published number is meant: as the value itself, or as a bound that the value keeps."""


class FigureTolerance(Entry):
    """How far a figure may be off what the data gives, with the reason for it."""

    id: Identifier
    value: Annotated[float, Field(ge=0)]
    reason: LocalizedText


class PublishedFigure(Entry):
    """A figure, as a report prints it, and how the published tables measure the same."""

    id: Slug
    section: Identifier | None = None
    """Section of the story that tells it; left out where only the project's page shows it."""
    project: Slug | None = None
    """The project it is about; left out where it is about more than one."""
    measure: LocalizedText
    """What the report calls it."""
    value: Text
    """As printed."""
    number: float | None = None
    """The value as a number in `unit`, a ratio as a fraction of 1."""
    unit: Text
    comparison: Comparison = "="
    """Whether the number is the value, or a bound that the value keeps."""
    tolerance: Identifier = "exact"
    """One of `tolerances`."""
    measured_by: Text | None = None
    """One SELECT over the published tables that gives ``value`` and ``coverage_ratio``, the share of what the figure
    rests on that they hold; left out where they hold none of it."""
    report: Text
    where: Text
    """Section or figure of the report."""
    last_month: YearMonth
    """Newest month that the report speaks of; looked at from an earlier one, it had said nothing."""
    remark: LocalizedText
    """How it is defined or that the report does not say, and why the data gives something else where it does."""


class PublishedNetwork(Entry):
    """The size of a collaboration network, as a report prints it."""

    source: Identifier
    """Data source of the edges that the report drew."""
    nodes_count: PositiveInt
    isolated_count: NonNegativeInt
    report: Text
    where: Text
    """Section or figure of the report."""
    remark: Text
    """Why it differs from what the edges give, or that the report does not say."""


class PublishedFiguresFile(Entry):
    """``published_figures.yml``: what was published, shown with what the data gives."""

    tolerances: tuple[FigureTolerance, ...] = Field(min_length=1)
    published_figures: tuple[PublishedFigure, ...]
    published_networks: tuple[PublishedNetwork, ...]

    @model_validator(mode="after")
    def _names_its_tolerances(self) -> Self:
        known = {tolerance.id for tolerance in self.tolerances}
        for figure in self.published_figures:
            if figure.tolerance not in known:
                raise ValueError(
                    f'{figure.id}: unknown tolerance "{figure.tolerance}"{did_you_mean(figure.tolerance, known)}'
                )
        return self
