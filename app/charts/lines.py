"""Series as lines: the trends of projects, domains and areas."""

from __future__ import annotations

from datetime import timedelta
from html import escape
from math import log10
from typing import TYPE_CHECKING, Any, cast

import plotly.graph_objects as go
import polars as pl

from app.charts.look import SYMBOLS, finished, name_months, stroke
from app.i18n import _, amount
from pipelines.floor.periods import Month

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

_LABELLED_LINES = 8
_LABEL_PX = 15
_LETTER_PX = 6
_LONGEST_LABEL = 20
_TREND_PX = 420
_MARGINS_PX = 60
_STRIP_PX = 16
_BAND_OPACITY = 0.16
_GAP = "rgba(128, 134, 139, 0.55)"


def trends(
    points: pl.DataFrame,
    names: Mapping[str, str],
    y_title: str,
    *,
    x_title: str = "",
    is_log: bool = False,
    events: pl.DataFrame | None = None,
    gaps: pl.DataFrame | None = None,
) -> go.Figure:
    """Series over calendar or age: holes break the line, partial periods are hollow and reached by dots alone.

    A nowcast is a dashed line of its own inside the band of its interval; nothing joins it to published values. Few
    series are named at their ends; many in a legend. Below is a strip for each series with months that have no value:
    hatched where they are unknown, thin where there was no activity (absent).

    Parameters
    ----------
    points
        ``series, at, value, low, high, basis, is_partial, label``; `at` is a date or an age in months, `label` is how
        it is written.
    names
        Series → its name, in the order of drawing.
    y_title
        Metric, unit and aggregation.
    x_title
        Unit of the age; empty for the calendar, which says it itself.
    is_log
        Whether the values are drawn by their logarithm.
    events
        ``series, at, text`` of what is marked on top.
    gaps
        ``series, state, first, last`` of the months without a value, both included, as `points` places them.
    """
    figure = go.Figure()
    groups = {key[0]: rows for key, rows in points.partition_by("series", as_dict=True).items()}
    drawn = [key for key in names if key in groups]
    ends: dict[str, tuple[object, float]] = {}
    for place, key in enumerate(drawn):
        rows = groups[key].sort("at")
        _draw_series(figure, key, rows, escape(names[key]), place)
        known = rows.drop_nulls("value").select("at", "value").rows()
        if known:
            ends[key] = known[-1]
    is_labelled = len(drawn) <= _LABELLED_LINES
    if is_labelled:
        _label_ends(figure, ends, names, is_log=is_log)
    strips = _draw_gaps(figure, gaps, drawn, names) if gaps is not None else 0
    _mark_events(figure, events, drawn)
    figure.update_layout(yaxis_title=escape(y_title), yaxis_rangemode="normal" if is_log else "tozero")
    if is_log:
        figure.update_layout(yaxis_type="log", yaxis_dtick=1)
    figure.update_xaxes(title=x_title or None)
    longest = max((len(_short(names[key])) for key in drawn), default=0)
    right = 12 + longest * _LETTER_PX if is_labelled or strips else 20
    _fit_to_months(figure, points)
    laid = finished(figure, height=_TREND_PX + strips * _STRIP_PX, right=right)
    return laid.update_layout(showlegend=not is_labelled)


