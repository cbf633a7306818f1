"""Frames as Plotly figures: one look, labels on the lines, nothing told by hue alone.

Belongs here: pure functions from rows to a figure. Must not: queries or widgets. Plotly renders tags in texts, so every
text that somebody wrote is escaped here.
"""

from __future__ import annotations

from datetime import timedelta
from html import escape
from math import log10
from typing import TYPE_CHECKING, Any, cast

import plotly.graph_objects as go
import polars as pl

from app.i18n import _, amount, change, language, month_name, percent
from pipelines.periods import Month

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date


SERIES_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#5B4B8A", "#7A7A00")
"""Okabe and Ito's colours and two darker ones; dashes and marks tell apart what shares one."""

_DASHES = ("solid", "dash", "dot", "dashdot")
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x")
_UP, _DOWN = "#0072B2", "#D55E00"
_ROW_PX = 26
_GROWTH_SIDE = 190  # percent to either side: a whole bar, and as much as a number or a name takes on a phone
_LABELLED_LINES = 8
_LABEL_PX = 15
_LETTER_PX = 6
_LONGEST_LABEL = 16
_TREND_PX = 420
_MARGINS_PX = 60
_STRIP_PX = 16
_YEAR_FORMATS = {"en": "%Y", "zh": "%Y年"}
_FEW_MONTHS = 6
_GAP = "rgba(128, 134, 139, 0.55)"
_QUIET = "#80868b"
_SIGNATURE_PX = 18
_MONTH_FORMATS = {"en": "%b %Y", "zh": "%Y年%-m月"}


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
    _write_months(figure, months[0], months[-1])
    return _drawn(figure, height=max(320, last_rank * 30 + 80), right=130)


def changes(rows: pl.DataFrame, value: str, texts: Sequence[str], details: Sequence[str]) -> go.Figure:
    """Bars to the right for what rose and to the left for what fell, each with its amount.

    The names stand on the other side of zero, where the row is empty, so that a phone has room for bars.

    Parameters
    ----------
    rows
        ``name`` and the column `value`, in the order from the top.
    value
        Column that is drawn.
    texts
        What stands at the end of each bar.
    details
        What more is said of it on hover.
    """
    amounts = rows[value].to_list()
    figure = _bars(rows["name"].to_list(), amounts, texts, details)
    least, most = min([0.0, *amounts]), max([0.0, *amounts])
    for_text = (most - least) * 0.6  # as much as an amount, or a name, takes on a phone
    return figure.update_xaxes(range=[least - for_text, most + for_text], tickformat=",", nticks=7)


def growth(rows: pl.DataFrame, details: Sequence[str]) -> go.Figure:
    """Bars of growth from −100 percent, which is the most that can be lost, to +100, which is twice as much.

    A bar that would go further ends there with an arrow and its number: to whatever grew from nearly nothing a longer
    axis would give all the room.

    Parameters
    ----------
    rows
        ``name, growth_ratio``, in the order from the top.
    details
        What more is said of each on hover.
    """
    ratios = rows["growth_ratio"].to_list()
    texts = [percent(ratio) if ratio <= 1 else f"→ {percent(ratio)}" for ratio in ratios]
    figure = _bars(rows["name"].to_list(), [min(ratio, 1.0) * 100 for ratio in ratios], texts, details)
    title = _("percent, up to +100; a bar with → goes on to its number")
    return figure.update_xaxes(
        range=[-_GROWTH_SIDE, _GROWTH_SIDE],
        tickvals=[-100, -50, 0, 50, 100],
        ticktext=[percent(ratio) for ratio in (-1.0, -0.5, 0.0, 0.5, 1.0)],
        title={"text": title, "font": {"size": 12}},
    )


def parts(
    names: Sequence[str], values: Sequence[float], texts: Sequence[str], details: Sequence[str], x_title: str
) -> go.Figure:
    """Parts of a sum, a bar each from the same zero: parts of like size are compared by length, not by angle.

    Parameters
    ----------
    names, values
        Of the parts, the largest first.
    texts
        Stand at the ends of the bars.
    details
        Stand in the hover boxes.
    x_title
        Unit, and what the sum rests on.
    """
    figure = _rows_of_bars(names, values, texts, details)
    figure.update_yaxes(automargin=True)
    figure.update_xaxes(title=x_title, rangemode="tozero")
    return _drawn(figure, height=len(names) * _ROW_PX + 90, right=70)


