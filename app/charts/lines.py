"""Series as lines, with what they rest on."""

from __future__ import annotations

from datetime import timedelta
from html import escape
from math import log10
from typing import TYPE_CHECKING, Any, cast

import plotly.graph_objects as go
import polars as pl

from app.i18n import _
from pipelines.floor.periods import Month

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
from app.charts.look import SERIES_COLOURS, SYMBOLS, finished, name_months

_LABELLED_LINES = 8
_LABEL_PX = 15
_LETTER_PX = 6
_LONGEST_LABEL = 20
_TREND_PX = 420
_MARGINS_PX = 60
_STRIP_PX = 16
_LEGEND_PX = 60
_GAP = "rgba(128, 134, 139, 0.55)"
_QUIET = "#80868b"
_SERIES = "series"
_INTERVAL = ("low", "high")
_HATCHES: dict[str, tuple[float, dict[str, Any]]] = {
    "lost": (0.8, {"shape": "/", "size": 5, "solidity": 0.4}),
    "other_vintage": (0.8, {"shape": "x", "size": 6, "solidity": 0.3}),
    "not_retrieved": (0.8, {"shape": "\\", "size": 5, "solidity": 0.4}),
    "too_few": (0.8, {"shape": ".", "size": 5, "solidity": 0.4}),
    "absent": (0.25, {"shape": ""}),
}
"""Why a month has no value → height and pattern of its strip: shapes, so that none is told by its colour alone."""


def trends(
    points: pl.DataFrame,
    names: Mapping[str, str],
    y_title: str,
    *,
    x_title: str = "",
    is_log: bool = False,
    events: pl.DataFrame | None = None,
    gaps: pl.DataFrame,
    gap_names: Mapping[str, str],
) -> go.Figure:
    """Series over calendar or age: a solid line is published, a dashed one with its band a nowcast.

    No line leads over a hole, or to a point that may not be compared with its neighbours; a partial one is hollow. Few
    series are named at their ends; many in the legend, which explains the rest. Below is a strip for each series with
    months that have no value: hatched where it is unknown, thin where there was no activity (absent).

    Parameters
    ----------
    points
        ``series, at, value, low, high, basis, is_partial, is_comparable, label``; `at` is a date or an age in months,
        `label` is what is said of a point.
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
        ``series, state, first, last, label`` of the months without a value, both included, as `points` places them;
        `label` is how a stretch is written.
    gap_names
        State → what it means.
    """
    figure = go.Figure()
    groups = {key[0]: rows for key, rows in points.partition_by("series", as_dict=True).items()}
    drawn = [key for key in names if key in groups]
    ends: dict[str, tuple[object, float]] = {}
    for place, key in enumerate(drawn):
        rows = groups[key].sort("at")
        _draw_series(figure, place, names[key], rows)
        known = rows.filter(pl.col("value").is_not_null()).select("at", "value")
        if not known.is_empty():
            ends[key] = known.row(-1)
    is_labelled = len(drawn) <= _LABELLED_LINES
    if is_labelled:
        colours = {key: _colour(place) for place, key in enumerate(drawn)}
        _label_ends(figure, ends, names, colours, is_log=is_log)
    shown = pl.concat([groups[key] for key in drawn]) if drawn else points.clear()
    _explain(figure, shown)
    strips = _draw_gaps(figure, gaps, drawn, names, gap_names)
    _mark_events(figure, events, drawn)
    figure.update_layout(yaxis_title=escape(y_title), yaxis_rangemode="normal" if is_log else "tozero")
    if is_log:
        figure.update_layout(yaxis_type="log", yaxis_dtick=1)
    figure.update_xaxes(title=x_title or None)
    longest = max((len(_short(names[key])) for key in drawn), default=0)
    right = 12 + longest * _LETTER_PX if is_labelled or strips else 20
    _fit_to_months(figure, points, gaps)
    legend_px = (
        _LEGEND_PX if not is_labelled or any(trace.x == (None,) for trace in figure.data) or strips else 0
    )
    laid = finished(figure, height=_TREND_PX + legend_px + strips * _STRIP_PX, right=right)
    if is_labelled:
        laid.for_each_trace(lambda trace: trace.update(showlegend=False), {"meta": _SERIES})
    return laid.update_layout(showlegend=any(trace.showlegend is not False for trace in laid.data))


