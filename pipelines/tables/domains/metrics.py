"""Definitions of the metrics of domains."""

from __future__ import annotations

from pipelines.metrics.metric import DEFINED_HERE, Example, Metric, derived

METRICS: tuple[Metric, ...] = (
    derived(
        "domain_confidence",
        ("Confidence of a domain", "领域置信度"),
        "probability",
        "none",
        "How probable the most probable domain of an unlabelled project is",
        "calibrated probability of the classifier; see docs/classification.md",
        Example(
            "Domains of candidates by who assigned them: curated, predicted, unclassified",
            "SELECT count(*) FILTER (assignment = 'curated'), count(*) FILTER (assignment = 'predicted'),"
            " count(*) FILTER (assignment = 'unclassified') FROM project_domains",
            "135, 0, 0",
        ),
        reference=DEFINED_HERE,
        caveats=("A label by a person has no confidence and always wins.",),
        thresholds=("domain_confidence",),
        columns=("project_domains.confidence",),
        computed_by="pipelines.classification.assignment:assign_domain",
    ),
)
