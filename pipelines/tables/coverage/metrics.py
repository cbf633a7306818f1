"""Definitions of the metrics of coverage."""

from __future__ import annotations

from pipelines.metrics.metric import DEFINED_HERE, Example, Metric, derived

METRICS: tuple[Metric, ...] = (
    derived(
        "coverage_ratio",
        ("Coverage", "覆盖率"),
        "ratio",
        "an hour of the archive, or a month of the series",
        "How much of what should be there was observed",
        "observed / expected; for events, expected is the median of comparable hours around, and from 2025-05-25 on"
        " that of the last healthy hours, or the mean hour of healthy months",
        Example(
            "Known holes of the archive that the table names",
            "SELECT count(*) FROM data_coverage WHERE source = 'gharchive' AND is_gap",
            "28",
        ),
        reference=DEFINED_HERE,
        caveats=(
            "A gap is unknown, never zero.",
            "From 2025-05-25 on the archive loses events, and nothing is learnt from it any more.",
            "What GitHub grew since is not in the expectation, so a ratio of later months flatters.",
        ),
        thresholds=("coverage_gap_ratio", "coverage_baseline_reach_days", "coverage_comparable_hours"),
        columns=("data_coverage.coverage_ratio",),
        computed_by="pipelines.metrics.coverage:compute_event_coverage",
    ),
)
