"""Frames as Plotly figures: one look, labels on the lines, nothing told by hue alone.

Belongs here: pure functions from rows to a figure. Must not: queries or widgets. Plotly renders tags in texts, so every
text that somebody wrote is escaped here.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import plotly.graph_objects as go
import polars as pl

from app.i18n import _, amount, change, month_name, percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


SERIES_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#5B4B8A", "#7A7A00")
"""Okabe and Ito's colours and two darker ones; dashes and marks tell apart what shares one."""

_DASHES = ("solid", "dash", "dot", "dashdot")
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x")
_UP, _DOWN = "#0072B2", "#D55E00"
_ROW_PX = 26


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
            line={"width": 2.5, **_line(place)},
            marker={"size": 7, "symbol": _SYMBOLS[place // len(SERIES_COLOURS) % len(_SYMBOLS)]},
            connectgaps=False,
            text=[f"{month_name(month)}: {amount(values.get(month))}" for month in months],
            hovertemplate=f"<b>{name}</b><br>#%{{y}}<br>%{{text}}<extra></extra>",
        )
        figure.add_annotation(
            x=rows["month"][-1], y=rows["rank"][-1], text=name, xanchor="left", xshift=8, showarrow=False
        )
    figure.update_yaxes(range=[last_rank + 0.6, 0.4], dtick=1, title=_("rank"), zeroline=False)
    figure.update_xaxes(title=None)
    return _drawn(figure, height=max(320, last_rank * 30 + 80), right=130)


def changes(rows: pl.DataFrame, value: str, texts: Sequence[str]) -> go.Figure:
    """Bars to the right for what rose and to the left for what fell, each with its amount.

    Parameters
    ----------
    rows
        ``name`` and the column `value`, in the order from the top.
    value
        Column that is drawn.
    texts
        What stands at the end of each bar.
    """
    names = [escape(name) for name in rows["name"]]
    amounts = rows[value].to_list()
    figure = go.Figure(
        go.Bar(
            x=amounts,
            y=names,
            orientation="h",
            text=list(texts),
            textposition="outside",
            cliponaxis=False,
            marker={
                "color": [_UP if one >= 0 else _DOWN for one in amounts],
                "pattern": {"shape": ["" if one >= 0 else "/" for one in amounts], "fillmode": "overlay"},
            },
            hovertemplate="<b>%{y}</b><br>%{text}<extra></extra>",
        )
    )
    figure.update_yaxes(autorange="reversed", title=None)
    reach = max((abs(one) for one in amounts), default=1) * 1.25
    figure.update_xaxes(range=[-reach if min(amounts, default=0) < 0 else 0, reach], zeroline=True)
    return _drawn(figure, height=rows.height * _ROW_PX + 90, right=20)


def lines(series: Mapping[str, tuple[Sequence[object], Sequence[float | None]]], y_title: str) -> go.Figure:
    """One line a name, labelled at its end.

    Parameters
    ----------
    series
        Name → places on the time axis and values; None breaks the line.
    y_title
        Unit and aggregation.
    """
    figure = go.Figure()
    for place, (name, (x, y)) in enumerate(series.items()):
        label = escape(name)
        figure.add_scatter(
            x=list(x),
            y=list(y),
            name=label,
            mode="lines",
            connectgaps=False,
            line={"width": 2.2, **_line(place)},
            text=[amount(value) for value in y],
            hovertemplate=f"<b>{label}</b> %{{text}}<extra></extra>",
        )
    figure.update_layout(hovermode="x unified")
    figure.update_yaxes(title=y_title, rangemode="tozero")
    return _drawn(figure, height=420, right=20)


def monthly(rows: pl.DataFrame, name: str, y_title: str, events: pl.DataFrame) -> go.Figure:
    """One value a month: holes break the line, partial months are hollow, dated events stand on the axis.

    Parameters
    ----------
    rows
        ``month, value, is_partial``, ordered by month.
    name
        Whose values they are.
    y_title
        Unit and aggregation.
    events
        ``happened_on, kind, text``; those outside the months are left out.
    """
    every = _every_month(rows["month"]).to_frame().join(rows, on="month", how="left", maintain_order="left")
    label = escape(name)
    figure = go.Figure(
        go.Scatter(
            x=every["month"].to_list(),
            y=every["value"].to_list(),
            mode="lines+markers",
            connectgaps=False,
            line={"width": 2.2, **_line(0)},
            marker={
                "size": 6,
                "symbol": [
                    "circle-open" if partial else "circle"
                    for partial in every["is_partial"].fill_null(value=False)
                ],
            },
            text=[
                f"{month_name(month)}: {amount(value)}" + (f" ({_('partial')})" if partial else "")
                for month, value, partial in every.select("month", "value", "is_partial").iter_rows()
            ],
            hovertemplate=f"<b>{label}</b><br>%{{text}}<extra></extra>",
        )
    )
    for day, text in events.select("happened_on", "text").iter_rows():
        if rows["month"][0] <= day.replace(day=1) <= rows["month"][-1]:
            figure.add_vline(x=day, line_width=1, line_dash="dot", opacity=0.5)
            figure.add_annotation(
                x=day, y=1, yref="paper", text="◆", hovertext=escape(text), showarrow=False, yanchor="bottom"
            )
    figure.update_yaxes(title=escape(y_title), rangemode="tozero")
    return _drawn(figure, height=360, right=20)


def rank_lines(ranks: pl.DataFrame) -> go.Figure:
    """Rank in each scope, the first on top.

    Parameters
    ----------
    ranks
        ``scope, scope_value, month, rank``.
    """
    figure = go.Figure()
    months = _every_month(ranks["month"])
    for place, ((_scope, value), rows) in enumerate(
        ranks.partition_by("scope", "scope_value", as_dict=True, maintain_order=True).items()
    ):
        by_month = dict(rows.select("month", "rank").iter_rows())
        name = _("the whole landscape") if value == "landscape" else escape(str(value))
        figure.add_scatter(
            x=months.to_list(),
            y=[by_month.get(month) for month in months],
            name=name,
            mode="lines",
            connectgaps=False,
            line={"width": 2.2, "color": SERIES_COLOURS[place], "dash": _DASHES[place]},
            hovertemplate=f"{name} #%{{y}}<extra></extra>",
        )
    figure.update_layout(hovermode="x unified")
    figure.update_yaxes(autorange="reversed", title=_("rank"), rangemode="normal")
    return _drawn(figure, height=300, right=20)


def project_links(rows: pl.DataFrame, query: str) -> pl.Series:
    """Links to the page of each project of `rows`, whose text is its name."""
    return rows.select(pl.format("project?project={}&{}#{}", "project_id", pl.lit(query), "name")).to_series()


def signed_amounts(values: Sequence[float | None], ratios: Sequence[float | None]) -> list[str]:
    """``+358 (+140 %)`` for each pair; the ratio is left out where it is unknown."""
    return [
        change(value) if ratio is None else f"{change(value)} ({percent(ratio)})"
        for value, ratio in zip(values, ratios, strict=True)
    ]


def _every_month(months: pl.Series) -> pl.Series:
    """From the first of `months` to the last, none left out."""
    ordered = months.sort()
    return pl.date_range(ordered[0], ordered[-1], "1mo", eager=True).alias("month")


def _by_last_rank(ranks: pl.DataFrame) -> list[tuple[object, pl.DataFrame]]:
    groups = ranks.sort("month").partition_by("project_id", as_dict=True, maintain_order=True).items()
    return sorted(groups, key=lambda item: (-item[1]["month"][-1].toordinal(), item[1]["rank"][-1], item[0]))


def _line(place: int) -> dict[str, str]:
    return {
        "color": SERIES_COLOURS[place % len(SERIES_COLOURS)],
        "dash": _DASHES[place // len(SERIES_COLOURS) % len(_DASHES)],
    }


def _drawn(figure: go.Figure, *, height: int, right: int) -> go.Figure:
    figure.update_layout(
        height=height,
        margin={"l": 10, "r": right, "t": 10, "b": 10},
        showlegend=len(figure.data) > 1 and right < 100,  # noqa: PLR2004 - where labels stand at the lines
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0},
    )
    figure.update_xaxes(automargin=True)
    figure.update_yaxes(automargin=True)
    return figure
