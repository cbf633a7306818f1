"""What a refresh would ask of the upstreams: files, bytes, requests, hours. Nothing is asked to find out.

Sizes are from the volumes that GH Archive's users report: rough, and rounded up on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.periods import Hour

_HOUR_MEGABYTES: tuple[tuple[datetime, float], ...] = (
    (datetime(2015, 1, 1, tzinfo=UTC), 4.0),
    (datetime(2017, 1, 1, tzinfo=UTC), 20.0),
    (datetime(2020, 1, 1, tzinfo=UTC), 50.0),
    (datetime(2023, 1, 1, tzinfo=UTC), 90.0),
    (datetime(2025, 10, 8, tzinfo=UTC), 50.0),
)
"""From when on an hour file has about so many megabytes: it grew until GitHub trimmed its payloads."""

_MEGABYTES_A_SECOND = 10.0
"""Pace of download and parsing together on a laptop."""

_OPENDIGGER_REQUESTS_A_SECOND = 20.0

MOST_HOURS = 31 * 24
"""A longer range must be asked for by name: the whole history is about 100,000 files."""


@dataclass(frozen=True, slots=True)
class Plan:
    """An estimate of a refresh.

    Attributes
    ----------
    files_count
        Hour files to ask for; those that bronze holds are answered "not modified".
    gigabytes
        Their size as served.
    requests_count
        Requests in all, to every upstream.
    duration_hours
        How long it takes, GitHub's limits included.
    """

    files_count: int
    gigabytes: float
    requests_count: int
    duration_hours: float


def hour_megabytes(hour: Hour) -> float:
    """About how large the file of `hour` is as served, in MB."""
    return [size for since, size in _HOUR_MEGABYTES if since <= hour.start][-1]


def estimate(
    hours: Sequence[Hour], series_count: int, github_requests_count: int, github_hours: float
) -> Plan:
    """Add up what a refresh asks for.

    Parameters
    ----------
    hours
        Archive hours that bronze does not hold.
    series_count
        OpenDigger series.
    github_requests_count, github_hours
        Requests to GitHub and the hours its limits make of them.
    """
    megabytes = sum(map(hour_megabytes, hours))
    seconds = megabytes / _MEGABYTES_A_SECOND + series_count / _OPENDIGGER_REQUESTS_A_SECOND
    return Plan(
        files_count=len(hours),
        gigabytes=megabytes / 1000,
        requests_count=len(hours) + series_count + github_requests_count,
        duration_hours=seconds / 3600 + github_hours,
    )
