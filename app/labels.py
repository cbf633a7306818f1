"""Words for the codes that the published tables hold, the same on every page.

Belongs here: statuses, rules and sources of a verdict as people read them. Must not: a page's own words.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from app.i18n import (
    _,
    amount,
    change,
    day_name,
    in_language,
    language,
    marked,
    month_name,
    n_,
    percent,
    whole,
)
from pipelines.floor.periods import Hour

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import polars as pl

STATUSES = {
    "active": marked("active"),
    "declining": marked("declining"),
    "dormant": marked("dormant"),
    "graveyard": marked("in the graveyard"),
    "archived": marked("archived"),
    "resurrected": marked("resurrected"),
    "unknown": marked("unknown"),
}

STATUS_ICONS = {
    "active": ":material/check_circle:",
    "declining": ":material/trending_down:",
    "dormant": ":material/bedtime:",
    "graveyard": ":material/deceased:",
    "archived": ":material/inventory_2:",
    "resurrected": ":material/restart_alt:",
    "unknown": ":material/help:",
}
"""A shape for each status, so that none is told by its colour alone."""

_ONE_DECIMAL_FROM = 10
_DAY_HOURS = 24
_KINDS = {
    "real": marked("● real"),
    "derived": marked("◐ derived"),
    "simulated": marked("○ simulated"),
}
"""A filled, a half and an empty mark: what was observed, computed and made up, told apart without colour."""

OPENRANK_PARTS = {
    "retained": marked("left from earlier months"),
    "background": marked("even share of everybody"),
    "issue_opened": marked("issues opened"),
    "issue_comment": marked("comments"),
    "issue_closed": marked("issues closed"),
    "review_comment": marked("review comments"),
    "pull_request_opened": marked("pull requests opened"),
    "push": marked("pushes"),
}

EVENT_TYPES = {
    "all": marked("events of every type"),
    "hours": marked("hours"),
    "CommitCommentEvent": marked("comments on commits"),
    "CreateEvent": marked("created branches and tags"),
    "DeleteEvent": marked("deleted branches and tags"),
    "ForkEvent": marked("forks"),
    "GollumEvent": marked("wiki pages"),
    "IssueCommentEvent": marked("comments"),
    "IssuesEvent": marked("issues"),
    "MemberEvent": marked("new collaborators"),
    "PublicEvent": marked("repositories made public"),
    "PullRequestEvent": marked("pull requests"),
    "PullRequestReviewCommentEvent": marked("review comments"),
    "PullRequestReviewEvent": marked("reviews"),
    "PullRequestReviewThreadEvent": marked("review threads"),
    "PushEvent": marked("pushes"),
    "ReleaseEvent": marked("releases"),
    "WatchEvent": marked("stars"),
}
"""What an archive of events counts."""

BASES = {
    "published": marked("published"),
    "nowcast": marked("nowcast"),
    "absent": marked("no activity"),
    "unknown": marked("unknown"),
}
"""What a value rests on."""

GAPS = {
    "lost": marked("unknown: events lost"),
    "other_vintage": marked("unknown: another vintage"),
    "not_retrieved": marked("unknown: not retrieved"),
    "too_few": marked("too few known"),
    "absent": marked("no activity"),
}
"""Why a month of a series has no value, as a legend names it."""

GAP_REASONS = {
    "lost": marked("Unknown, since the source lost events"),
    "other_vintage": marked("Unknown, since the value is of another vintage and no line mixes two"),
    "not_retrieved": marked("Unknown, since not retrieved"),
    "too_few": marked("Too few are known for a sum to be compared, so that points stand alone"),
    "absent": marked("Retrieved, no activity"),
}
"""The same as the beginning of a sentence."""

_NOT_COUNTED = marked("Unknown, since the source lost events and GitHub's counts are not held")

_REASONS = {
    "above_threshold": marked("above the line"),
    "below_threshold": marked("below the line"),
    "too_new": marked("created after the window began"),
    "too_old": marked("met the rule in earlier months and no longer"),
    "no_activity": marked("no OpenRank in any month of the window"),
    "unknown_to_source": marked("the source has no series of it: unknown, not zero"),
    "no_months": marked("the source has no complete month of it: unknown, not zero"),
    "series_set_aside": marked("its series holds an impossible value: unknown, not zero"),
    "not_answered": marked("the source gave no usable answer about it: unknown, not zero"),
    "not_asked": marked("the source was not asked for it: unknown, not zero"),
    "outside_retrieved_months": marked("the months are unknown: not zero"),
    "undecided": marked("the nowcast lies on both sides of the line"),
}


VERDICTS = {
    "agrees": marked("agrees"),
    "differs": marked("differs"),
    "not_reproducible": marked("not reproducible here"),
    "not_computable": marked("not computable"),
}

VERDICT_ICONS = {"agrees": "✓", "differs": "≠", "not_reproducible": "?", "not_computable": "!"}
"""A shape for each verdict on a published figure, so that none is told by its colour alone."""


_WRITTEN: dict[str, Callable[[float], str]] = {
    "OpenRank": amount,
    "OpenRank change": change,
    "relative change": percent,
    "ratio": lambda value: f"{value:.2f}",
    "times": lambda value: f"{value:.1f}×" if value >= _ONE_DECIMAL_FROM else f"{value:.2f}×",
    "year": lambda value: f"{value:.0f}",
    "year_month": lambda value: month_name(date(int(value // 100), int(value % 100), 1)),
}


SCOPES = {
    "landscape": marked("the whole landscape"),
    "layer": marked("layer"),
    "domain": marked("domain"),
    "subdomain": marked("subdomain"),
}

GROUPINGS = {
    "all": marked("all projects"),
    "cohort": marked("year of creation"),
    "domain": marked("domain"),
}

_COLUMNS = {
    "actions_count": marked("Actions"),
    "age_months": marked("Age in months"),
    "as_of_month": marked("As-of month"),
    "at": marked("Period"),
    "at_risk_count": marked("At risk"),
    "censored_count": marked("Censored"),
    "compared_count": marked("Compared projects"),
    "compared_projects_count": marked("Compared projects"),
    "coverage_ratio": marked("Coverage, ratio"),
    "domain": marked("Domain"),
    "ended_count": marked("Ended"),
    "event_type": marked("Of"),
    "excluded_count": marked("Left out"),
    "expected_count": marked("Expected"),
    "group_value": marked("Group"),
    "grouping": marked("Grouped by"),
    "growth_ratio": marked("Growth, ratio"),
    "hours_expected_count": marked("Hours of the month"),
    "hours_loaded_count": marked("Hours read"),
    "covered_repos_count": marked("Covered repositories"),
    "is_comparable": marked("Comparable"),
    "nowcast_projects_count": marked("Projects with a nowcast"),
    "published": marked("As the source gives it"),
    "repos_count": marked("Repositories"),
    "is_gap": marked("Gap"),
    "is_partial": marked("Partial"),
    "known_months_count": marked("Known months"),
    "kind": marked("Kind"),
    "layer": marked("Layer"),
    "logrank_p_value": marked("p, log-rank test"),
    "month": marked("Month"),
    "months_count": marked("Months with a value"),
    "name": marked("Project"),
    "observed_count": marked("Observed"),
    "openrank": marked("OpenRank"),
    "openrank_mean": marked("OpenRank, mean"),
    "openrank_low": marked("Lower end of the interval"),
    "openrank_high": marked("Upper end of the interval"),
    "low": marked("Lower end of the interval"),
    "high": marked("Upper end of the interval"),
    "basis": marked("Rests on"),
    "known_projects_count": marked("Known projects"),
    "existing_projects_count": marked("Existing projects"),
    "unplaced_ended_count": marked("Ended projects in no group"),
    "openrank_prior_sum": marked("OpenRank a year before, sum"),
    "openrank_sum": marked("OpenRank, sum"),
    "openrank_yoy_delta": marked("Year-on-year change"),
    "openrank_yoy_ratio": marked("Year-on-year change, ratio"),
    "part": marked("Part"),
    "people_count": marked("People"),
    "project_id": marked("Identifier"),
    "projects_count": marked("Projects"),
    "rank": marked("Rank"),
    "ranked_count": marked("Ranked projects"),
    "repo_full_name": marked("Repository"),
    "scope": marked("Among"),
    "scope_value": marked("Which"),
    "series": marked("Series"),
    "source": marked("Source"),
    "subdomain": marked("Subdomain"),
    "survival_high_ratio": marked("Upper end of the interval"),
    "survival_low_ratio": marked("Lower end of the interval"),
    "survival_ratio": marked("Share still alive"),
    "uncompared_project_ids": marked("Not compared"),
    "value": marked("Value"),
    "vintage": marked("Vintage"),
    "window_end": marked("Last month"),
    "window_start": marked("First month"),
}
"""Column of a published table or a query → what a table behind a figure calls it."""


def column_name(column: str) -> str:
    """Heading of a column; one that nobody named keeps its own."""
    return _(_COLUMNS[column]) if column in _COLUMNS else column


def figure_value(value: float | None, unit: str) -> str:
    """A measured value as figures of its unit are written; counts of any other unit as integers."""
    return "–" if value is None else _WRITTEN.get(unit, whole)(value)


def within(comparison: str, tolerance: float, unit: str) -> str:
    """How far a measured value of a unit may lie from the printed one."""
    if comparison != "=":
        return comparison
    if not tolerance:
        return _("exactly")
    if unit == "relative change":
        return _("±{points} points", points=f"{tolerance * 100:g}")
    return f"±{tolerance:g}"


def status_name(status: str) -> str:
    """A status as the language says it."""
    return _(STATUSES[status])


def kind_name(kind: str) -> str:
    """Whether rows of a source were observed, computed or made up."""
    return _(_KINDS[kind])


def gap_reasons(metric_id: str) -> dict[str, str]:
    """Why months of a metric have no value; GitHub's counts could mend OpenRank alone."""
    reasons = {state: _(reason) for state, reason in GAP_REASONS.items()}
    return reasons | {"lost": _(_NOT_COUNTED)} if metric_id == "openrank" else reasons