def _draw_series(figure: go.Figure, key: str, rows: pl.DataFrame, name: str, place: int) -> None:
    """Dots and dotted line through every published period, a solid line through the complete ones, and the nowcast."""
    line = stroke(place)
    is_nowcast = pl.col("basis") == "nowcast"
    published = rows.with_columns(value=pl.when(~is_nowcast).then("value"))
    figure.add_scatter(
        **_marked(published, place),
        connectgaps=False,
        legendgroup=key,
        showlegend=False,
        line={"width": 1.6, "color": line["color"], "dash": "dot"},
        hovertemplate=f"<b>{name}</b> %{{text}}<extra></extra>",
    )
    figure.add_scatter(
        x=rows["at"].to_list(),
        y=published.select(pl.when(~pl.col("is_partial")).then("value"))["value"].to_list(),
        name=name,
        mode="lines",
        connectgaps=False,
        legendgroup=key,
        line={"width": 2.2, **line},
        hoverinfo="skip",
    )
    nowcast = rows.with_columns(value=pl.when(is_nowcast).then("value"))
    if nowcast["value"].is_null().all():
        return
    x, y = _band(nowcast)
    figure.add_scatter(
        x=x,
        y=y,
        mode="lines",
        fill="toself",
        fillcolor=_faint(line["color"]),
        line={"width": 1, "color": _faint(line["color"])},
        legendgroup=key,
        showlegend=False,
        hoverinfo="skip",
    )
    figure.add_scatter(
        **_marked(nowcast, place),
        connectgaps=False,
        legendgroup=key,
        showlegend=False,
        line={"width": 1.6, "color": line["color"], "dash": "dash"},
        hovertemplate=f"<b>{name}</b> %{{text}}<extra></extra>",
    )


def _marked(rows: pl.DataFrame, place: int) -> dict[str, Any]:
    """Places, marks and words of the periods of a series; those that are partial are hollow."""
    symbol = SYMBOLS[place % len(SYMBOLS)]
    return {
        "x": rows["at"].to_list(),
        "y": rows["value"].to_list(),
        "mode": "lines+markers",
        "cliponaxis": False,
        "marker": {
            "size": 6,
            "color": stroke(place)["color"],
            "symbol": [symbol + ("-open" if is_partial else "") for is_partial in rows["is_partial"]],
        },
        "text": [_said(row) for row in rows.iter_rows(named=True)],
    }


def _said(row: Mapping[str, Any]) -> str:
    marks = [_("partial")] if row["is_partial"] else []
    if row["basis"] == "nowcast":
        marks.append(
            _("nowcast")
            if row["low"] is None
            else _("nowcast, {low} to {high}", low=amount(row["low"]), high=amount(row["high"]))
        )
    return f"{row['label']}: {amount(row['value'])}" + (f" ({', '.join(marks)})" if marks else "")


def _band(nowcast: pl.DataFrame) -> tuple[list[object], list[float | None]]:
    """Outlines of the intervals, one for each unbroken run of periods; a single period is an upright line."""
    x: list[object] = []
    y: list[float | None] = []
    is_drawn = pl.col("value").is_not_null() & pl.col("low").is_not_null()
    runs = (
        nowcast.with_columns(run=is_drawn.rle_id()).filter(is_drawn).partition_by("run", maintain_order=True)
    )
    for run in runs:
        at, low, high = (run[column].to_list() for column in ("at", "low", "high"))
        x += [*at, *reversed(at), None]
        y += [*high, *reversed(low), None]
    return x, y


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {_BAND_OPACITY})"


def _short(name: str) -> str:
    """A name as it fits into the margin of a phone; the hover has all of it."""
    return name if len(name) <= _LONGEST_LABEL else f"{name[: _LONGEST_LABEL - 1]}…"


def _fit_to_months(figure: go.Figure, points: pl.DataFrame) -> None:
    """End the time axis where the points end: left to itself it makes room for the names, and little for the lines."""
    if points.is_empty():
        return
    first, last = points["at"].min(), points["at"].max()
    if isinstance(first, int) and isinstance(last, int):
        figure.update_xaxes(range=[first - 0.5, last + 1])
    else:
        start, end = Month.of(cast("date", first)), Month.of(cast("date", last))
        figure.update_xaxes(range=[str(start.first_day - timedelta(days=10)), str((end + 1).first_day)])
        name_months(figure, start.first_day, end.first_day)


