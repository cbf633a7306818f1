"""Definitions of the metrics of status."""

from __future__ import annotations

from pipelines.metrics.metric import DEFINED_HERE, Example, Metric, derived

_OPENRANK = ("openrank",)
_SIGNS_OF_LIFE = ("openrank", "stars_total")

METRICS: tuple[Metric, ...] = (
    derived(
        "project_status",
        ("Status of a project", "项目状态"),
        "active, declining, dormant, graveyard, archived, resurrected, unknown",
        "what was observed by the as-of day",
        "Whether a project lives, by the policy that decides and the values it decides on",
        "policy published-2025-05: created from 2023 on, 10,000 stars or more, last push in an earlier year and"
        " push_silent_days before an observation no older than observation_fresh_days, and no OpenRank in the last"
        " complete months; policy corroborated: two signals of different origin agree; before"
        " both, an end its owner announced; after both, a curated exception, named as such",
        Example(
            "Projects in the graveyard on 2025-05-20: by rule, by announcement, as a curated exception",
            "SELECT count(*) FILTER (policy = 'published-2025-05'), count(*) FILTER (policy = 'official-end'),"
            " count(*) FILTER (policy = 'curated-exception') FROM project_status"
            " WHERE as_of = DATE '2025-05-20' AND status IN ('graveyard', 'archived')",
            "9, 1, 1",
        ),
        rests_on=_SIGNS_OF_LIFE,
        caveats=(
            "The published rule had neither of the two limits in days. They spare whoever rested over New Year, and"
            " change none of the projects of its table.",
            "A source that does not know a project, or whose pull ended, has no vote: it is never a sign of death.",
            "confidence is (agreeing votes + 1) / (votes + 2), no calibrated probability.",
            "A finished project with people still around is dormant by rule finished, not dead.",
        ),
        thresholds=(
            "recent_months",
            "observation_fresh_days",
            "push_silent_days",
            "openrank_evidence_months",
            "fallen_drawdown_ratio",
            "resurrected_months",
        ),
        columns=("project_status.status",),
        computed_by="pipelines.graveyard.assessment:assess_status",
    ),
    derived(
        "openrank_drawdown_ratio",
        ("Fall from the peak", "峰值回撤"),
        "ratio",
        "all months up to the as-of day",
        "How far the recent OpenRank of a project is below its highest, and how it moves",
        "1 − mean of the recent months / highest month so far; the slope compares with a year before",
        Example(
            "LangChain on 2025-04-30: fall, and months since the peak",
            "SELECT round(openrank_drawdown_ratio, 2), since_peak_months FROM project_status"
            " WHERE as_of = DATE '2025-04-30' AND project_id = 'langchain'",
            "0.73, 21",
        ),
        rests_on=_OPENRANK,
        reference=DEFINED_HERE,
        caveats=("A peak made by one month of attention makes any later level look like a fall.",),
        thresholds=("declining_drawdown_ratio", "declining_months", "steady_ratio", "slope_months"),
        columns=(
            "project_status.openrank_drawdown_ratio",
            "project_status.openrank_slope_ratio",
        ),
        computed_by="pipelines.graveyard.trends:compute_trends",
    ),
    derived(
        "survival_ratio",
        ("Survival", "存活率"),
        "ratio",
        "age in months since creation",
        "Share of projects of a domain or cohort that are expected to live beyond an age",
        "Kaplan-Meier estimate with log-log intervals; projects that still live are censored at the as-of month",
        Example(
            "Projects created in 2023: how many, how many of them ended, how many excluded as unknown",
            "SELECT any_value(projects_count), sum(ended_count), any_value(excluded_count) FROM survival_curves"
            " WHERE grouping = 'cohort' AND group_value = '2023'",
            "55, 8, 0",
        ),
        rests_on=_SIGNS_OF_LIFE,
        reference="Kaplan and Meier, Nonparametric estimation from incomplete observations, JASA 53, 1958",
        caveats=(
            "The projects were chosen because they were alive or on a list of the dead: compare groups, and read no"
            " chance of survival out of a curve.",
            "Late entry is not corrected: a project counts from its creation, though it was chosen later.",
        ),
        thresholds=("lifetime_silence_months",),
        columns=("survival_curves.survival_ratio",),
        computed_by="pipelines.graveyard.survival:compute_survival",
    ),
)
