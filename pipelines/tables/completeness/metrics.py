"""Definitions of the metrics of completeness."""

from __future__ import annotations

from pipelines.metrics.metric import DEFINED_HERE, Example, Metric, derived

METRICS: tuple[Metric, ...] = (
    derived(
        "capture_ratio",
        ("Capture", "捕获率"),
        "ratio",
        "calendar month, or the window that GitHub was asked about",
        "Share of what GitHub counts in a project that a source has",
        "source_count / github_count, with a Wilson interval",
        Example(
            "Pull requests opened in PyTorch that OpenDigger has of those from January to August 2024",
            "SELECT round(capture_ratio, 3), source_count, github_count FROM source_capture_monthly"
            " WHERE project_id = 'pytorch' AND metric_id = 'change_requests' AND month = DATE '2024-06-01'",
            "0.941, 11,744, 12,480",
        ),
        reference=DEFINED_HERE,
        rests_on=("issues_new", "change_requests"),
        caveats=(
            "GitHub counts what is public today: deleted and transferred issues are missing there, so a healthy source"
            " may have more than GitHub.",
            "The loss differs by kind of event and by repository: the capture of one measure says little of another.",
        ),
        thresholds=(
            "counts_since_year",
            "as_of_known_ratio",
            "as_of_known_weight_ratio",
            "doubtful_counts_ratio",
            "doubtful_counts_projects",
        ),
        columns=(
            "source_capture_monthly.capture_ratio",
            "project_openrank_monthly.capture_ratio",
        ),
        computed_by="pipelines.completeness.capture:compute_capture",
    ),
    derived(
        "openrank_nowcast",
        ("OpenRank by nowcast", "OpenRank 临近估计"),
        "OpenRank",
        "calendar month, UTC",
        "What OpenRank may have been in a month that the event stream saw too little of",
        "level of the project's last healthy year × exp(a + b·log change of pull requests + c·log change of issues), by"
        " GitHub's own counts; docs/completeness.md has the coefficients and the back-test",
        Example(
            "vLLM in July 2026: published, nowcast and its interval of 80 %",
            "SELECT round(published), round(nowcast), round(nowcast_low), round(nowcast_high)"
            " FROM project_openrank_monthly WHERE project_id = 'vllm' AND month = DATE '2026-07-01'",
            "189, 1033, 700, 1525",
        ),
        reference=DEFINED_HERE,
        rests_on=("openrank", "issues_new", "change_requests"),
        caveats=(
            "It says what the counts say: where agents open pull requests by the thousand, so does the nowcast.",
            "It was fitted on years before 2025; a change beyond anything in them is capped; is_outside_range says so.",
            "It is in the vintage of the level: compare it with values of that vintage alone.",
        ),
        columns=(
            "project_openrank_monthly.nowcast",
            "project_openrank_monthly.openrank",
        ),
        computed_by="pipelines.completeness.nowcast:compute_nowcast",
    ),
)