def _label_ends(
    figure: go.Figure, ends: Mapping[str, tuple[object, float]], names: Mapping[str, str], *, is_log: bool
) -> None:
    """Names at the ends of the lines, pushed apart where they would touch."""
    scale = log10 if is_log else float
    heights = {key: scale(value) for key, (_at, value) in ends.items() if value > 0 or not is_log}
    values = [
        value for trace in figure.data for value in trace.y if value is not None and (value > 0 or not is_log)
    ]
    if not values:
        return
    low, high = (scale(min(values)) if is_log else 0.0), scale(max(values))
    px = (_TREND_PX - _MARGINS_PX) / ((high - low) or 1.0)
    below: float | None = None
    for key in sorted(heights, key=lambda one: (heights[one], one)):
        wanted = heights[key] * px
        placed = wanted if below is None else max(wanted, below + _LABEL_PX)
        below = placed
        at, _value = ends[key]
        figure.add_annotation(
            x=at,
            y=heights[key],
            yshift=placed - wanted,
            xshift=8,
            text=escape(_short(names[key])),
            xanchor="left",
            showarrow=False,
            font={"size": 11, "color": next(t.line.color for t in figure.data if t.legendgroup == key)},
        )


def _draw_gaps(figure: go.Figure, gaps: pl.DataFrame, drawn: Sequence[str], names: Mapping[str, str]) -> int:
    """Strips below the chart for series with a gap; returns how many."""
    with_gap = [key for key in drawn if key in set(gaps["series"])]
    if not with_gap:
        return 0
    looks: dict[str, tuple[str, float, dict[str, Any]]] = {
        "unknown": (
            _("unknown: not retrieved, or lost by the source"),
            0.8,
            {"shape": "/", "size": 5, "solidity": 0.4},
        ),
        "absent": (_("retrieved, no activity"), 0.25, {"shape": ""}),
    }
    for state, (label, width, pattern) in looks.items():
        rows = gaps.filter(pl.col("state") == state, pl.col("series").is_in(with_gap))
        if rows.is_empty():
            continue
        figure.add_bar(
            orientation="h",
            y=[escape(names[key]) for key in rows["series"]],
            base=[_start(first) for first in rows["first"]],
            x=[_length(first, last) for first, last in rows.select("first", "last").iter_rows()],
            width=width,
            yaxis="y2",
            name=label,
            marker={"color": _GAP, "pattern": {**pattern, "fillmode": "replace"}, "line": {"width": 0}},
            hovertemplate=f"<b>%{{y}}</b> {label}<extra></extra>",
        )
    share = len(with_gap) * _STRIP_PX / (_TREND_PX + len(with_gap) * _STRIP_PX)
    figure.update_layout(
        barmode="overlay",
        yaxis={"domain": [share + 0.09, 1]},
        xaxis={"anchor": "y2"},
        yaxis2={
            "domain": [0, share],
            "categoryorder": "array",
            "categoryarray": [escape(names[key]) for key in reversed(with_gap)],
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
            "side": "right",
            "tickmode": "array",
            "tickvals": [escape(names[key]) for key in with_gap],
            "ticktext": [escape(_short(names[key])) for key in with_gap],
            "tickfont": {"size": 10},
        },
    )
    return len(with_gap)


def _mark_events(figure: go.Figure, events: pl.DataFrame | None, drawn: Sequence[str]) -> None:
    if events is None:
        return
    for key, at, text in events.select("series", "at", "text").iter_rows():
        if key not in drawn:
            continue
        place = list(drawn).index(key)
        figure.add_vline(x=at, line_width=1, line_dash="dot", line_color=stroke(place)["color"], opacity=0.4)
        figure.add_annotation(
            x=at,
            y=1,
            yref="paper",
            yanchor="bottom",
            text="◆",
            font={"color": stroke(place)["color"]},
            hovertext=escape(text),
            showarrow=False,
        )


def _start(first: object) -> object:
    return first if isinstance(first, int) else str(first)


def _length(first: object, last: object) -> float:
    """Width of a bar over whole months: milliseconds on a calendar, months on an age axis."""
    if isinstance(first, int) and isinstance(last, int):
        return last - first + 1
    start, end = cast("date", first), Month.of(cast("date", last)) + 1
    return (end.first_day - start).days * 86_400_000.0
