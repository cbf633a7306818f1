"""Definitions of the metrics of growth."""

from __future__ import annotations

from pipelines.metrics.metric import DEFINED_HERE, Example, Metric, derived

_OPENRANK = ("openrank",)

METRICS: tuple[Metric, ...] = (
    derived(
        "domain_growth",
        ("Growth of a domain", "领域增长"),
        "ratio",
        "January to the as-of month, against the same months one year before",
        "Change of the summed mean OpenRank of a domain's projects",
        "openrank_sum / openrank_prior_sum − 1 over the projects whose mean is known in both windows",
        Example(
            "Vector Storage and Search in April 2025: growth, projects compared, projects in all",
            "SELECT round(growth_ratio, 2), compared_projects_count, projects_count FROM domain_growth WHERE"
            " as_of_month = DATE '2025-04-01' AND domain = 'Vector Storage and Search' AND subdomain IS NULL",
            "0.04, 7, 8",
        ),
        rests_on=_OPENRANK,
        caveats=(
            "It describes the compared projects, not the domain: print compared_projects_count next to it.",
            "With fewer than four fifths compared it is unknown; uncompared_project_ids names the others.",
            "Domains are those that people assigned; predicted ones do not count.",
        ),
        thresholds=("comparable_coverage_ratio",),
        columns=("domain_growth.growth_ratio",),
        computed_by="pipelines.landscape.growth:compute_domain_growth",
    ),
    derived(
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
        columns=(),
        computed_by="pipelines.landscape.growth:compute_quarter_growth",
    ),
    derived(
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
        columns=(),
        computed_by="pipelines.landscape.growth:find_spikes",
    ),
    derived(
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
        columns=(),
        computed_by="pipelines.landscape.growth:find_crossover",
    ),
    derived(
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
        reference=DEFINED_HERE,
        caveats=("A hole ends a run: what happened in it is unknown.",),
        thresholds=("plateau_months", "plateau_spread_ratio"),
        columns=(),
        computed_by="pipelines.landscape.growth:find_plateaus",
    ),
    derived(
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
        columns=("technology_area_annual.openrank_sum",),
        computed_by="pipelines.landscape.growth:compute_area_years",
    ),
)