def part_name(part: str) -> str:
    """What a part of an OpenRank value comes from."""
    return _(OPENRANK_PARTS[part])


def gap_stretch(period: str) -> tuple[str, int | None]:
    """Days and hours of the clock, UTC, of a known gap, and how many hours it has; None where its end is unknown.

    Parameters
    ----------
    period
        ``first/last`` hour, both included, or one hour alone; ``first/..`` where the end is unknown.
    """
    first, _slash, last = period.partition("/")
    start = Hour.parse(first).start
    if last == "..":
        return _("from {start} on, end unknown", start=_clock(start, start.hour)), None
    end = Hour.parse(last or first).start
    hours = int((end - start) / timedelta(hours=1)) + 1
    is_one_day, is_whole_days = start.date() == end.date(), (start.hour, end.hour + 1) == (0, _DAY_HOURS)
    match is_one_day, is_whole_days:
        case True, True:
            return day_name(start), hours
        case True, False:
            return f"{_clock(start, start.hour)}–{end.hour + 1:02}:00", hours
        case False, True:
            return _("{first} to {last}", first=day_name(start), last=day_name(end)), hours
        case _:
            return _(
                "{first} to {last}", first=_clock(start, start.hour), last=_clock(end, end.hour + 1)
            ), hours


def _clock(day: date, hour: int) -> str:
    return f"{day_name(day)} {hour:02}:00"


