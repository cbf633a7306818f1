from __future__ import annotations

import dataclasses
import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import stamina
from hypothesis import given
from hypothesis import strategies as st
from werkzeug import Request, Response

from pipelines.floor.settings import DataProfile, Settings
from pipelines.sources.connect import Upstreams, connect
from pipelines.sources.opendigger.bronze import load_export_list, load_series
from pipelines.sources.opendigger.due import plan_all, pulls_path
from pipelines.sources.opendigger.extents import published_through
from pipelines.sources.opendigger.vintages import compute_is_recomputed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_httpserver import HTTPServer

NOW = datetime(2026, 1, 20, tzinfo=UTC)
LATER = datetime(2026, 2, 20, tzinfo=UTC)


class Host:
    """OpenDigger's host: bodies by path, ETags, 304 and 404 as an object store answers them."""

    def __init__(self, httpserver: HTTPServer, *, has_etag: bool = True) -> None:
        self.bodies: dict[str, bytes] = {}
        self.broken: set[str] = set()
        self._server, self._has_etag = httpserver, has_etag
        httpserver.expect_request(re.compile("^/opendigger/")).respond_with_handler(self._answer)

    def put(self, name: str, months: dict[str, Any], metric: str = "openrank") -> None:
        self.bodies[f"/opendigger/github/{name}/{metric}.json"] = json.dumps(months).encode()

    def put_exports(self, *names: str) -> None:
        rows = "".join(f"{n},github,{name}\n" for n, name in enumerate(names))
        self.bodies["/opendigger/repo_list.csv"] = f"id,platform,repo_name\n{rows}".encode()

    @property
    def requests(self) -> list[Request]:
        return [request for request, _ in self._server.log]

    def _answer(self, request: Request) -> Response:
        body = self.bodies.get(request.path)
        if request.path in self.broken:
            return Response("<html>Service unavailable</html>", status=503)
        if body is None:
            return Response("<Error/>", status=404)
        response = Response(body)
        if self._has_etag:
            response.set_etag(str(hash(body)))
            response.make_conditional(request)
        return response


@pytest.fixture
def live(httpserver: HTTPServer) -> Iterator[Upstreams]:
    settings = Settings(
        data_profile=DataProfile.LIVE,
        urls={
            "opendigger": httpserver.url_for("/opendigger"),
            "github_api": httpserver.url_for("/api"),
        },
    )
    upstreams = connect(settings, NOW)
    with stamina.set_testing(True, attempts=1), upstreams.session:
        yield upstreams


def pull(live: Upstreams, names: list[str], folder: Path, **options: Any) -> Any:
    return load_series(live, {"openrank": names}, "v3", folder, lambda done, of: None, **options)


