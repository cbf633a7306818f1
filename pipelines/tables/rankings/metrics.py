"""Definitions of the metrics of rankings."""

from __future__ import annotations

from pipelines.metrics.metric import Example, Metric, derived

_OPENRANK = ("openrank",)

METRICS: tuple[Metric, ...] = (
    derived(
        "openrank_mean",
        ("Mean OpenRank", "OpenRank 均值"),
        "OpenRank",
        "the profile's: January to the as-of month, or the latest month",
        "OpenRank of a project over the months of a window that have a value",
        "mean of the monthly values; months_count says how many there are",
        Example(
            "vLLM from January to April 2025",
            "SELECT round(openrank_mean, 2), months_count FROM project_rankings"
            " WHERE as_of_month = DATE '2025-04-01' AND project_id = 'vllm'",
            "615.46, 4",
        ),
        rests_on=_OPENRANK,
        caveats=(
            "A project that is younger than the window is averaged over fewer months: read months_count beside it.",
            "A month that no pull covered is left out, not counted as zero.",
        ),
        columns=(
            "project_rankings.openrank_mean",
            "project_rankings_by_scope.openrank_mean",
            "landscape_members.openrank_mean",
        ),
        computed_by="pipelines.metrics.panel:compute_window_means",
    ),
    derived(
        "openrank_yoy_delta",
        ("Year-on-year change", "同比变化"),
        "OpenRank",
        "the window, and the same months one year before",
        "Change of the mean OpenRank against the same months one year before",
        "openrank_mean − openrank_prior_mean; openrank_yoy_ratio divides that by openrank_prior_mean",
        Example(
            "LangChain, January to April 2025 against 2024",
            "SELECT round(openrank_yoy_delta), round(openrank_yoy_ratio, 2) FROM project_rankings"
            " WHERE as_of_month = DATE '2025-04-01' AND project_id = 'langchain'",
            "-280, -0.64",
        ),
        rests_on=_OPENRANK,
        caveats=(
            "A project created after the earlier window counts there as 0 and has no relative change.",
            "One that existed while its earlier months were not retrieved has no year-on-year change at all.",
        ),
        columns=(
            "project_rankings.openrank_yoy_delta",
            "project_rankings.openrank_yoy_ratio",
        ),
        computed_by="pipelines.landscape.rankings:rank_members",
    ),
    derived(
        "rank",
        ("Rank", "排名"),
        "place",
        "the profile's window; in project_ranks_monthly one month",
        "Place among the members, or among the projects of a layer, domain or subdomain, by OpenRank",
        "1 + number of projects with a larger value; equal values share a place",
        Example(
            "Place of vLLM in April 2025 within its domain, January to April",
            "SELECT rank FROM project_rankings_by_scope"
            " WHERE as_of_month = DATE '2025-04-01' AND scope = 'domain' AND window_months = 4 AND project_id = 'vllm'",
            "1",
        ),
        rests_on=_OPENRANK,
        caveats=(
            "Unknown projects have no place; the places below them may move when they become known.",
            "Where too few of those that existed are known, nobody has a place.",
        ),
        thresholds=("rank_known_ratio",),
        columns=(
            "project_rankings.rank",
            "project_rankings_by_scope.rank",
            "project_ranks_monthly.rank",
        ),
        computed_by="pipelines.landscape.rankings:rank_members",
    ),
)