def _draw_series(figure: go.Figure, place: int, name: str, rows: pl.DataFrame) -> None:
    """Band, dashed line, solid line and marks of one series."""
    colour = _colour(place)
    is_joined = pl.col("is_comparable") & pl.col("value").is_not_null()
    is_nowcast = is_joined & (pl.col("basis") == "nowcast")
    lines = rows.select(
        "at",
        *_INTERVAL,
        published=pl.when(is_joined & ~is_nowcast).then("value"),
        nowcast=pl.when(is_nowcast).then("value"),
    )
    x = lines["at"].to_list()
    at, band, in_a_band = _band(lines)
    if at:
        figure.add_scatter(
            x=at,
            y=band,
            fill="toself",
            fillcolor=f"{colour}2b",
            mode="lines",
            line={"width": 0, "color": colour},
            showlegend=False,
            hoverinfo="skip",
        )
    for column, dash in (("nowcast", "dash"), ("published", "solid")):
        if lines[column].count():
            figure.add_scatter(
                x=x,
                y=lines[column].to_list(),
                mode="lines",
                connectgaps=False,
                showlegend=False,
                line={"width": 2.2, "color": colour, "dash": dash},
                hoverinfo="skip",
            )
    bars = rows.filter((pl.col("basis") == "nowcast") & ~pl.Series(in_a_band))
    if not bars.is_empty():
        figure.add_scatter(
            x=bars["at"].to_list(),
            y=bars["value"].to_list(),
            mode="markers",
            marker={"opacity": 0},
            error_y={
                "type": "data",
                "symmetric": False,
                "array": (bars["high"] - bars["value"]).to_list(),
                "arrayminus": (bars["value"] - bars["low"]).to_list(),
                "thickness": 1.2,
                "width": 3,
                "color": colour,
            },
            showlegend=False,
            hoverinfo="skip",
        )
    symbol = SYMBOLS[place % len(SYMBOLS)]
    figure.add_scatter(
        x=x,
        y=rows["value"].to_list(),
        name=escape(name),
        meta=_SERIES,
        mode="markers",
        cliponaxis=False,
        marker={
            "size": 6,
            "color": colour,
            "symbol": [symbol + ("-open" if partial else "") for partial in rows["is_partial"]],
        },
        text=[escape(label) for label in rows["label"]],
        hovertemplate=f"<b>{escape(name)}</b> %{{text}}<extra></extra>",
    )


def _band(lines: pl.DataFrame) -> tuple[list[object], list[float | None], list[bool]]:
    """Outline of the intervals of each unbroken run of nowcasts, and which points lie in one."""
    at: list[object] = []
    outline: list[float | None] = []
    inside: list[bool] = []
    runs = lines.with_columns(run=pl.col("nowcast").is_null().rle_id())
    for run in runs.partition_by("run", maintain_order=True):
        is_band = run["nowcast"].null_count() == 0 and run.height > 1
        inside += [is_band] * run.height
        if is_band:
            months, low, high = (run[column].to_list() for column in ("at", *_INTERVAL))
            at += [*months, *reversed(months), months[0], None]
            outline += [*high, *reversed(low), high[0], None]
    return at, outline, inside


def _explain(figure: go.Figure, points: pl.DataFrame) -> None:
    """Entries of the legend: what lines and marks mean, as far as they occur."""
    entries: list[tuple[str, dict[str, Any]]] = []
    nowcasts = points.filter(pl.col("basis") == "nowcast")
    if nowcasts["is_comparable"].any():
        line = {"width": 2.2, "color": _QUIET}
        square = {"symbol": "square", "size": 12, "color": f"{_QUIET}55"}
        entries = [
            (_("published"), {"mode": "lines", "line": line}),
            (_("nowcast"), {"mode": "lines", "line": {**line, "dash": "dash"}}),
            (_("its interval of 80 %"), {"mode": "markers", "marker": square}),
        ]
    if not nowcasts["is_comparable"].all():
        bar = {"symbol": "line-ns-open", "size": 12, "color": _QUIET}
        entries.append((_("interval of a nowcast that stands alone"), {"mode": "markers", "marker": bar}))
    if points.filter(pl.col("value").is_not_null())["is_partial"].any():
        hollow = {"symbol": "circle-open", "size": 7, "color": _QUIET}
        entries.append((_("partial"), {"mode": "markers", "marker": hollow}))
    for name, look in entries:
        figure.add_scatter(x=[None], y=[None], name=name, hoverinfo="skip", **look)