def identities(folder: Path) -> dict[Path, tuple[int, int]]:
    """Every file with facts, as it lies on disk; what a pull remembers of news is none."""
    return {
        path: (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in folder.rglob("*.parquet")
        if path != pulls_path(folder)
    }


def openrank(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(folder / "opendigger" / "openrank.parquet")


def extents(folder: Path) -> list[tuple[Any, ...]]:
    return pl.read_parquet(folder / "opendigger" / "extents.parquet").rows()


YEAR = {f"2025-{month:02d}": 10.0 + month for month in range(1, 13)}


def test_a_second_pull_sends_only_conditional_requests_and_rewrites_nothing(
    live: Upstreams, httpserver: HTTPServer, tmp_path: Path
) -> None:
    host = Host(httpserver)
    host.put("a/b", YEAR)
    host.put("a/old", {"2024": 3})
    host.put("a/bad", {"2024-01": None})
    host.put_exports("a/b")
    names = ["a/b", "a/old", "a/bad", "a/none"]
    assert load_export_list(live, tmp_path) == ("a/b",)
    first = pull(live, names, tmp_path)
    before, asked = identities(tmp_path), len(host.requests)
    later = dataclasses.replace(live, retrieved_at=NOW.replace(hour=9))
    assert load_export_list(later, tmp_path) == ("a/b",)
    second = pull(later, names, tmp_path)
    again = host.requests[asked:]
    assert {request.path.rpartition("/github/")[2] for request in again if "github" in request.path} == {
        f"a/{name}/openrank.json" for name in ("b", "old", "bad")
    }, "a/none was not there a few hours ago"
    assert all({"If-None-Match", "If-Modified-Since"} & set(dict(request.headers)) for request in again)
    assert identities(tmp_path) == before
    assert second == dataclasses.replace(first, unchanged_count=3, left_count=1)


def test_only_the_changed_series_is_retrieved_again(
    live: Upstreams, httpserver: HTTPServer, tmp_path: Path
) -> None:
    host = Host(httpserver)
    host.put("a/b", YEAR)
    host.put("a/c", YEAR)
    pull(live, ["a/b", "a/c"], tmp_path)
    host.put("a/b", YEAR | {"2026-01": 30.0})
    report = pull(dataclasses.replace(live, retrieved_at=LATER), ["a/b", "a/c"], tmp_path)
    assert (report.unchanged_count, report.vintages, report.months_count) == (1, {"openrank": "v3"}, 25)
    by_name = dict(openrank(tmp_path).group_by("repo_full_name").agg(pl.col("retrieved_at").unique()).rows())
    assert by_name == {"a/b": [LATER.replace(tzinfo=None)], "a/c": [NOW.replace(tzinfo=None)]}


def test_an_answer_that_says_the_same_keeps_its_time(
    live: Upstreams, httpserver: HTTPServer, tmp_path: Path
) -> None:
    host = Host(httpserver, has_etag=False)
    host.put("a/b", YEAR)
    pull(live, ["a/b"], tmp_path)
    before = identities(tmp_path)
    pull(dataclasses.replace(live, retrieved_at=NOW.replace(hour=9)), ["a/b"], tmp_path)
    assert identities(tmp_path) == before


def test_rows_that_were_lost_are_sent_again(live: Upstreams, httpserver: HTTPServer, tmp_path: Path) -> None:
    host = Host(httpserver)
    host.put("a/b", YEAR)
    pull(live, ["a/b"], tmp_path)
    whole = openrank(tmp_path)
    (tmp_path / "opendigger" / "openrank.parquet").unlink()
    pull(live, ["a/b"], tmp_path)
    assert openrank(tmp_path).equals(whole)


def test_what_was_read_once_is_not_given_up(live: Upstreams, httpserver: HTTPServer, tmp_path: Path) -> None:
    host = Host(httpserver)
    host.put("a/b", YEAR)
    pull(live, ["a/b"], tmp_path)
    before, before_extents = openrank(tmp_path), extents(tmp_path)
    host.bodies.clear()
    report = pull(dataclasses.replace(live, retrieved_at=LATER), ["a/b"], tmp_path)
    assert report.unknown_count == 1
    assert openrank(tmp_path).equals(before)
    assert extents(tmp_path) == before_extents  # a series without an answer is not retrieved


def test_a_recomputed_history_is_another_vintage_and_both_are_kept(
    live: Upstreams, httpserver: HTTPServer, tmp_path: Path
) -> None:
    host = Host(httpserver)
    for name in ("a/b", "a/c", "a/d"):
        host.put(name, YEAR)
    names = ["a/b", "a/c", "a/d"]
    pull(live, names, tmp_path)
    for name in ("a/b", "a/c"):
        host.put(name, {month: value * 1.16 for month, value in YEAR.items()})
    report = pull(dataclasses.replace(live, retrieved_at=LATER), names, tmp_path)
    assert report.vintages == {"openrank": "v3+2026-02-20"}
    values = openrank(tmp_path)
    counts = dict(values.group_by("vintage").agg(pl.col("repo_full_name").n_unique()).rows())
    assert counts == {"v3": 3, "v3+2026-02-20": 3}  # a/d did not change: it belongs to both
    assert values.filter(vintage="v3")["value"].max() == 22.0
    assert {row[3] for row in extents(tmp_path)} == {"v3", "v3+2026-02-20"}
    before = identities(tmp_path)
    pull(dataclasses.replace(live, retrieved_at=LATER), names, tmp_path)
    assert identities(tmp_path) == before


def test_one_corrected_series_among_others_is_no_vintage(
    live: Upstreams, httpserver: HTTPServer, tmp_path: Path
) -> None:
    host = Host(httpserver)
    for name in ("a/b", "a/c"):
        host.put(name, YEAR)
    pull(live, ["a/b", "a/c"], tmp_path)
    host.put("a/b", {month: value * 2 for month, value in YEAR.items()})
    pull(dataclasses.replace(live, retrieved_at=LATER), ["a/b", "a/c"], tmp_path)
    assert openrank(tmp_path).height == 24
    assert set(openrank(tmp_path)["vintage"]) == {"v3"}


def frame(values: list[float]) -> pl.DataFrame:
    months = [date(2024 + n // 12, n % 12 + 1, 1) for n in range(len(values))]
    return pl.DataFrame({"repo_full_name": "a/b", "month": months, "value": values})


@given(st.lists(st.floats(1, 1e4), min_size=4, max_size=30))
def test_rounding_and_the_newest_months_are_no_recomputation(values: list[float]) -> None:
    rounded = [float(round(value)) for value in values[:-2]] + [value * 3 for value in values[-2:]]
    assert compute_is_recomputed(frame(values), frame(rounded)) is False


@given(st.lists(st.floats(10, 1e4), min_size=4, max_size=30), st.sampled_from([0.64, 1.16]))
def test_the_ratios_between_real_vintages_are_one(values: list[float], ratio: float) -> None:
    assert compute_is_recomputed(frame(values), frame([value * ratio for value in values])) is True


def test_nothing_to_compare_with() -> None:
    assert compute_is_recomputed(frame([1.0, 2.0]), frame([5.0, 6.0])) is None
    assert compute_is_recomputed(frame([1.0]).clear(), frame([1.0])) is None


@pytest.mark.parametrize(
    ("newest", "count", "day", "expected"),
    [
        ((2025, 12), 1, 20, (2025, 12)),
        ((2025, 6), 1, 20, (2025, 12)),  # a fading project: the missing tail is the signal
        ((2025, 6), 1, 3, (2025, 11)),  # December is not exported yet
        ((2025, 12), 1, 3, (2025, 12)),
        ((2025, 6), 20, 20, (2025, 6)),  # nobody has July: the host has not written it
        ((2026, 1), 20, 20, (2025, 12)),  # the current month is never complete
    ],
)
def test_the_last_month_a_pull_speaks_for(
    newest: tuple[int, int], count: int, day: int, expected: tuple[int, int]
) -> None:
    through = published_through(date(*newest, 1), count, NOW.replace(day=day))
    assert through == date(*expected, 1)


def test_an_extent_begins_with_the_first_value(
    live: Upstreams, httpserver: HTTPServer, tmp_path: Path
) -> None:
    host = Host(httpserver)
    host.put("a/b", {"2025-03": 1})
    pull(live, ["a/b"], tmp_path)
    assert extents(tmp_path) == [("a/b", date(2025, 3, 1), date(2025, 12, 1), "v3")]


def test_a_renamed_repository_is_found_by_its_number_and_once(
    live: Upstreams, httpserver: HTTPServer, tmp_path: Path
) -> None:
    host = Host(httpserver)
    host.put("a/old", {"2024": 3})
    host.put("a/new", YEAR)
    httpserver.expect_request("/api/repositories/7").respond_with_json(
        {
            "id": 7,
            "full_name": "a/new",
            "stargazers_count": 1,
            "forks_count": 0,
            "open_issues_count": 0,
            "archived": False,
            "created_at": "2024-01-01T00:00:00Z",
        }
    )
    report = pull(live, ["a/old"], tmp_path, curated_ids={"a/old": 7})
    assert (report.requested_count, report.no_months_count, report.loaded_count) == (2, 1, 1)
    assert set(openrank(tmp_path)["repo_full_name"]) == {"a/new"}
    manifest = pl.read_parquet(tmp_path / "manifest" / "opendigger.parquet")
    assert manifest.select("repo_full_name", "repo_id").rows() == [("a/new", 7), ("a/old", 7)]
    before, asked = identities(tmp_path), len(host.requests)
    pull(live, ["a/old"], tmp_path, curated_ids={"a/old": 7})
    assert [request.path.split("/")[1] for request in host.requests[asked:]] == ["opendigger"] * 2
    assert identities(tmp_path) == before


def test_github_out_of_reach_does_not_stop_the_pull(
    live: Upstreams, httpserver: HTTPServer, tmp_path: Path
) -> None:
    Host(httpserver)
    httpserver.expect_request("/api/repositories/7").respond_with_data("", status=503)
    assert pull(live, ["a/old"], tmp_path, curated_ids={"a/old": 7}).unknown_count == 1
    asked = len(httpserver.log)
    pull(live, ["a/old"], tmp_path, curated_ids={"a/old": 7})
    assert [request.path for request, _ in httpserver.log[asked:]].count("/api/repositories/7") == 1


@pytest.mark.real_files
def test_real_series_by_the_live_road(
    live: Upstreams, httpserver: HTTPServer, tmp_path: Path, real_files: Path
) -> None:
    host = Host(httpserver)
    names = ["vllm-project/vllm", "pytorch/pytorch", "langchain-ai/langchain"]
    for name in names:
        path = f"github/{name}/openrank.json"
        host.bodies[f"/opendigger/{path}"] = (real_files / "opendigger" / path).read_bytes()
    report = pull(live, names, tmp_path)
    assert report.loaded_count == 3
    vllm = openrank(tmp_path).filter(repo_full_name="vllm-project/vllm")
    (april,) = vllm.filter(month=date(2025, 4, 1))["value"]
    assert april == pytest.approx(723.17, abs=0.5)
    before = identities(tmp_path)
    assert pull(live, names, tmp_path).unchanged_count == 3
    assert identities(tmp_path) == before


def test_a_repository_opendigger_does_not_know_is_looked_up_once(
    live: Upstreams, httpserver: HTTPServer, tmp_path: Path
) -> None:
    Host(httpserver)
    httpserver.expect_request("/api/repositories/7").respond_with_data("", status=404)
    pull(live, ["a/old"], tmp_path, curated_ids={"a/old": 7})
    pull(live, ["a/old"], tmp_path, curated_ids={"a/old": 7})
    paths = [request.path for request, _ in httpserver.log]
    assert paths.count("/api/repositories/7") == 1


# --- Asked only after news ---------------------------------------------------------------------------------


def asked_by(
    host: Host, live: Upstreams, names: list[str], folder: Path, day: datetime, **options: Any
) -> list[str]:
    """Names whose series a pull on `day` asks for, sorted."""
    before = len(host.requests)
    pull(dataclasses.replace(live, retrieved_at=day), names, folder, **options)
    return sorted(
        request.path.split("/")[4] for request in host.requests[before:] if "github" in request.path
    )


def days_after(days: int) -> datetime:
    return NOW + timedelta(days=days)


@pytest.fixture
def settled(live: Upstreams, httpserver: HTTPServer, tmp_path: Path) -> Host:
    """Three series and one that is not there, pulled until a pull brought nothing new; ``a/big`` is the largest."""
    host = Host(httpserver)
    host.put("a/big", {month: 10 * value for month, value in YEAR.items()})
    host.put("a/small", YEAR)
    host.put("a/gone", {"2024-01": 9000.0})  # largest of all, but not in the newest month
    assert asked_by(host, live, NAMES, tmp_path, NOW) == ["big", "gone", "none", "small"]
    assert asked_by(host, live, NAMES, tmp_path, days_after(1)) == ["big", "gone", "small"]
    return host


NAMES = ["a/big", "a/small", "a/gone", "a/none"]


def test_without_news_one_request_is_made(settled: Host, live: Upstreams, tmp_path: Path) -> None:
    before = identities(tmp_path)
    assert asked_by(settled, live, NAMES, tmp_path, days_after(2)) == ["big"]
    report = pull(dataclasses.replace(live, retrieved_at=days_after(3)), NAMES, tmp_path)
    assert (report.requested_count, report.left_count, report.unchanged_count) == (4, 3, 1)
    assert (report.loaded_count, report.unknown_count, report.months_count) == (3, 1, 25)
    assert identities(tmp_path) == before


def test_after_news_everything_is_asked_until_a_pull_brings_nothing(
    settled: Host, live: Upstreams, tmp_path: Path
) -> None:
    """OpenDigger writes its files over some hours: one may follow the day after."""
    settled.put("a/big", {month: 10 * value for month, value in YEAR.items()} | {"2026-01": 200.0})
    assert asked_by(settled, live, NAMES, tmp_path, days_after(15)) == ["big", "gone", "small"]
    settled.put("a/small", YEAR | {"2026-01": 21.0})
    assert asked_by(settled, live, NAMES, tmp_path, days_after(16)) == ["big", "gone", "small"]
    months = openrank(tmp_path).filter(pl.col("month") == date(2026, 1, 1))
    assert dict(months.select("repo_full_name", "value").rows()) == {"a/big": 200.0, "a/small": 21.0}
    assert asked_by(settled, live, NAMES, tmp_path, days_after(17)) == ["big", "gone", "small"]
    assert asked_by(settled, live, NAMES, tmp_path, days_after(18)) == ["big"]


def test_a_new_repository_is_asked_for_without_news(settled: Host, live: Upstreams, tmp_path: Path) -> None:
    settled.put("a/new", YEAR)
    assert asked_by(settled, live, [*NAMES, "a/new"], tmp_path, days_after(2)) == ["big", "new"]
    assert "a/new" in openrank(tmp_path)["repo_full_name"].to_list()
    assert asked_by(settled, live, [*NAMES, "a/new"], tmp_path, days_after(3)) == ["big"]


def test_a_series_that_was_not_there_is_asked_for_again_after_about_a_month(
    settled: Host, live: Upstreams, tmp_path: Path
) -> None:
    asked_on = [
        day for day in range(2, 80) if "none" in asked_by(settled, live, NAMES, tmp_path, days_after(day))
    ]
    assert len(asked_on) == 2
    assert 25 <= asked_on[0] <= 35
    assert asked_on[1] == 2 * asked_on[0]
    settled.put("a/none", YEAR)
    assert "none" in asked_by(settled, live, NAMES, tmp_path, days_after(3 * asked_on[0]))
    assert "a/none" in openrank(tmp_path)["repo_full_name"].to_list()


def test_what_is_asked_for_again_is_spread_over_the_days(
    live: Upstreams, httpserver: HTTPServer, tmp_path: Path
) -> None:
    host = Host(httpserver)
    names = [f"a/none{number}" for number in range(110)]
    asked_by(host, live, names, tmp_path, NOW)
    counts = [len(asked_by(host, live, names, tmp_path, days_after(day))) for day in range(1, 36)]
    assert sum(counts) == 110
    assert counts[:24] == [0] * 24
    assert max(counts) < 25


def test_a_probe_without_a_usable_answer_leaves_nothing_out(
    settled: Host, live: Upstreams, tmp_path: Path
) -> None:
    before = openrank(tmp_path)
    settled.put("a/small", YEAR | {"2026-01": 21.0})
    path = "/opendigger/github/a/big/openrank.json"
    settled.broken = {path}
    assert asked_by(settled, live, NAMES, tmp_path, days_after(15)) == ["big", "gone", "small"]
    after = openrank(tmp_path)
    assert after.filter(repo_full_name="a/big").equals(before.filter(repo_full_name="a/big"))
    assert after.filter(repo_full_name="a/small").height == 13
    settled.broken = set()
    assert asked_by(settled, live, NAMES, tmp_path, days_after(16)) == ["big", "gone", "small"]


def test_a_series_that_failed_is_asked_for_without_news(
    settled: Host, live: Upstreams, tmp_path: Path
) -> None:
    settled.put("a/big", {month: 11 * value for month, value in YEAR.items()})
    settled.broken = {"/opendigger/github/a/small/openrank.json"}
    asked_by(settled, live, NAMES, tmp_path, days_after(2))
    settled.broken = set()
    assert "small" in asked_by(settled, live, NAMES, tmp_path, days_after(3))


def test_a_person_may_ask_for_all(settled: Host, live: Upstreams, tmp_path: Path) -> None:
    asked = asked_by(settled, live, NAMES, tmp_path, days_after(2), planned=plan_all)
    assert asked == ["big", "gone", "none", "small"]


def test_another_address_is_asked_for_everything(
    settled: Host, live: Upstreams, httpserver: HTTPServer, tmp_path: Path
) -> None:
    moved = dataclasses.replace(live, urls={**live.urls, "opendigger": httpserver.url_for("/opendigger/v2")})
    before = len(settled.requests)
    pull(dataclasses.replace(moved, retrieved_at=days_after(2)), NAMES, tmp_path)
    assert {request.path for request in settled.requests[before:]} == {
        f"/opendigger/v2/github/{name}/openrank.json" for name in NAMES
    }
