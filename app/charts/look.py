"""What all charts have in common: colours, marks, axes of months, and the line that says where a picture is from."""

from __future__ import annotations

from datetime import timedelta
from html import escape
from typing import TYPE_CHECKING, Any

import polars as pl

from app.i18n import _, change, language, marked, percent
from pipelines.floor.periods import Month

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import plotly.graph_objects as go

SERIES_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#5B4B8A", "#7A7A00")
"""Okabe and Ito's colours and two darker ones; dashes and marks tell apart what shares one."""
DASHES = ("solid", "dash", "dot", "dashdot")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x")
UP, DOWN = "#0072B2", "#D55E00"
_YEAR_FORMATS = {"en": "%Y", "zh": "%Y年"}
_FEW_MONTHS = 6
QUIET = "#80868b"
_SIGNATURE_PX = 18
_MONTH_FORMATS = {"en": "%b %Y", "zh": "%Y年%-m月"}


PLOTLY_WORDS = (
    marked("Download plot"),
    marked("Download plot as a PNG"),
    marked("Zoom"),
    marked("Pan"),
    marked("Zoom in"),
    marked("Zoom out"),
    marked("Reset axes"),
    marked("Double-click to zoom back out"),
    marked("Taking snapshot - this may take a few seconds"),
    marked("Snapshot succeeded"),
)
"""What Plotly itself says on and around a figure."""


def plotly_language() -> dict[str, Any]:
    """The part of Plotly's configuration that lets it speak the language of this run."""
    if language() == "en":
        return {}
    months = [f"{month}月" for month in range(1, 13)]
    words = {word: _(word) for word in PLOTLY_WORDS}
    names = {"months": months, "shortMonths": months, "date": "%Y年%-m月%-d日"}
    return {"locale": language(), "locales": {language(): {"dictionary": words, "format": names}}}


def project_links(rows: pl.DataFrame, query: str) -> pl.Series:
    """Links to the page of each project of `rows`, whose text is its name."""
    return rows.select(pl.format("project?project={}&{}#{}", "project_id", pl.lit(query), "name")).to_series()


def signed_amounts(values: Sequence[float | None], ratios: Sequence[float | None]) -> list[str]:
    """``+358 (+140%)`` for each pair; the ratio is left out where it is unknown."""
    return [
        change(value) if ratio is None else f"{change(value)} ({percent(ratio)})"
        for value, ratio in zip(values, ratios, strict=True)
    ]


def write_months(figure: go.Figure, first: date, last: date) -> None:
    """Let the time axis hold these months and half a month around them, written as the language does."""
    half = timedelta(days=15)
    figure.update_xaxes(range=[first - half, last + half], title=None)
    name_months(figure, first, last)


def name_months(figure: go.Figure, first: date, last: date) -> None:
    """Write the ticks of a time axis as the language does; over few months Plotly would write each twice or more."""
    figure.update_xaxes(
        hoverformat=_MONTH_FORMATS[language()],
        tickformatstops=[
            {"dtickrange": [None, "M11"], "value": _MONTH_FORMATS[language()]},
            {"dtickrange": ["M12", None], "value": _YEAR_FORMATS[language()]},
        ],
    )
    if Month.of(last).months_since(Month.of(first)) <= _FEW_MONTHS:
        figure.update_xaxes(dtick="M1")


def every_month(months: pl.Series) -> pl.Series:
    """From the first of `months` to the last, none left out."""
    ordered = months.sort()
    return pl.date_range(ordered[0], ordered[-1], "1mo", eager=True).alias("month")


def stroke(place: int) -> dict[str, str]:
    """Colour and dash of the line at a place."""
    return {
        "color": SERIES_COLOURS[place % len(SERIES_COLOURS)],
        "dash": DASHES[place // len(SERIES_COLOURS) % len(DASHES)],
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
            "font": {"size": 9, "color": QUIET},
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


def finished(figure: go.Figure, *, height: int, right: int) -> go.Figure:
    """The figure with the look of all charts."""
    figure.update_layout(
        height=height,
        margin={"l": 10, "r": right, "t": 10, "b": 10},
        showlegend=len(figure.data) > 1 and right < 100,  # noqa: PLR2004 - where lines carry labels
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0},
    )
    figure.update_xaxes(automargin=True)
    figure.update_yaxes(automargin=True)
    return figure
