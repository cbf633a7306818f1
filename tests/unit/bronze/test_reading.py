"""Hours come in their order, with whatever number of processes, and what cannot be read costs no other."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

import pytest

from pipelines.bronze.reading import hour_reader
from pipelines.errors import StorageError
from tests import factories

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.sources.gharchive import FetchedHour


def hours_of_day(folder: Path, count: int) -> list[FetchedHour]:
    """Hours of one push each, whose id is one more than the hour."""
    return [
        factories.fetched_hour(
            factories.write_hour(
                folder / f"2025-03-03-{hour}.json.gz", [factories.push_event(event_id=hour + 1)]
            )
        )
        for hour in range(count)
    ]


@pytest.mark.parametrize("workers", [1, 2])
def test_hours_come_in_the_order_given(tmp_path: Path, workers: int):
    fetched = hours_of_day(tmp_path, 5)
    fetched.insert(2, factories.absent_hour("2025-03-03-7"))
    with hour_reader(workers) as read:
        hours = list(read(fetched))
    assert [hour.fetched for hour in hours] == fetched
    assert [hour.status for hour in hours] == ["loaded", "loaded", "missing", "loaded", "loaded", "loaded"]
    ids = [hour.parsed and hour.parsed.events["event_id"].to_list() for hour in hours]
    assert ids == [[1], [2], None, [3], [4], [5]]


@pytest.mark.parametrize("workers", [1, 2])
def test_an_hour_that_cannot_be_read_costs_none_before_it_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    fetched = hours_of_day(tmp_path, 12)
    gone = fetched[3].path
    assert gone is not None
    gone.unlink()
    with pytest.raises(StorageError, match="No such file") as raised, hour_reader(workers) as read:
        list(read(fetched))
    assert raised.value.where == str(gone)
    assert list(scratch.iterdir()) == []

    with hour_reader(workers) as read:
        hours = read(fetched)
        given = [next(hours) for _ in range(3)]
    assert [hour.fetched for hour in given] == fetched[:3]
