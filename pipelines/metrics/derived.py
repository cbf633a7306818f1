"""Measures that this product computes: columns of the tables of members, ranks, growth and the network."""

from __future__ import annotations

from pipelines.metrics.metric import Example, Metric

_REPORT = "2025 LLM open-source development landscape and trends, Ant Open Source and X-lab, May 2025"
_OURS = "defined here"
_OPENRANK = ("openrank",)
_SIGNS_OF_LIFE = ("openrank", "stars_total")


def _derived(  # noqa: PLR0917 - a definition is as long as it is
    metric_id: str,
    names: tuple[str, str],
    unit: str,
    window: str,
    definition: str,
    formula: str,
    example: Example,
    *,
    reference: str = _REPORT,
    rests_on: tuple[str, ...] = (),
    caveats: tuple[str, ...] = (),
    thresholds: tuple[str, ...] = (),
) -> Metric:
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
    )


DERIVED_METRICS: tuple[Metric, ...] = (
    _derived(
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
    ),
    _derived(
        "membership",
        ("Membership", "入选"),
        "yes, no, unknown",
        "the profile's: January to the as-of month, or the latest month",
        "Whether a project belongs to the landscape by a profile's rule, with the reason",
        "openrank_mean against the profile's line: above 10 over the year's complete months, or at least 50 in the"
        " latest month",
        Example(
            "Members, projects that are out, and unknown ones of the labelled 135 in April 2025",
            "SELECT count(*) FILTER (is_member), count(*) FILTER (NOT is_member), count(*) FILTER (is_member IS NULL)"
            " FROM landscape_members JOIN project_domains AS d USING (project_id)"
            " WHERE as_of_month = DATE '2025-04-01' AND profile = 'year-mean-10' AND d.assignment = 'curated'",
            "131, 1, 3",
        ),
        rests_on=_OPENRANK,
        caveats=(
            "A project without a series is unknown, neither in nor out.",
            "Near the line the rounding of the inputs decides: the watch list names who stands there.",
        ),
        thresholds=("watch_list_width_ratio", "watch_list_steady_ratio"),
    ),
    _derived(
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
    ),
    _derived(
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
        caveats=("Unknown projects have no place; the places below them may move when they become known.",),
    ),
    _derived(
        "domain_growth",
        ("Growth of a domain", "领域增长"),
        "ratio",
        "January to the as-of month, against the same months one year before",
        "Change of the summed mean OpenRank of a domain's projects",
        "openrank_sum / openrank_prior_sum − 1 over the projects whose mean is known in both windows",
        Example(
            "Serving in April 2025: growth, projects compared, projects in all",
            "SELECT round(growth_ratio, 2), compared_projects_count, projects_count FROM domain_growth"
            " WHERE as_of_month = DATE '2025-04-01' AND domain = 'Serving' AND subdomain IS NULL",
            "0.33, 11, 19",
        ),
        rests_on=_OPENRANK,
        caveats=(
            "It describes the compared projects, not the domain: print compared_projects_count beside it.",
            "Domains are those that people assigned; predicted ones do not count.",
        ),
    ),
    _derived(
        "quarter_growth",
        ("Average growth in a quarter", "季度平均增长"),
        "ratio",
        "calendar quarter",
        "Mean of the two month-over-month changes inside a quarter",
        "((m₂ / m₁ − 1) + (m₃ / m₂ − 1)) / 2 with the quarter's three monthly values",
        Example(
            "vLLM in the first quarter of 2025",
            "SELECT round(avg(growth), 2) FROM (SELECT value / lag(value) OVER (ORDER BY month) - 1 AS growth"
            " FROM project_metrics_monthly WHERE project_id = 'vllm' AND metric_id = 'openrank'"
            " AND month BETWEEN DATE '2025-01-01' AND DATE '2025-03-01')",
            "0.17",
        ),
        rests_on=_OPENRANK,
        caveats=("The step into the quarter does not count, and a quarter with a hole has no growth.",),
    ),
    _derived(
        "spike",
        ("Spike", "突增"),
        "times",
        "a month and the one before it",
        "A month whose OpenRank is many times that of the month before",
        "value / value of the previous month",
        Example(
            "KTransformers in February 2025",
            "SELECT round(value / lag(value) OVER (ORDER BY month), 1) FROM project_metrics_monthly"
            " WHERE project_id = 'ktransformers' AND metric_id = 'openrank'"
            " AND month IN (DATE '2025-01-01', DATE '2025-02-01') ORDER BY month DESC LIMIT 1",
            "34.5",
        ),
        rests_on=_OPENRANK,
        caveats=("From a small month any factor is easy: the month itself must reach spike_openrank.",),
        thresholds=("spike_ratio", "spike_openrank"),
    ),
    _derived(
        "crossover",
        ("Overtaking", "反超"),
        "month or year",
        "all periods in which both have a value",
        "When one project or area passes another, for the first time and for good",
        "first period with a > b after one without; first such period from which a > b in every later one; none where"
        " a was above from the beginning",
        Example(
            "First year in which PyTorch's OpenRank is above TensorFlow's",
            "SELECT min(year) FROM (SELECT year(month) AS year, sum(value) FILTER (project_id = 'pytorch') AS a,"
            " sum(value) FILTER (project_id = 'tensorflow') AS b FROM project_metrics_monthly"
            " WHERE metric_id = 'openrank' GROUP BY ALL) WHERE a > b",
            "2020",
        ),
        rests_on=_OPENRANK,
        caveats=("For good means up to the last month known; the next one may end it.",),
    ),
    _derived(
        "plateau",
        ("Plateau", "平台期"),
        "months",
        "a run of consecutive months",
        "A run of months in which OpenRank hardly moves",
        "(highest − lowest month of the run) / mean of the run within plateau_spread_ratio",
        Example(
            "Largest and smallest month of Elasticsearch in the first half of 2024, against their mean",
            "SELECT round((max(value) - min(value)) / avg(value), 2) FROM project_metrics_monthly"
            " WHERE project_id = 'elasticsearch' AND metric_id = 'openrank'"
            " AND month BETWEEN DATE '2024-01-01' AND DATE '2024-06-01'",
            "0.09",
        ),
        rests_on=_OPENRANK,
        reference=_OURS,
        caveats=("A hole ends a run: what happened in it is unknown.",),
        thresholds=("plateau_months", "plateau_spread_ratio"),
    ),
    _derived(
        "technology_area_openrank",
        ("OpenRank of a technology area", "技术领域 OpenRank"),
        "OpenRank",
        "calendar year",
        "Sum of the monthly OpenRank of the repositories that carry an area's label",
        "sum over repositories and months; of repos_count repositories, covered_repos_count were retrieved in every"
        " month of the year",
        Example(
            "Artificial intelligence in 2023: sum, repositories covered, repositories labelled",
            "SELECT round(openrank_sum), covered_repos_count, repos_count FROM technology_area_annual"
            " WHERE area = 'ai' AND year = 2023",
            "85,622, 351, 416",
        ),
        rests_on=_OPENRANK,
        caveats=(
            "Areas are comparable only as far as their labelled repositories are covered; here they mostly are not.",
            "A repository may carry the labels of several areas.",
        ),
        thresholds=("comparable_coverage_ratio",),
    ),
    _derived(
        "shared_people_count",
        ("Shared people", "共同开发者"),
        "people",
        "the edge's: window_start to window_end",
        "People active in both of two projects",
        "distinct actors, bots left out, with an issue, issue comment, pull request, review or review comment in both",
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
    ),
    _derived(
        "coverage_ratio",
        ("Coverage", "覆盖率"),
        "ratio",
        "an hour of the archive, or a month of the series",
        "How much of what should be there was observed",
        "observed / expected; for events, expected is the median of comparable hours around",
        Example(
            "Known holes of the archive that the table names",
            "SELECT count(*) FROM data_coverage WHERE source = 'gharchive' AND is_gap",
            "28",
        ),
        reference=_OURS,
        caveats=(
            "A gap is unknown, never zero.",
            "A loss that lasts becomes the new expectation in a month.",
        ),
        thresholds=("coverage_gap_ratio", "coverage_baseline_reach_days", "coverage_comparable_hours"),
    ),
    _derived(
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
        reference=_OURS,
        caveats=("A label by a person has no confidence and always wins.",),
        thresholds=("domain_confidence",),
    ),
    _derived(
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
    ),
    _derived(
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
        reference=_OURS,
        caveats=("A peak made by one month of attention makes any later level look like a fall.",),
        thresholds=("declining_drawdown_ratio", "declining_months", "steady_ratio", "slope_months"),
    ),
    _derived(
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
    ),
)
