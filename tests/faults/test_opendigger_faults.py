"""Everything OpenDigger can do wrong in a pull: one bad item stops no other, and each is named."""

from __future__ import annotations

import dataclasses
import json
import re
from collections import Counter
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from werkzeug import Request, Response

from pipelines.floor.errors import SourceError
from pipelines.floor.settings import DataProfile, Settings
from pipelines.sources.connect import Upstreams, connect
from pipelines.sources.opendigger.asking import OUTAGE_FAILURES_COUNT
from pipelines.sources.opendigger.bronze import SeriesReport, load_export_list, load_series
from pipelines.sources.session import Politeness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytest_httpserver import HTTPServer

NOW = datetime(2026, 1, 20, tzinfo=UTC)
NEXT_MONTH = datetime(2026, 2, 20, tzinfo=UTC)
YEAR = {f"2025-{month:02d}": 10.0 + month for month in range(1, 13)}
NAMES = [f"acme/r{number:02d}" for number in range(33)]
BAD = "acme/r07"
HURRIED = Politeness(
    connect_seconds=0.5,
    read_seconds=0.3,
    attempts=2,
    wait_initial_seconds=0.01,
    wait_max_seconds=0.02,
    wait_jitter_seconds=0.01,
    retry_after_max_seconds=1.0,
)


class Host:
    """OpenDigger's host: series by name and metric, and faults in the place of some."""

    def __init__(self, server: HTTPServer) -> None:
        self.server = server
        self.bodies: dict[tuple[str, str], str] = {}
        self.faults: dict[tuple[str, str], Callable[[Request], Response]] = {}
        self.fault_of_all: Callable[[Request], Response] | None = None
        self.asked: list[tuple[str, str]] = []
        server.expect_request(re.compile("^/opendigger/github/")).respond_with_handler(self._answer)

    def put(self, name: str, months: dict[str, Any], metric: str = "openrank") -> None:
        self.bodies[name, metric] = json.dumps(months)

    def _answer(self, request: Request) -> Response:
        owner, repo, file = request.path.split("/")[3:]
        asked = (f"{owner}/{repo}", file.removesuffix(".json"))
        self.asked.append(asked)
        fault = self.fault_of_all or self.faults.get(asked)
        if fault is not None:
            return fault(request)
        if asked not in self.bodies:
            return Response("<Error/>", 404)
        response = Response(self.bodies[asked])
        response.set_etag(str(hash(self.bodies[asked])))
        if "If-None-Match" not in request.headers and "If-Modified-Since" in request.headers:
            return Response(status=304)  # an object that is older than the question
        response.make_conditional(request)
        return response


@pytest.fixture
def host(httpserver: HTTPServer) -> Host:
    host = Host(httpserver)
    for name in NAMES:
        host.put(name, YEAR)
    return host


@pytest.fixture
def live(httpserver: HTTPServer) -> Iterator[Upstreams]:
    settings = Settings(
        data_profile=DataProfile.LIVE,
        urls={
            "opendigger": httpserver.url_for("/opendigger"),
            "github_api": httpserver.url_for("/api"),
        },
    )
    upstreams = connect(settings, NOW, HURRIED)
    with upstreams.session:
        yield upstreams


def at(live: Upstreams, now: datetime) -> Upstreams:
    return dataclasses.replace(live, retrieved_at=now)


def pull(live: Upstreams, folder: Path, names: list[str] = NAMES, **options: Any) -> SeriesReport:
    metrics = options.pop("metrics", ["openrank"])
    return load_series(live, dict.fromkeys(metrics, names), "v3", folder, lambda done, of: None, **options)


def values(folder: Path, name: str | None = None, metric: str = "openrank") -> pl.DataFrame:
    rows = pl.read_parquet(folder / "opendigger" / f"{metric}.parquet")
    return rows if name is None else rows.filter(repo_full_name=name)


def row_of(folder: Path, name: str, metric: str = "openrank") -> dict[str, Any]:
    manifest = pl.read_parquet(folder / "manifest" / "opendigger.parquet")
    return manifest.row(
        by_predicate=(pl.col("repo_full_name") == name) & (pl.col("metric_id") == metric), named=True
    )


def quarantined(folder: Path, source: str = "opendigger") -> list[tuple[str, str]]:
    rows = pl.read_parquet(folder / "quarantine" / f"{source}.parquet")
    return [(row["source_file"].partition("/opendigger/")[2], row["cause"]) for row in rows.to_dicts()]