def _bars(
    row_names: Sequence[str], amounts: Sequence[float], texts: Sequence[str], details: Sequence[str]
) -> go.Figure:
    """A bar for each row, its text at the end and its name on the other side of zero."""
    figure = _rows_of_bars(row_names, amounts, texts, details)
    names = [escape(name) for name in row_names]
    for name, moved in zip(names, amounts, strict=True):
        side, shift = ("right", -6) if moved >= 0 else ("left", 6)
        figure.add_annotation(x=0, y=name, text=name, xanchor=side, xshift=shift, showarrow=False)
    figure.update_yaxes(showticklabels=False)
    figure.update_xaxes(zeroline=True)
    return _drawn(figure, height=len(names) * _ROW_PX + 90, right=20)


def _rows_of_bars(
    names: Sequence[str], amounts: Sequence[float], texts: Sequence[str], details: Sequence[str]
) -> go.Figure:
    """A bar for each row from the top, its text at the end; what is below zero is hatched as well."""
    figure = go.Figure(
        go.Bar(
            x=list(amounts),
            y=[escape(name) for name in names],
            orientation="h",
            text=list(texts),
            textposition="outside",
            cliponaxis=False,
            marker={
                "color": [_UP if one >= 0 else _DOWN for one in amounts],
                "pattern": {
                    "shape": ["" if one >= 0 else "/" for one in amounts],
                    "fillmode": "overlay",
                    "fgcolor": "#fff",
                },
            },
            customdata=[escape(detail) for detail in details],
            hovertemplate="<b>%{y}</b><br>%{customdata}<extra></extra>",
        )
    )
    return figure.update_yaxes(autorange="reversed", title=None)


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
    _write_months(figure, rows["month"][0], rows["month"][-1])
    return _drawn(figure, height=360, right=20)


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

    Few series are named at their ends; many in a legend. Below stands a strip for each series with months that have
    no value: hatched where nobody asked (unknown), thin where there was no activity (absent).

    Parameters
    ----------
    points
        ``series, at, value, is_partial, label``; `at` is a date or an age in months, `label` is how it is written.
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
        name, line = escape(names[key]), _line(place)
        x, y, partial = (rows[column].to_list() for column in ("at", "value", "is_partial"))
        figure.add_scatter(
            x=x,
            y=y,
            mode="lines+markers",
            connectgaps=False,
            legendgroup=key,
            showlegend=False,
            line={"width": 1.6, "color": line["color"], "dash": "dot"},
            marker={
                "size": 6,
                "color": line["color"],
                "symbol": [_SYMBOLS[place % len(_SYMBOLS)] + ("-open" if open_ else "") for open_ in partial],
            },
            text=[
                f"{label}: {amount(value)}" + (f" ({_('partial')})" if open_ else "")
                for label, value, open_ in zip(rows["label"], y, partial, strict=True)
            ],
            hovertemplate=f"<b>{name}</b> %{{text}}<extra></extra>",
        )
        figure.add_scatter(
            x=x,
            y=[None if open_ else value for value, open_ in zip(y, partial, strict=True)],
            name=name,
            mode="lines",
            connectgaps=False,
            legendgroup=key,
            line={"width": 2.2, **line},
            hoverinfo="skip",
        )
        known = [(one, value) for one, value in zip(x, y, strict=True) if value is not None]
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
    laid = _drawn(figure, height=_TREND_PX + strips * _STRIP_PX, right=right)
    return laid.update_layout(showlegend=not is_labelled)


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
        _name_months(figure, start.first_day, end.first_day)


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
        "unknown": (_("not retrieved: unknown"), 0.8, {"shape": "/", "size": 5, "solidity": 0.4}),
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
        figure.add_vline(x=at, line_width=1, line_dash="dot", line_color=_line(place)["color"], opacity=0.4)
        figure.add_annotation(
            x=at,
            y=1,
            yref="paper",
            yanchor="bottom",
            text="◆",
            font={"color": _line(place)["color"]},
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
    months = _every_month(ranks["month"])
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
            line={"width": 2.2, "color": SERIES_COLOURS[place], "dash": _DASHES[place]},
            marker={"size": 5, "symbol": _SYMBOLS[place]},
            hovertemplate=f"{name} #%{{y}}<extra></extra>",
        )
    figure.update_layout(hovermode="x unified")
    last_rank: int = ranks["rank"].max()  # type: ignore[assignment]
    figure.update_yaxes(range=[last_rank * 1.04 + 0.6, 0.4], title=_("rank"), zeroline=False, tickformat="d")
    _write_months(figure, months[0], months[-1])
    return _drawn(figure, height=300, right=20)


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
            _every_month(rows["month"]).to_frame().join(rows, on="month", how="left", maintain_order="left")
        )
        percents = [None if ratio is None else ratio * 100 for ratio in every["coverage_ratio"]]
        figure.add_scatter(
            x=every["month"].to_list(),
            y=percents,
            name=label,
            mode="lines+markers",
            connectgaps=False,
            line={"width": 2.2, **_line(place)},
            marker={"size": 6, "symbol": _SYMBOLS[place % len(_SYMBOLS)]},
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
            marker={"symbol": "x", "size": 8, "color": _DOWN},
            text=[
                f"{escape(period)}<br>{escape(detail)}"
                for period, detail in gaps.select("period", "detail").iter_rows()
            ],
            hovertemplate="%{text}<extra></extra>",
        )
    months = [month for rows in series.values() for month in rows["month"]]
    _name_months(figure, min(months), max(months))
    figure.update_yaxes(
        title=_("coverage of the month, percent"), range=[-12, 106], tickvals=[0, 25, 50, 75, 100]
    )
    return _drawn(figure, height=360, right=20)


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
        line = _line(place)
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
        line["dash"] = _DASHES[place % len(_DASHES)]
        figure.add_scatter(
            x=ages,
            y=rows["survival_ratio"].to_list(),
            name=label,
            mode="lines",
            line={"width": 2.2, "shape": "hv", **line},
            text=[
                _("{age} months: {ratio}, {count} at risk", age=age, ratio=f"{ratio:.1%}", count=count)
                for age, ratio, count in rows.select(
                    "age_months", "survival_ratio", "at_risk_count"
                ).iter_rows()
            ],
            hovertemplate=f"<b>{label}</b><br>%{{text}}<extra></extra>",
        )
    figure.update_yaxes(title=_("share still alive, 95% interval"), range=[0, 1.02], tickformat=".0%")
    figure.update_xaxes(title=_("age in months"), tick0=0, dtick=24, rangemode="tozero")
    return _drawn(figure, height=380, right=20)


