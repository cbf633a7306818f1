"""``landscape graveyard``: who ended or is on the way there, by which policy, and how long groups live."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from pipelines.cli.console import tell
from pipelines.cli.published import chosen_one, names_in, read_defaults, read_domains, read_frame
from pipelines.cli.tabular import Format, Output, OutputFormat, Top, write_rows
from pipelines.periods import Month
from pipelines.publish import attach_published
from pipelines.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb


class GraveyardView(StrEnum):
    """What `landscape graveyard` shows."""

    ENDED = "ended"
    ON_THE_WAY = "on-the-way"
    STATUS = "status"
    SURVIVAL = "survival"


_FILTERS = {
    GraveyardView.ENDED: "status IN ('graveyard', 'archived')",
    GraveyardView.ON_THE_WAY: "status IN ('declining', 'dormant')",
    GraveyardView.STATUS: "true",
}

_TOLD = {
    GraveyardView.ENDED: "Ended, from what was observed by {as_of}. flagged_by names every policy that flags a"
    " project; without corroborated, a rule rests on a single source.",
    GraveyardView.ON_THE_WAY: "Declining or dormant as of {as_of}, the furthest below their peak first. Drawdown: mean"
    " OpenRank of the months up to the last retrieved one (seeds: recent_months) against the highest month; slope:"
    " least-squares change per month (seeds: slope_months), over their mean.",
    GraveyardView.STATUS: "Every project as of {as_of}. Unknown: nothing that was observed by then says anything.",
    GraveyardView.SURVIVAL: "Kaplan-Meier with 95 % intervals: the share of a group that lives longer than 12, 24 and"
    " 36 months, by {as_of}; at risk: observed to that age or longer; excluded: creation or extents unknown; log-rank:"
    " the group against all others. Most projects were chosen because they were alive in 2025.",
}

_SURVIVAL_AGES = (12, 24, 36)

_SHOWN = {
    GraveyardView.ENDED: {
        "project_id": "project",
        "status": "status",
        "reasons": "reasons",
        "ended_on": "ended on",
        "flagged_by": "flagged by",
        "confidence": "confidence",
    },
    GraveyardView.ON_THE_WAY: {
        "project_id": "project",
        "status": "status",
        "openrank_drawdown_ratio": "drawdown",
        "openrank_slope_ratio": "slope",
        "since_peak_months": "months since peak",
        "reasons": "reasons",
    },
    GraveyardView.STATUS: {
        "project_id": "project",
        "status": "status",
        "reasons": "reasons",
        "rule": "rule",
        "confidence": "confidence",
    },
    GraveyardView.SURVIVAL: {
        "group_value": "group",
        "projects": "projects",
        "ended": "ended",
        "excluded": "excluded",
        **{f"lives_{age}_months": f"lives {age} months" for age in _SURVIVAL_AGES},
        "logrank_p_value": "log-rank p",
        **{f"at_risk_{age}_months": f"at risk {age} months" for age in _SURVIVAL_AGES},
    },
}


def graveyard(
    shown: Annotated[
        GraveyardView,
        typer.Argument(
            help="ended; on-the-way: declining and dormant; status: every project; survival: how long groups live."
        ),
    ] = GraveyardView.ENDED,
    *,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            help="YYYY-MM-DD, or YYYY-MM for its last day assessed; the latest day by default.",
            show_default=False,
        ),
    ] = None,
    policy: Annotated[
        str | None, typer.Option("--policy", help="Only what this policy flags.", show_default=False)
    ] = None,
    domain: Annotated[
        str | None, typer.Option("--domain", help="Only this domain, English name.", show_default=False)
    ] = None,
    top: Top = None,
    output_format: Format = OutputFormat.TABLE,
    output: Output = None,
) -> None:
    """Say which projects ended, and why: by a rule, by their owner, or by a curated exception.

    Examples: landscape graveyard --as-of 2025-05-20 · landscape graveyard --policy corroborated ·
    landscape graveyard on-the-way --domain Serving --top 5 · landscape graveyard survival
    """
    with attach_published(load_settings().public_dir) as connection:
        day = _chosen_day(connection, as_of)
        version = read_defaults(connection).taxonomy_version
        domains = read_domains(connection).filter(pl.col("taxonomy_version") == version)
        if domain is not None:
            chosen_one(domains["domain"].drop_nulls().unique().sort().to_list(), domain, "", "--domain")
        if shown is GraveyardView.SURVIVAL:
            if policy is not None or day != _chosen_day(connection, None):
                raise typer.BadParameter(
                    "lifetimes are published as of the latest day and over every policy; drop --as-of and --policy",
                    param_hint="survival",
                )
            found = _survival(connection, domain)
        else:
            if policy is not None:
                chosen_one(_policies(connection), policy, "", "--policy")
            found = _statuses(connection, shown, day, policy).join(
                domains.select("project_id", "domain"), on="project_id", how="left", maintain_order="left"
            )
            if domain is not None:
                found = found.filter(pl.col("domain") == domain)
    tell(_TOLD[shown].format(as_of=day))
    write_rows(
        found,
        output_format,
        output,
        top=top,
        shown=_SHOWN[shown],
        empty=f"no project of this kind as of {day}",
    )


def _statuses(
    connection: duckdb.DuckDBPyConnection, shown: GraveyardView, day: date, policy: str | None
) -> pl.DataFrame:
    found = read_frame(
        connection,
        f"FROM project_status WHERE as_of = $day AND {_FILTERS[shown]}"
        " AND ($policy IS NULL OR list_contains(flagged_by, $policy))"
        " ORDER BY openrank_drawdown_ratio DESC NULLS LAST, project_id",
        day=day,
        policy=policy,
    )
    return found if shown is GraveyardView.ON_THE_WAY else found.sort("project_id")


def _survival(connection: duckdb.DuckDBPyConnection, domain: str | None) -> pl.DataFrame:
    """The curve of each group at the ages shown; an age nobody was observed to has no value."""
    shares = ", ".join(
        f"if(max(age_months) >= {age}, coalesce(arg_max({column}, age_months)"
        f" FILTER (age_months <= {age}), {default}), NULL) AS {name}_{age}_months"
        for age in _SURVIVAL_AGES
        for column, name, default in (
            ("survival_ratio", "lives", "1.0"),
            ("survival_low_ratio", "low", "NULL"),
            ("survival_high_ratio", "high", "NULL"),
        )
    )
    at_risk = ", ".join(
        f"coalesce(max(at_risk_count) FILTER (age_months >= {age}), 0) AS at_risk_{age}_months"
        for age in _SURVIVAL_AGES
    )
    return read_frame(
        connection,
        "SELECT grouping, group_value, max(projects_count) AS projects, sum(ended_count)::BIGINT AS ended,"  # noqa: S608
        f" max(excluded_count) AS excluded, {shares}, {at_risk}, max(logrank_p_value) AS logrank_p_value"
        " FROM survival_curves WHERE $domain IS NULL OR (grouping = 'domain' AND group_value = $domain)"
        " GROUP BY ALL ORDER BY grouping, group_value",
        domain=domain,
    )


def _policies(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute("SELECT DISTINCT unnest(flagged_by) AS policy FROM project_status ORDER BY ALL")
    return [policy for (policy,) in rows.fetchall()]


def _chosen_day(connection: duckdb.DuckDBPyConnection, text: str | None) -> date:
    """The day asked for, or the latest one.

    Raises
    ------
    typer.BadParameter
        If it is no day, or nothing was assessed on it; the message names the days around it.
    """
    days = [date.fromisoformat(str(day)) for day in names_in(connection, "project_status", "as_of")]
    if not days:
        raise typer.BadParameter("no status is published: there is no project", param_hint="--as-of")
    try:
        wanted = days[-1] if text is None else _day(text, days)
    except ValueError:
        raise typer.BadParameter(
            f"expected a day as YYYY-MM-DD or a month as YYYY-MM, not {text!r}", param_hint="--as-of"
        ) from None
    if wanted in days:
        return wanted
    if wanted < days[0]:
        problem = f"is before the first day assessed, {days[0]}"
    elif wanted > days[-1]:
        problem = f"is after the last day assessed, {days[-1]}: nothing was observed up to it"
    else:
        before, after = max(day for day in days if day < wanted), min(day for day in days if day > wanted)
        problem = f"was not assessed; the days around it are {before} and {after}"
    raise typer.BadParameter(f"{wanted} {problem}", param_hint="--as-of")


def _day(text: str, days: Sequence[date]) -> date:
    """A day, or the last day assessed in a month; the month's own last day if there is none."""
    try:
        month = Month.parse(text)
    except ValueError:
        return date.fromisoformat(text)
    return max((day for day in days if Month.of(day) == month), default=month.last_day)
