"""What the fetching steps decide before they act."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.fetching import _workers_for
from pipelines.periods import Hour
from pipelines.sources.gharchive import FetchedHour

HOUR = Hour.parse("2025-04-30T07")


def hours(count: int, megabytes: int) -> list[FetchedHour]:
    return [
        FetchedHour(HOUR, "http://127.0.0.1/", "fetched", Path("hour"), megabytes * 1_000_000)
        for _ in range(count)
    ]


@pytest.mark.parametrize(
    ("fetched", "most", "workers"),
    [
        (hours(0, 0), 4, 1),
        (hours(24, 1), 4, 1),
        (hours(24, 90), 4, 4),
        (hours(3, 90), 4, 3),
        (hours(24, 90), 1, 1),
    ],
    ids=["nothing", "small files", "a day", "three hours", "one allowed"],
)
def test_as_many_processes_as_there_is_work_for(fetched: list[FetchedHour], most: int, workers: int):
    assert _workers_for(fetched, most) == workers