def project_links(rows: pl.DataFrame, query: str) -> pl.Series:
    """Links to the page of each project of `rows`, whose text is its name."""
    return rows.select(pl.format("project?project={}&{}#{}", "project_id", pl.lit(query), "name")).to_series()


def signed_amounts(values: Sequence[float | None], ratios: Sequence[float | None]) -> list[str]:
    """``+358 (+140%)`` for each pair; the ratio is left out where it is unknown."""
    return [
        change(value) if ratio is None else f"{change(value)} ({percent(ratio)})"
        for value, ratio in zip(values, ratios, strict=True)
    ]


def _write_months(figure: go.Figure, first: date, last: date) -> None:
    """Let the time axis hold these months and half a month around them, written as the language does."""
    half = timedelta(days=15)
    figure.update_xaxes(range=[first - half, last + half], title=None)
    _name_months(figure, first, last)


def _name_months(figure: go.Figure, first: date, last: date) -> None:
    """Write the ticks of a time axis as the language does; over few months Plotly would write each twice or more."""
    figure.update_xaxes(
        tickformatstops=[
            {"dtickrange": [None, "M11"], "value": _MONTH_FORMATS[language()]},
            {"dtickrange": ["M12", None], "value": _YEAR_FORMATS[language()]},
        ]
    )
    if Month.of(last).months_since(Month.of(first)) <= _FEW_MONTHS:
        figure.update_xaxes(dtick="M1")


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


def signed(figure: go.Figure, line: str) -> go.Figure:
    """`figure` with a quiet line below it that says where it is from, so that a saved picture holds it as well.

    Parameters
    ----------
    figure
        As the functions here return it.
    line
        Provenance; as long as a phone is wide.
    """
    return figure.update_layout(
        height=figure.layout.height + _SIGNATURE_PX,
        title={
            # Streamlit makes titles bold.
            "text": f'<span style="font-weight:normal">{escape(line)}</span>',
            "font": {"size": 9, "color": _QUIET},
            "xref": "container",
            "x": 0,
            "xanchor": "left",
            "yref": "container",
            "y": 0,
            "yanchor": "bottom",
            "pad": {"l": 10, "b": 4},
            "automargin": True,
        },
    )


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
