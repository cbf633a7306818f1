"""Frames as Plotly figures: one look, labels on the lines, nothing distinguished by hue alone.

Belongs here: pure functions from rows to a figure. Must not: queries or widgets. Plotly renders tags in texts, so every
text that somebody wrote is escaped here.
"""

from app.charts.bars import changes, growth, parts
from app.charts.lines import trends
from app.charts.look import SERIES_COLOURS, plotly_language, project_links, signed, signed_amounts
from app.charts.ranks import bump, rank_lines
from app.charts.shares import coverage, survival

__all__ = [
    "SERIES_COLOURS",
    "bump",
    "changes",
    "coverage",
    "growth",
    "parts",
    "plotly_language",
    "project_links",
    "rank_lines",
    "signed",
    "signed_amounts",
    "survival",
    "trends",
]
