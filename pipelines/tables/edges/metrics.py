"""Definitions of the metrics of edges."""

from __future__ import annotations

from pipelines.metrics.metric import Example, Metric, derived

METRICS: tuple[Metric, ...] = (
    derived(
        "shared_people_count",
        ("Shared people", "共同开发者"),
        "people",
        "the edge's: window_start to window_end",
        "People active in both of two projects",
        "distinct persons with an issue, issue comment, pull request, review or review comment in both",
        Example(
            "vLLM and SGLang, as published",
            "SELECT shared_people_count FROM collaboration_edges WHERE source = 'landscape_2025-05'"
            " AND least(project_a, project_b) = 'sglang' AND greatest(project_a, project_b) = 'vllm'",
            "810",
        ),
        caveats=(
            "Large projects share people by size alone: two hubs are not close because their count is high.",
            "Edges of source gharchive-simulated are made up to try the road, and enter no other number.",
        ),
        thresholds=("published_edge_cut", "sample_edge_cut", "person_repositories_cap", "edge_evidence_cap"),
        columns=(
            "collaboration_edges.shared_people_count",
            "repository_edges.shared_people_count",
        ),
        computed_by="pipelines.graph.edges:compute_edges",
    ),
)
