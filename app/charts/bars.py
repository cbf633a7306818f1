"""Bars: changes, growth, and parts of a whole."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from app.i18n import _, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
from app.charts.look import DOWN, UP, finished

_ROW_PX = 26
_GROWTH_SIDE = 190  # percent to either side: a whole bar, and as much as a number or a name takes on a phone


def changes(rows: pl.DataFrame, value: str, texts: Sequence[str], details: Sequence[str]) -> go.Figure:
    """Bars to the right for what rose and to the left for what fell, each with its amount.

    The names are on the other side of zero, where the row is empty, so that a phone has room for bars.

    Parameters
    ----------
    rows
        ``name`` and the column `value`, in the order from the top.
    value
        Column that is drawn.
    texts
        Text at the end of each bar.
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
    return finished(figure, height=len(names) * _ROW_PX + 90, right=70)


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
    return finished(figure, height=len(names) * _ROW_PX + 90, right=20)


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
                "color": [UP if one >= 0 else DOWN for one in amounts],
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
