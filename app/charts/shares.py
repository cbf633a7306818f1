"""Shares over time: coverage and survival."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from app.i18n import _, month_name, n_, whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl
from app.charts.look import DASHES, QUIET, SYMBOLS, every_month, finished, name_months, stroke


def coverage(series: Mapping[str, pl.DataFrame], gap_ratio: float | None, gaps: pl.DataFrame) -> go.Figure:
    """Coverage month by month, the ratio below which a month is a gap, and the known gaps of the archive.

    Parameters
    ----------
    series
        Name → ``month, coverage_ratio``; a month without a ratio breaks the line.
    gap_ratio
        Threshold of a gap.
    gaps
        ``period, period_start, detail`` of each known gap.
    """
    figure = go.Figure()
    for place, (name, rows) in enumerate(series.items()):
        label = escape(name)
        every = (
            every_month(rows["month"]).to_frame().join(rows, on="month", how="left", maintain_order="left")
        )
        percents = [None if ratio is None else ratio * 100 for ratio in every["coverage_ratio"]]
        figure.add_scatter(
            x=every["month"].to_list(),
            y=percents,
            name=label,
            mode="lines+markers",
            connectgaps=False,
            line={"width": 2.2, "color": stroke(place)["color"], "dash": DASHES[place % len(DASHES)]},
            marker={"size": 6, "symbol": SYMBOLS[place % len(SYMBOLS)]},
            text=[month_name(month) for month in every["month"]],
            hovertemplate=f"<b>{label}</b><br>%{{text}}: %{{y:.0f}}%<extra></extra>",
        )
    if gap_ratio is not None:
        figure.add_hline(y=gap_ratio * 100, line_width=1, line_dash="dash", opacity=0.6)
    if not gaps.is_empty():
        figure.add_scatter(
            x=gaps["period_start"].to_list(),
            y=[-6] * gaps.height,
            name=_("known gaps of the archive"),
            mode="markers",
            marker={"symbol": "line-ns-open", "size": 12, "line": {"width": 2}, "color": QUIET},
            text=[
                f"{escape(period)}<br>{escape(detail)}"
                for period, detail in gaps.select("period", "detail").iter_rows()
            ],
            hovertemplate="%{text}<extra></extra>",
        )
    months = [month for rows in series.values() for month in rows["month"]]
    name_months(figure, min(months), max(months))
    figure.update_yaxes(
        title=_("coverage of the month, percent"), range=[-12, 106], tickvals=[0, 25, 50, 75, 100]
    )
    return finished(figure, height=360, right=20)


def survival(curves: Mapping[str, pl.DataFrame]) -> go.Figure:
    """Kaplan-Meier curves as steps, each with the band of its interval.

    Parameters
    ----------
    curves
        Name → ``age_months, survival_ratio, survival_low_ratio, survival_high_ratio, at_risk_count``, by age; the
        interval is null where it is not defined.
    """
    figure = go.Figure()
    for place, (name, rows) in enumerate(curves.items()):
        label = escape(name)
        line = stroke(place)
        ages = rows["age_months"].to_list()
        bounds = (rows["survival_low_ratio"], rows["survival_high_ratio"])
        for fill, bound in zip((None, "tonexty"), bounds, strict=True):
            figure.add_scatter(
                x=ages,
                y=bound.fill_null(rows["survival_ratio"]).to_list(),
                mode="lines",
                line={"width": 0, "shape": "hv", "color": line["color"]},
                fill=fill,
                fillcolor=f"{line['color']}2e",
                hoverinfo="skip",
                showlegend=False,
            )
        line["dash"] = DASHES[place % len(DASHES)]
        figure.add_scatter(
            x=ages,
            y=rows["survival_ratio"].to_list(),
            name=label,
            mode="lines",
            line={"width": 2.2, "shape": "hv", **line},
            text=[
                n_(
                    "{count} month: {ratio}, {at_risk} at risk",
                    "{count} months: {ratio}, {at_risk} at risk",
                    age,
                    ratio=f"{ratio:.1%}",
                    at_risk=whole(count),
                )
                for age, ratio, count in rows.select(
                    "age_months", "survival_ratio", "at_risk_count"
                ).iter_rows()
            ],
            hovertemplate=f"<b>{label}</b><br>%{{text}}<extra></extra>",
        )
    figure.update_yaxes(title=_("share still alive, 95% interval"), range=[0, 1.02], tickformat=".0%")
    figure.update_xaxes(title=_("age in months"), tick0=0, dtick=24, rangemode="tozero")
    return finished(figure, height=380, right=20)
