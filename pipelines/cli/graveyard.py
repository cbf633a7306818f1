"""``landscape graveyard``: who ended or is on the way there, by which policy, and how long groups live."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import polars as pl
import typer

from pipelines.cli.asked import option
from pipelines.cli.console import tell
from pipelines.cli.tabular import Format, Output, OutputFormat, Top, write_rows
from pipelines.published import open_landscape
from pipelines.published.choices import choose


class GraveyardView(StrEnum):
    """What `landscape graveyard` shows."""

    ENDED = "ended"
    ON_THE_WAY = "on-the-way"
    STATUS = "status"
    SURVIVAL = "survival"


_STATUSES = {
    GraveyardView.ENDED: ("graveyard", "archived"),
    GraveyardView.ON_THE_WAY: ("declining", "dormant"),
    GraveyardView.STATUS: (),
}
"""Which statuses a view shows; every one where none is named."""

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
    landscape = open_landscape()
    with option("--as-of"):
        day = landscape.status.day(as_of)
    domains = landscape.projects.curated_domains()
    if domain is not None:
        with option("--domain"):
            choose(domains["domain"].drop_nulls().unique().sort().to_list(), domain)
    if shown is GraveyardView.SURVIVAL:
        if policy is not None or day != landscape.status.day():
            raise typer.BadParameter(
                "lifetimes are published as of the latest day and over every policy; drop --as-of and --policy",
                param_hint="survival",
            )
        found = landscape.status.survival_at(_SURVIVAL_AGES, domain).frame
    else:
        if policy is not None:
            with option("--policy"):
                choose(landscape.status.flagging_policies(), policy)
        found = landscape.status.statuses(day, _STATUSES[shown], policy).frame
        if shown is GraveyardView.ON_THE_WAY:
            found = found.sort(
                "openrank_drawdown_ratio", "project_id", descending=[True, False], nulls_last=True
            )
        found = found.join(
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
