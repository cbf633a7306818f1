"""Metrics that upstreams publish by month: rows of ``project_metrics_monthly``."""

from __future__ import annotations

from pipelines.metrics.metric import Example, Metric

_REFERENCE = "OpenDigger, X-lab2017/open-digger, src/metrics"
_MONTH = "calendar month, UTC"
_COLUMNS = ("project_metrics_monthly.value",)
_TABLE = "mart.project_metrics_monthly"
_OF_A_MONTH = (
    "SELECT value FROM project_metrics_monthly"
    " WHERE project_id = '{project_id}' AND metric_id = '{metric_id}' AND month = DATE '2024-06-01'"
    " AND source = 'opendigger'"
)
_RETRIEVED = (
    "A month outside the retrieved extent of a series is unknown; within it, a missing month had nothing to"
    " count."
)
_PEOPLE = (
    "People do not add up: the same person may stand in two months, or in two repositories of a project."
)


def _opendigger(  # noqa: PLR0917 - a definition is as long as it is
    metric_id: str,
    names: tuple[str, str],
    unit: str,
    definition: str,
    formula: str,
    in_june: tuple[str, str, str],
    *,
    caveats: tuple[str, ...] = (),
    is_additive: bool = True,
) -> Metric:
    """A metric of OpenDigger, with its value for a project, by id and name, in June 2024."""
    project_id, project, value = in_june
    return Metric(
        metric_id=metric_id,
        name=names[0],
        name_zh=names[1],
        unit=unit,
        window=_MONTH,
        definition=definition,
        formula=formula,
        source="opendigger",
        reference=_REFERENCE,
        is_additive_over_months=is_additive,
        is_additive_over_repos=is_additive,
        example=Example(
            f"{names[0]} of {project} in June 2024",
            _OF_A_MONTH.format(project_id=project_id, metric_id=metric_id),
            value,
        ),
        caveats=(_RETRIEVED, *caveats, *(() if is_additive else (_PEOPLE,))),
        columns=_COLUMNS,
        computed_by=_TABLE,
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
    example=Example(
        "OpenRank of vLLM in April 2025",
        "SELECT value FROM project_metrics_monthly"
        " WHERE project_id = 'vllm' AND metric_id = 'openrank' AND month = DATE '2025-04-01'",
        "723.17",
    ),
    caveats=(
        _RETRIEVED,
        "About 80 % of the values of 2025 were published rounded to integers: allow ±1 on a mean, and no tolerance"
        " saves a ratio of small numbers.",
        "The source recomputes its history now and then. A recomputed series is another vintage; vintages are kept"
        " apart and never joined.",
        "It measures collaboration on GitHub alone: a project developed elsewhere looks small.",
    ),
    columns=("project_metrics_monthly.value", "repo_openrank_monthly.openrank"),
    computed_by=_TABLE,
)

METRICS: tuple[Metric, ...] = (
    OPENRANK,
    _opendigger(
        "attention",
        ("Attention", "关注度"),
        "points",
        "How much notice the project drew in the month",
        "new stars + 2 × new forks",
        ("milvus", "Milvus", "694"),
        caveats=("Stars can be bought; attention follows them.",),
    ),
    _opendigger(
        "stars",
        ("New stars", "新增星标"),
        "stars",
        "Stars given in the month; stars taken back are not seen, so a sum is an upper bound",
        "count of WatchEvent",
        ("milvus", "Milvus", "568"),
        caveats=(
            "The archive has lost most star events since 2026; a low month may be a loss of the archive.",
            "Rows of source github-star-history count otherwise: stars that still stand, by the day they were given, so"
            " that a star taken back lowers the past. GitHub does not promise that its days are those of UTC.",
        ),
    ),
    _opendigger(
        "technical_fork",
        ("New forks", "新增复刻"),
        "forks",
        "Forks made in the month",
        "count of ForkEvent",
        ("milvus", "Milvus", "63"),
        caveats=("Most forks never see a commit.",),
    ),
    _opendigger(
        "participants",
        ("Participants", "参与者"),
        "people",
        "People who acted on issues or pull requests in the month",
        "distinct actors of issue, comment, pull request and review events",
        ("pytorch", "PyTorch", "1034"),
        caveats=(
            "Community sizes in reports differ by definition (3,161 and 12,332 are both published for vLLM): compare"
            " only numbers of one definition and one window.",
        ),
        is_additive=False,
    ),
    _opendigger(
        "new_contributors",
        ("New contributors", "新贡献者"),
        "people",
        "People whose first merged pull request in the repository fell in the month",
        "distinct authors of a first merged pull request",
        ("milvus", "Milvus", "3"),
        is_additive=False,
    ),
    _opendigger(
        "bus_factor",
        ("Bus factor", "巴士系数"),
        "people",
        "Fewest people who carry half of the month's activity",
        "people at or above the weighted median of activity",
        ("milvus", "Milvus", "32"),
        is_additive=False,
    ),
    _opendigger(
        "issues_new",
        ("Issues opened", "新建议题"),
        "issues",
        "Issues opened in the month",
        "count of IssuesEvent with action opened",
        ("milvus", "Milvus", "212"),
    ),
    _opendigger(
        "issues_closed",
        ("Issues closed", "关闭议题"),
        "issues",
        "Issues closed in the month",
        "count of IssuesEvent with action closed",
        ("milvus", "Milvus", "314"),
        caveats=("A bot that closes stale issues closes many at once.",),
    ),
    _opendigger(
        "change_requests",
        ("Pull requests opened", "新建合并请求"),
        "pull requests",
        "Pull requests opened in the month",
        "count of PullRequestEvent with action opened",
        ("milvus", "Milvus", "423"),
    ),
    _opendigger(
        "change_requests_accepted",
        ("Pull requests merged", "合入请求"),
        "pull requests",
        "Pull requests merged in the month",
        "count of merged pull requests",
        ("milvus", "Milvus", "344"),
        caveats=(
            "A project whose robot merges by pushing commits shows few merged pull requests (PyTorch).",
        ),
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
        example=Example(
            "Stars of n8n at the start of August 2026",
            "SELECT value FROM project_metrics_monthly"
            " WHERE project_id = 'n8n' AND metric_id = 'stars_total' AND month = DATE '2026-08-01'",
            "198,898",
        ),
        caveats=(
            "A snapshot: stars taken back have left it, so it grows by less than the new stars of a month.",
            "A list taken later than the first days of its month gives no value.",
        ),
        thresholds=("month_start_snapshot_days",),
        columns=_COLUMNS,
        computed_by=_TABLE,
    ),
)
"""The order of the metric catalogue."""