def extents(folder: Path) -> dict[str, tuple[date, date]]:
    rows = pl.read_parquet(folder / "opendigger" / "extents.parquet").to_dicts()
    return {row["repo_full_name"]: (row["extent_from"], row["extent_through"]) for row in rows}


def page(_: Request) -> Response:
    return Response("<!DOCTYPE html><title>Bad gateway</title>", content_type="text/html")


def unavailable(_: Request) -> Response:
    return Response(status=503)


def cut_short(_: Request) -> Response:
    return Response(iter([b'{"2025-01"']), headers={"Content-Length": "1000"})


FAULTS = {
    "html-with-200": (page, "a web page titled 'Bad gateway' came in place of data"),
    "503-every-time": (unavailable, "status 503"),
    "403": (lambda _: Response(status=403), "status 403"),
    "418": (lambda _: Response(status=418), "status 418"),
    "body-that-breaks-off": (cut_short, "the answer breaks off"),
    "far-too-large": (
        lambda _: Response(iter([b" "]), headers={"Content-Length": str(1 << 40)}),
        "too large",
    ),
}  # fmt: skip
MALFORMED = {
    "negative": ({**YEAR, "2025-03": -4.5}, "2025-03 is -4.5, and no metric is below 0"),
    "null": ({**YEAR, "2025-03": None}, "2025-03 is null, not a number"),
    "text": ({**YEAR, "2025-03": "45.2"}, '2025-03 is "45.2", not a number'),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_one_series_without_a_usable_answer_stops_no_other_and_is_named(
    live: Upstreams, host: Host, tmp_path: Path, fault: str
) -> None:
    host.faults[BAD, "openrank"], words = FAULTS[fault]
    report = pull(live, tmp_path)
    assert (report.requested_count, report.loaded_count, report.failed_count) == (33, 32, 1)
    assert report.outage is None
    assert set(values(tmp_path)["repo_full_name"]) == {*NAMES} - {BAD}
    ((place, cause),) = quarantined(tmp_path)
    assert place == f"github/{BAD}/openrank.json"
    assert cause.startswith("no usable answer: ")
    assert words in cause
    assert BAD not in extents(tmp_path)
    del host.faults[BAD, "openrank"]
    assert pull(live, tmp_path).loaded_count == 33
    assert values(tmp_path, BAD).height == 12
    assert quarantined(tmp_path) == []


@pytest.mark.parametrize("fault", [*FAULTS, *MALFORMED])
def test_a_failing_series_keeps_its_held_values(
    live: Upstreams, host: Host, tmp_path: Path, fault: str
) -> None:
    pull(live, tmp_path)
    before, known = values(tmp_path), extents(tmp_path)
    if fault in FAULTS:
        host.faults[BAD, "openrank"] = FAULTS[fault][0]
    else:
        host.put(BAD, MALFORMED[fault][0])
    report = pull(at(live, NEXT_MONTH), tmp_path)
    assert report.unchanged_count == 32
    assert values(tmp_path).equals(before)
    assert extents(tmp_path)[BAD] == known[BAD]
    assert [place for place, _ in quarantined(tmp_path)] == [f"github/{BAD}/openrank.json"]
    if fault in FAULTS:
        # The series keeps its known entry, so that it need not be sent again.
        assert (row_of(tmp_path, BAD)["status"], row_of(tmp_path, BAD)["months_count"]) == ("loaded", 12)
        del host.faults[BAD, "openrank"]
        assert pull(at(live, NEXT_MONTH), tmp_path).unchanged_count == 33
        assert quarantined(tmp_path) == []


@pytest.mark.parametrize("fault", MALFORMED)
def test_a_series_with_a_value_that_cannot_be_is_set_aside_whole_and_never_zero(
    live: Upstreams, host: Host, tmp_path: Path, fault: str
) -> None:
    months, cause = MALFORMED[fault]
    host.put(BAD, months)
    for name in NAMES:
        host.put(name, YEAR, "stars")
    report = pull(live, tmp_path, metrics=["openrank", "stars"])
    assert (report.loaded_count, report.malformed_count, report.quarantined_count) == (65, 1, 1)
    assert quarantined(tmp_path) == [(f"github/{BAD}/openrank.json", f"series set aside: {cause}")]
    assert values(tmp_path, BAD).is_empty()
    assert values(tmp_path, BAD, "stars").height == 12
    # Stars prove nothing about OpenRank: with an extent its months would read as months without activity.
    assert set(extents(tmp_path)) == {*NAMES} - {BAD}
    assert pull(live, tmp_path, metrics=["openrank", "stars"]).unchanged_count == 66
    assert len(quarantined(tmp_path)) == 1


def test_a_month_written_twice_is_set_aside_with_both_values(
    live: Upstreams, host: Host, tmp_path: Path
) -> None:
    host.bodies[BAD, "openrank"] = '{"2025-02": 11, "2025-03": 12, "2025-04": 13, "2025-03": 900}'
    assert pull(live, tmp_path).malformed_count == 1
    ((_, cause),) = quarantined(tmp_path)
    assert cause == "series set aside: 2025-03 has several values: 12 and 900"


def test_a_host_that_is_down_is_left_alone_and_said_once(live: Upstreams, host: Host, tmp_path: Path) -> None:
    pull(live, tmp_path)
    before = {path: path.read_bytes() for path in (tmp_path / "opendigger").iterdir()}
    host.asked.clear()
    host.fault_of_all = unavailable
    many = [*NAMES, *(f"acme/more{number:03d}" for number in range(400))]
    report = pull(at(live, NEXT_MONTH), tmp_path, many)
    assert report.outage is not None
    assert "status 503" in report.outage.what
    assert report.failed_count + report.not_asked_count == len(many)
    # Each of those under way when the tenth failed may still be asked for, twice as any.
    assert len(host.asked) <= 2 * (OUTAGE_FAILURES_COUNT + 8)
    assert report.failed_count < 20
    ((_, cause),) = quarantined(tmp_path)
    assert re.match(r"OpenDigger gave no usable answer to \d+ requests, and 4\d\d more were not made", cause)
    assert {path: path.read_bytes() for path in (tmp_path / "opendigger").iterdir()} == before
    host.fault_of_all = None
    assert pull(at(live, NEXT_MONTH), tmp_path, many).loaded_count == 33
    assert quarantined(tmp_path) == []


def test_failures_with_answers_between_them_are_no_outage(
    live: Upstreams, host: Host, tmp_path: Path
) -> None:
    bad = NAMES[::2]
    assert len(bad) > OUTAGE_FAILURES_COUNT
    host.faults = {(name, "openrank"): page for name in bad}
    report = pull(live, tmp_path)
    assert (report.loaded_count, report.failed_count, report.outage) == (16, 17, None)
    assert len(quarantined(tmp_path)) == len(bad)


def test_what_came_before_an_outage_is_stored(live: Upstreams, host: Host, tmp_path: Path) -> None:
    for name in NAMES[12:]:
        host.faults[name, "openrank"] = unavailable
    report = pull(live, tmp_path)
    assert report.outage is not None
    assert report.not_asked_count > 0
    assert set(values(tmp_path)["repo_full_name"]) == set(NAMES[:12])


def test_a_few_series_that_all_fail_are_one_error(live: Upstreams, host: Host, tmp_path: Path) -> None:
    host.fault_of_all = page
    report = pull(live, tmp_path, NAMES[:3])
    assert report.outage is not None
    assert "no usable answer to 3 requests, and 0 more" in report.outage.what
    assert len(quarantined(tmp_path)) == 1


def test_a_host_that_asks_for_fewer_requests_gets_none(live: Upstreams, host: Host, tmp_path: Path) -> None:
    host.fault_of_all = lambda _: Response(status=429, headers={"Retry-After": "3600"})
    report = pull(live, tmp_path)
    assert isinstance(report.outage, SourceError)
    assert "too many requests" in report.outage.what
    assert len(host.asked) <= 8
    assert report.not_asked_count >= 25


def test_a_passing_fault_is_asked_again_and_nobody_hears_of_it(
    live: Upstreams, host: Host, tmp_path: Path
) -> None:
    answers = iter([Response(status=503)])
    host.faults[BAD, "openrank"] = lambda _: next(answers, Response(json.dumps(YEAR)))
    assert pull(live, tmp_path).loaded_count == 33
    assert Counter(host.asked)[BAD, "openrank"] == 2
    assert quarantined(tmp_path) == []


def test_a_failure_is_no_sign_of_a_rename(live: Upstreams, host: Host, tmp_path: Path) -> None:
    host.faults[BAD, "openrank"] = unavailable
    host.put("acme/r08", {**YEAR, "2025-03": -1})
    pull(live, tmp_path, curated_ids={BAD: 7, "acme/r08": 8})
    assert [request.path for request, _ in host.server.log if request.path.startswith("/api")] == []


# --- months that are not over, and months that are none ---


def test_the_running_month_and_the_future_are_not_stored(live: Upstreams, host: Host, tmp_path: Path) -> None:
    host.put(BAD, {**YEAR, "2026-01": 5.0, "2026-04": 99.0, "1970-01": 3.0})
    pull(live, tmp_path)
    assert values(tmp_path, BAD)["month"].to_list() == [date(2025, month, 1) for month in range(1, 13)]
    assert quarantined(tmp_path) == [
        (
            f"github/{BAD}/openrank.json",
            "key left out: 1970-01 is before 2015-01, the first month of OpenDigger",
        ),
        (f"github/{BAD}/openrank.json", "key left out: 2026-04 is a month of the future"),
    ]
    assert extents(tmp_path)[BAD] == (date(2025, 1, 1), date(2025, 12, 1))
    assert row_of(tmp_path, BAD)["incomplete_month"] == date(2026, 1, 1)
    assert pull(live, tmp_path).unchanged_count == 33
    assert len(quarantined(tmp_path)) == 2


@pytest.mark.parametrize("has_etag", [True, False])
def test_the_same_file_a_month_later_does_not_make_its_running_month_whole(
    live: Upstreams, host: Host, tmp_path: Path, has_etag: bool
) -> None:
    host.put(BAD, {**YEAR, "2026-01": 5.0})
    if not has_etag:
        host.faults[BAD, "openrank"] = lambda _: Response(host.bodies[BAD, "openrank"])
    pull(live, tmp_path, [BAD])
    pull(at(live, NEXT_MONTH), tmp_path, [BAD])
    assert values(tmp_path, BAD)["month"].max() == date(2025, 12, 1)
    assert extents(tmp_path)[BAD] == (date(2025, 1, 1), date(2025, 12, 1))  # January is unknown, not zero
    host.put(BAD, {**YEAR, "2026-01": 31.0})
    pull(at(live, NEXT_MONTH), tmp_path, [BAD])
    assert values(tmp_path, BAD).filter(month=date(2026, 1, 1))["value"].to_list() == [31.0]
    assert extents(tmp_path)[BAD] == (date(2025, 1, 1), date(2026, 1, 1))


def test_values_that_an_earlier_version_let_in_are_requested_again(
    live: Upstreams, host: Host, tmp_path: Path
) -> None:
    pull(live, tmp_path)
    path = tmp_path / "opendigger" / "openrank.parquet"
    rows = pl.read_parquet(path)
    running = rows.filter(repo_full_name="acme/r01").head(1).with_columns(month=date(2026, 1, 1))
    ancient = rows.filter(repo_full_name="acme/r02").head(1).with_columns(month=date(1970, 1, 1))
    negative = (
        pl.when((pl.col("repo_full_name") == "acme/r03") & (pl.col("month") == date(2025, 3, 1)))
        .then(-4.5)
        .otherwise(pl.col("value"))
    )
    pl.concat([rows.with_columns(value=negative), running, ancient]).write_parquet(path)
    manifest_path = tmp_path / "manifest" / "opendigger.parquet"
    manifest = pl.read_parquet(manifest_path)
    extra = pl.col("repo_full_name").is_in(["acme/r01", "acme/r02"])
    manifest = manifest.with_columns(
        months_count=pl.col("months_count") + extra,
        status=pl.when(pl.col("repo_full_name") == "acme/r04").then(pl.lit("renamed")).otherwise("status"),
    ).drop("incomplete_month", "left_out", "failure")
    manifest.write_parquet(manifest_path)
    host.asked.clear()
    report = pull(live, tmp_path)
    assert (report.loaded_count, report.no_months_count, report.unchanged_count) == (32, 1, 30)
    assert values(tmp_path).equals(rows)


# --- the list of exports ---


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (page, "web page"),
        (unavailable, "status 503"),
        (lambda _: Response("id,platform\n1,github\n"), "does not name the column repo_name once"),
    ],
    ids=["html", "503", "a-missing-column"],
)
def test_a_list_that_cannot_be_read_is_set_aside_with_a_warning(  # noqa: PLR0917 - fixtures
    live: Upstreams,
    httpserver: HTTPServer,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    second: Callable[[Request], Response],
    words: str,
) -> None:
    httpserver.expect_oneshot_request("/opendigger/repo_list.csv").respond_with_data(
        "id,platform,repo_name,openrank\n1,github,acme/Alpha,34.5\n"
    )
    assert load_export_list(live, tmp_path) == ("acme/Alpha",)
    httpserver.clear_all_handlers()
    httpserver.expect_request("/opendigger/repo_list.csv").respond_with_handler(second)
    assert load_export_list(live, tmp_path) == ("acme/Alpha",)
    assert words in caplog.text
    ((place, cause),) = quarantined(tmp_path, "opendigger_exports")
    assert place == "repo_list.csv"
    assert words in cause
    assert load_export_list(live, tmp_path / "another") == ()
