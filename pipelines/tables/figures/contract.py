"""Contracts of the family figures."""

from __future__ import annotations

import dataframely as dy

from pipelines.tables import column


class PublishedFigures(dy.Schema):
    """Figures as a report printed them, each with what the tables of this file give for it.

    A number agrees if what was measured is within its tolerance, or keeps the bound. Where nothing was measured, or
    less than comparable_coverage_ratio of what the figure rests on is here, it is not reproducible: no vote either way.
    """

    figure_id = dy.String(primary_key=True, description="Identifier in the seeds")
    section = dy.String(nullable=True, description="Section of the story that tells it; NULL for none")
    project_id = column.project(
        "Project it is about, as in projects; NULL if about more than one", nullable=True
    )
    measure = dy.String(description="What the report calls it, in English")
    measure_zh = dy.String(description="The same in Chinese")
    value = dy.String(description="The figure as printed")
    number = dy.Float64(
        nullable=True, description="The figure as a number in its unit, a ratio as a fraction of 1"
    )
    unit = dy.String(description="Unit of number and measured")
    comparison = column.one_of(
        ("=", "<", "<=", ">", ">="), "Whether the number is the value, or a bound that it keeps"
    )
    tolerance = dy.Float64(min=0, description="How far measured may be off number")
    tolerance_reason = dy.String(description="Why as far as that, in English")
    tolerance_reason_zh = dy.String(description="The same in Chinese")
    measured = dy.Float64(nullable=True, description="What measured_by gives; NULL if nothing")
    coverage_ratio = column.ratio("Share of what the figure rests on that this file holds", nullable=True)
    verdict = column.one_of(
        ("agrees", "differs", "not_reproducible", "not_computable"),
        "Whether number and measured agree; not_computable if measured_by failed",
    )
    cause = dy.String(nullable=True, description="Why measured_by failed; NULL if it did not")
    measured_by = dy.String(
        nullable=True, description="SELECT over this file that measures it; NULL if none can"
    )
    report = dy.String(description="The report")
    where = dy.String(description="Section, table or figure of the report")
    last_month = column.month("Newest month the report speaks of")
    remark = dy.String(description="How it is defined, and why both differ where they do, in English")
    remark_zh = dy.String(description="The same in Chinese")
