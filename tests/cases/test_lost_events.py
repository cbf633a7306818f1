"""An archive that loses two fifths of everything, only stars and pull requests, or six days: seen wherever one looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pytest_httpserver import HTTPServer

from pipelines.floor.periods import Hour, hours_between
from tests import factories
from tests.cases.entrances import Host, Place
from tests.fields import project, projects_file, write_field

if TYPE_CHECKING:
    from collections.abc import Iterator

HEALTHY = {"PushEvent": 10, "WatchEvent": 5, "PullRequestEvent": 5}
FETCHES = (
    ("2025-05-20T00", "2025-05-24T23"),
    ("2025-06-01T00", "2025-06-02T23"),
    ("2025-07-01T00", "2025-07-02T23"),
    ("2025-08-01T00", "2025-08-08T23"),
)
STRETCHES = {
    ("2025-05-20T00", "2025-05-24T23"): HEALTHY,
    ("2025-06-01T00", "2025-06-02T23"): {"PushEvent": 6, "WatchEvent": 3, "PullRequestEvent": 3},
    ("2025-07-01T00", "2025-07-02T23"): {"PushEvent": 18, "WatchEvent": 1},
    ("2025-08-01T00", "2025-08-01T23"): HEALTHY,
    ("2025-08-02T00", "2025-08-07T23"): None,
    ("2025-08-08T00", "2025-08-08T23"): HEALTHY,
}
MAKERS = {
    "PushEvent": factories.push_event,
    "WatchEvent": factories.watch_event,
    "PullRequestEvent": factories.pull_request_event,
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Five healthy days and three kinds of loss, fetched and published."""
    folder = tmp_path_factory.mktemp("lost")
    seeds = write_field(folder / "seeds", projects_file([project("alpha", "acme/alpha")]))
    with HTTPServer() as server:
        host = Host(server).start()
        place = Place(folder / "data", host.settings(seeds))
        number = 0
        for (first, last), counts in STRETCHES.items():
            for hour in hours_between(Hour.parse(first), Hour.parse(last)):
                if counts is None:
                    continue
                events = []
                for kind, count in counts.items():
                    for _ in range(count):
                        number += 1
                        events.append(MAKERS[kind](event_id=number, created_at=f"{hour}:00:00Z"))
                host.hold(f"/gharchive/{hour.file_name}", factories.hour_bytes(events))
        for first, last in FETCHES:
            place.done("events", "fetch", "--from", first, "--to", last)
        place.done("build")
        yield place


def months(place: Place, month: str) -> dict[str, tuple[float, bool]]:
    rows = place.published(
        "SELECT event_type, coverage_ratio, is_gap FROM data_coverage WHERE source = 'gharchive' AND period = ?",
        month,
    )
    return {kind: (ratio, is_gap) for kind, ratio, is_gap in rows}


def test_a_uniform_loss_is_a_gap_of_the_month_though_of_no_hour(place: Place):
    assert months(place, "2025-06") == dict.fromkeys([*HEALTHY, "all"], (0.6, True))
    assert place.published(
        "SELECT DISTINCT coverage_ratio, is_gap FROM data_coverage WHERE period LIKE '2025-06-__T__' AND source = 'gharchive'"
    ) == [(0.6, False)]
    assert (
        "unknown: events: gharchive 2025-06: 0 of 48 hours are gaps; against healthy months: PullRequestEvent 60.0%,"
        in place.done("status").replace("\n", " ")
    )


def test_lost_stars_and_pull_requests_show_although_pushes_rise(place: Place):
    found = months(place, "2025-07")
    assert found["PullRequestEvent"] == (0.0, True)
    assert found["WatchEvent"] == (0.2, True)
    assert found["PushEvent"] == (1.8, False)
    assert found["all"] == (0.95, False)
    status = place.done("status").replace("\n", " ")
    assert (
        "2025-07: 0 of 48 hours are gaps; against healthy months: PullRequestEvent 0.0%, WatchEvent 20.0%"
        in status
    )


def test_six_lost_days_are_unknown_and_never_zero(place: Place):
    assert place.published(
        "SELECT count(*), count(observed_count), bool_and(is_gap) FROM data_coverage"
        " WHERE source = 'gharchive' AND event_type = 'all' AND period BETWEEN '2025-08-02T00' AND '2025-08-07T23'"
    ) == [(144, 0, True)]
    assert months(place, "2025-08")["all"] == (0.25, True)
    assert "gharchive 2025-08: 144 of 192 hours are gaps" in place.done("status")


def test_a_thin_month_stands_for_its_thin_hours(place: Place):
    assert place.published(
        "SELECT DISTINCT period FROM data_coverage WHERE source = 'gharchive' AND event_type = 'WatchEvent'"
        " AND detail = '48 of 240 expected events'"
    ) == [("2025-07",)]
