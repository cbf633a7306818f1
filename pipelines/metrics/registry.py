"""Every metric of the landscape, defined once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Metric:
    """What a monthly number of a project means.

    Attributes
    ----------
    metric_id
        OpenDigger's file name where it has one.
    source
        Identifier in ``data_sources``.
    is_additive_over_months, is_additive_over_repos
        Whether sums over months, or over the repositories of a project, mean the same thing. Counts of
        people are not additive: one person may stand in both.
    """

    metric_id: str
    name: str
    name_zh: str
    unit: str
    window: str
    definition: str
    formula: str
    source: str
    reference: str
    is_additive_over_months: bool
    is_additive_over_repos: bool


_OPENDIGGER = "OpenDigger, X-lab2017/open-digger, src/metrics"
_MONTH = "calendar month, UTC"


def _opendigger(
    metric_id: str,
    names: tuple[str, str],
    unit: str,
    definition: str,
    formula: str,
    *,
    is_additive: bool = True,
) -> Metric:
    return Metric(
        metric_id=metric_id,
        name=names[0],
        name_zh=names[1],
        unit=unit,
        window=_MONTH,
        definition=definition,
        formula=formula,
        source="opendigger",
        reference=_OPENDIGGER,
        is_additive_over_months=is_additive,
        is_additive_over_repos=is_additive,
    )


OPENRANK = Metric(
    metric_id="openrank",
    name="OpenRank",
    name_zh="OpenRank 影响力",
    unit="OpenRank",
    window=_MONTH,
    definition="Weight of a repository in the month's network of people and repositories on GitHub",
    formula="fixed point of the monthly activity graph, starting from last month's value times 0.85",
    source="opendigger",
    reference="OpenDigger, X-lab2017/open-digger, src/cron/tasks/globalOpenrank.ts",
    is_additive_over_months=True,
    is_additive_over_repos=True,
)

METRICS: tuple[Metric, ...] = (
    OPENRANK,
    _opendigger(
        "attention",
        ("Attention", "关注度"),
        "points",
        "How much notice the project drew in the month",
        "new stars + 2 × new forks",
    ),
    _opendigger(
        "stars",
        ("New stars", "新增星标"),
        "stars",
        "Stars given in the month; stars taken back are not seen, so a sum is an upper bound",
        "count of WatchEvent",
    ),
    _opendigger(
        "technical_fork", ("New forks", "新增复刻"), "forks", "Forks made in the month", "count of ForkEvent"
    ),
    _opendigger(
        "participants",
        ("Participants", "参与者"),
        "people",
        "People who acted on issues or pull requests in the month",
        "distinct actors of issue, comment, pull request and review events",
        is_additive=False,
    ),
    _opendigger(
        "new_contributors",
        ("New contributors", "新贡献者"),
        "people",
        "People whose first merged pull request in the repository fell in the month",
        "distinct authors of a first merged pull request",
        is_additive=False,
    ),
    _opendigger(
        "bus_factor",
        ("Bus factor", "巴士系数"),
        "people",
        "Fewest people who carry half of the month's activity",
        "people at or above the weighted median of activity",
        is_additive=False,
    ),
    _opendigger(
        "issues_new",
        ("Issues opened", "新建议题"),
        "issues",
        "Issues opened in the month",
        "count of IssuesEvent with action opened",
    ),
    _opendigger(
        "issues_closed",
        ("Issues closed", "关闭议题"),
        "issues",
        "Issues closed in the month",
        "count of IssuesEvent with action closed",
    ),
    _opendigger(
        "change_requests",
        ("Pull requests opened", "新建合并请求"),
        "pull requests",
        "Pull requests opened in the month",
        "count of PullRequestEvent with action opened",
    ),
    _opendigger(
        "change_requests_accepted",
        ("Pull requests merged", "合入请求"),
        "pull requests",
        "Pull requests merged in the month",
        "count of merged pull requests",
    ),
    Metric(
        metric_id="stars_total",
        name="Stars",
        name_zh="星标总数",
        unit="stars",
        window="snapshot at the start of the month",
        definition="Stars the main repository shows in the first days of the month",
        formula="stars of the first observation in the month's first days",
        source="github-ranking",
        reference="EvanLi/Github-Ranking, Data/*.csv",
        is_additive_over_months=False,
        is_additive_over_repos=False,
    ),
)
"""The registry; its order is the order of the metric catalogue."""


def metrics_from(source: str) -> tuple[Metric, ...]:
    """Metrics that `source` publishes, in registry order."""
    return tuple(metric for metric in METRICS if metric.source == source)