def _colour(place: int) -> str:
    """Colour of the series at a place: marks tell apart those that share one, since a dash means a nowcast."""
    return SERIES_COLOURS[place % len(SERIES_COLOURS)]


def _short(name: str) -> str:
    """A name as it fits into the margin of a phone; the hover has all of it."""
    return name if len(name) <= _LONGEST_LABEL else f"{name[: _LONGEST_LABEL - 1]}…"


def _fit_to_months(figure: go.Figure, points: pl.DataFrame, gaps: pl.DataFrame) -> None:
    """End the time axis where points and gaps end: left to itself it makes room for the names, and little for lines."""
    if points.is_empty():
        return
    first, last = points["at"].min(), points["at"].max()
    if isinstance(first, int) and isinstance(last, int):
        figure.update_xaxes(range=[first - 0.5, max([last, *gaps["last"]]) + 1])
    else:
        start, end = Month.of(cast("date", first)), Month.of(max([cast("date", last), *gaps["last"]]))
        figure.update_xaxes(range=[str(start.first_day - timedelta(days=10)), str((end + 1).first_day)])
        name_months(figure, start.first_day, end.first_day)


def _label_ends(
    figure: go.Figure,
    ends: Mapping[str, tuple[object, float]],
    names: Mapping[str, str],
    colours: Mapping[str, str],
    *,
    is_log: bool,
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
            font={"size": 11, "color": colours[key]},
        )


def _draw_gaps(
    figure: go.Figure,
    gaps: pl.DataFrame,
    drawn: Sequence[str],
    names: Mapping[str, str],
    gap_names: Mapping[str, str],
) -> int:
    """Strips below the chart for series with a gap; returns how many."""
    with_gap = [key for key in drawn if key in set(gaps["series"])]
    if not with_gap:
        return 0
    for state, (width, pattern) in _HATCHES.items():
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
            name=escape(gap_names[state]),
            marker={"color": _GAP, "pattern": {**pattern, "fillmode": "replace"}, "line": {"width": 0}},
            text=[escape(label) for label in rows["label"]],
            textposition="none",
            hovertemplate=f"<b>%{{y}}</b> %{{text}}: {escape(gap_names[state])}<extra></extra>",
        )
    share = len(with_gap) * _STRIP_PX / (_TREND_PX + len(with_gap) * _STRIP_PX)
    if len(drawn) == 1:
        _shade(figure, gaps.filter(pl.col("series") == drawn[0], pl.col("state") != "absent"))
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


def _shade(figure: go.Figure, unknown: pl.DataFrame) -> None:
    """A pale stretch behind the only line where it is unknown, the longest with the word."""
    lengths = [_length(first, last) for first, last in unknown.select("first", "last").iter_rows()]
    for first, length in zip(unknown["first"], lengths, strict=True):
        end = first + (length if isinstance(first, int) else timedelta(milliseconds=length))
        figure.add_vrect(
            x0=_start(first),
            x1=_start(end),
            fillcolor=_GAP,
            opacity=0.18,
            line_width=0,
            layer="below",
        )
    if lengths:
        longest = lengths.index(max(lengths))
        start, end = unknown["first"][longest], unknown["last"][longest]
        figure.add_annotation(
            x=_start(start if isinstance(start, int) else start + (end - start) / 2),
            y=1,
            yref="y domain",
            yanchor="top",
            text=_("unknown"),
            font={"size": 10},
            showarrow=False,
        )


def _mark_events(figure: go.Figure, events: pl.DataFrame | None, drawn: Sequence[str]) -> None:
    if events is None:
        return
    for key, at, text in events.select("series", "at", "text").iter_rows():
        if key not in drawn:
            continue
        place = list(drawn).index(key)
        figure.add_vline(x=at, line_width=1, line_dash="dot", line_color=_colour(place), opacity=0.4)
        figure.add_annotation(
            x=at,
            y=1,
            yref="paper",
            yanchor="bottom",
            text="◆",
            font={"color": _colour(place)},
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
