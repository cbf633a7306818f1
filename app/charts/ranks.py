"""Ranks month by month."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from app.i18n import _, amount, month_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl
from app.charts.look import DASHES, SERIES_COLOURS, SYMBOLS, every_month, finished, stroke, write_months


def bump(ranks: pl.DataFrame, last_rank: int) -> go.Figure:
    """Rank of each project month by month, the first on top; a month without a value breaks the line.

    Parameters
    ----------
    ranks
        ``project_id, name, month, rank, openrank``.
    last_rank
        Lowest rank that is drawn.
    """
    figure = go.Figure()
    months = ranks["month"].unique().sort().to_list()
    for place, (_key, rows) in enumerate(_by_last_rank(ranks)):
        name = escape(rows["name"][0])
        by_month = dict(rows.select("month", "rank").iter_rows())
        values = dict(rows.select("month", "openrank").iter_rows())
        figure.add_scatter(
            x=months,
            y=[by_month.get(month) for month in months],
            name=name,
            mode="lines+markers",
            line={"width": 2.5, **stroke(place)},
            marker={"size": 7, "symbol": SYMBOLS[place // len(SERIES_COLOURS) % len(SYMBOLS)]},
            connectgaps=False,
            text=[f"{month_name(month)}: {amount(values.get(month))}" for month in months],
            hovertemplate=f"<b>{name}</b><br>#%{{y}}<br>%{{text}}<extra></extra>",
        )
        figure.add_annotation(
            x=rows["month"][-1], y=rows["rank"][-1], text=name, xanchor="left", xshift=8, showarrow=False
        )
    figure.update_yaxes(range=[last_rank + 0.6, 0.4], dtick=1, title=_("rank"), zeroline=False)
    write_months(figure, months[0], months[-1])
    return finished(figure, height=max(320, last_rank * 30 + 80), right=130)


def rank_lines(ranks: pl.DataFrame, domain_names: Mapping[str, str]) -> go.Figure:
    """Rank in each scope, the first on top.

    Parameters
    ----------
    ranks
        ``scope, scope_value, month, rank``.
    domain_names
        Domain → how it is written.
    """
    figure = go.Figure()
    months = every_month(ranks["month"])
    for place, ((_scope, value), rows) in enumerate(
        ranks.partition_by("scope", "scope_value", as_dict=True, maintain_order=True).items()
    ):
        by_month = dict(rows.select("month", "rank").iter_rows())
        name = (
            _("the whole landscape")
            if value == "landscape"
            else escape(domain_names.get(str(value), str(value)))
        )
        figure.add_scatter(
            x=months.to_list(),
            y=[by_month.get(month) for month in months],
            name=name,
            mode="lines+markers",
            connectgaps=False,
            line={"width": 2.2, "color": SERIES_COLOURS[place], "dash": DASHES[place]},
            marker={"size": 5, "symbol": SYMBOLS[place]},
            hovertemplate=f"{name} #%{{y}}<extra></extra>",
        )
    figure.update_layout(hovermode="x unified")
    last_rank: int = ranks["rank"].max()  # type: ignore[assignment]
    figure.update_yaxes(range=[last_rank * 1.04 + 0.6, 0.4], title=_("rank"), zeroline=False, tickformat="d")
    write_months(figure, months[0], months[-1])
    return finished(figure, height=300, right=20)


def _by_last_rank(ranks: pl.DataFrame) -> list[tuple[object, pl.DataFrame]]:
    groups = ranks.sort("month").partition_by("project_id", as_dict=True, maintain_order=True).items()
    return sorted(groups, key=lambda item: (-item[1]["month"][-1].toordinal(), item[1]["rank"][-1], item[0]))