def reason_name(reason_code: str) -> str:
    """Why a project is in the landscape or out of it."""
    return _(_REASONS[reason_code])


def profile_name(row: Mapping[str, Any]) -> str:
    """A rule of membership as a line to compare with."""
    line = f"{row['comparison']} {amount(row['threshold'])}"
    match row["kind"]:
        case "year_to_date_mean":
            return _("mean of the year {line}", line=line)
        case "trailing_mean":
            return n_(
                "mean of {count} month {line}", "mean of {count} months {line}", row["months"], line=line
            )
        case _other:
            return _("latest month {line}", line=line)


def box_names(boxes: pl.DataFrame, kind: str) -> dict[str, str]:
    """English name of each layer, domain or subdomain → its name in the language of this run, in drawing order."""
    column = f"{kind}_zh" if language() == "zh" else kind
    return dict(zip(boxes[kind], boxes[column], strict=True))


def scope_names(boxes: pl.DataFrame) -> dict[str, str]:
    """Layer, domain and subdomain as a URL has them, ``scope:name`` → name in the language of this run."""
    scopes = {}
    for box in boxes.iter_rows(named=True):
        scopes[f"layer:{box['layer']}"] = in_language(box["layer"], box["layer_zh"])
    for box in boxes.iter_rows(named=True):
        scopes[f"domain:{box['domain']}"] = in_language(box["domain"], box["domain_zh"])
        if box["subdomain"]:
            subdomain = in_language(box["subdomain"], box["subdomain_zh"])
            scopes[f"subdomain:{box['subdomain']}"] = f"{scopes['domain:' + box['domain']]} › {subdomain}"
    return scopes
