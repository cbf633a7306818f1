from __future__ import annotations

import dataclasses
import json
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import SourceError
from pipelines.periods import Month
from pipelines.sources.opendigger.client import (
    INTERPOLATED_MONTH,
    Extent,
    MonthValue,
    fetch_exports,
    fetch_extents,
    fetch_series,
    parse_months,
)

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

    from pipelines.sources.connect import Upstreams

PATH = "/opendigger/github/vllm-project/vllm/openrank.json"
months = st.builds(Month, st.integers(2015, 2030), st.integers(1, 12))
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**63), 2**63)
series = st.dictionaries(months, numbers)


@given(measured=series, interpolated=series, data=st.data())
def test_each_month_comes_once_in_order_and_raw_wins(
    measured: dict[Month, float], interpolated: dict[Month, float], data: st.DataObject
) -> None:
    entries: list[tuple[str, object]] = [(str(month), value) for month, value in interpolated.items()]
    entries += [(f"{month}-raw", value) for month, value in measured.items()]
    entries += [("2024", 1.0), ("2024Q1", None), ("total", "x")]
    shuffled = dict(data.draw(st.permutations(entries)))

    expected = {**interpolated, **measured}
    assert parse_months(json.dumps(shuffled).encode()) == tuple(
        MonthValue(month, float(expected[month]), month in measured or month == INTERPOLATED_MONTH)
        for month in sorted(expected)
    )


@given(st.binary() | st.dictionaries(st.text(), st.integers()).map(json.dumps).map(str.encode))
def test_whatever_is_no_series_is_a_value_error(body: bytes) -> None:
    try:
        parsed = parse_months(body)
    except ValueError as error:
        assert str(error)
    else:
        assert {str(one.month) for one in parsed} <= {key.removesuffix("-raw") for key in json.loads(body)}


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (b'{"2024-01": null}', "2024-01 is None"),
        (b'{"2024-01": "12"}', "2024-01 is '12'"),
        (b'{"2024-01": true}', "2024-01 is True"),
        (b'{"2021-10": 4, "2021-10-raw": []}', "2021-10-raw"),
        (b'{"2024-13": 1}', "2024-13"),
        (b'{"2024-01": 1e999}', "out of range"),
        (b'{"2024-01": 1' + b"0" * 400 + b"}", "too large"),
        (b'{"2024-01": NaN}', "malformed"),
        (b'{"2024-01": 1', "truncated"),
        (b"[1]", "not list"),
        (b"[" * 100_000, "too deeply"),
        (b"<html></html>", "malformed"),
    ],
)
def test_a_bad_month_spoils_the_series_and_is_named(body: bytes, cause: str) -> None:
    with pytest.raises(ValueError, match=re.escape(cause)):
        parse_months(body)


def test_the_published_months_of_vllm(sample: Upstreams) -> None:
    answer = fetch_series(sample, "vllm-project/vllm", "openrank")
    assert answer.status == "loaded"
    values = {str(month.month): month.value for month in answer.months}
    published = [489.91, 581.19, 667.56, 723.17]
    assert [values[f"2025-0{n}"] for n in (1, 2, 3, 4)] == pytest.approx(published, abs=0.5)
    assert not any(month.is_interpolated for month in answer.months)


def test_the_measured_value_of_the_interpolated_month(sample: Upstreams) -> None:
    answer = fetch_series(sample, "pytorch/pytorch", "stars")
    (october,) = [month for month in answer.months if month.month == INTERPOLATED_MONTH]
    assert october.is_interpolated
    assert sum(month.is_interpolated for month in answer.months) == 1


def test_the_case_of_a_name_matters(sample: Upstreams) -> None:
    answer = fetch_series(sample, "VLLM-project/vllm", "openrank")
    assert (answer.status, answer.months, answer.sha256) == ("unknown", (), None)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"2025-01": 2.5}', "loaded"),
        ('{"2023": 10.0, "2023Q4": 3.0}', "renamed"),
        ("{}", "renamed"),
        ('{"2025-01": null}', "malformed"),
        ("Please sign in", "malformed"),
    ],
)
def test_what_an_answer_means(body: str, status: str, live: Upstreams, httpserver: HTTPServer) -> None:
    httpserver.expect_request(PATH).respond_with_data(body)
    answer = fetch_series(live, "vllm-project/vllm", "openrank")
    assert answer.status == status
    assert answer.url == httpserver.url_for(PATH)
    assert answer.sha256 is not None
    assert bool(answer.months) == (status == "loaded")
    assert bool(answer.detail) == (status != "loaded")


def test_unknown_refused_and_broken_are_three_things(live: Upstreams, httpserver: HTTPServer) -> None:
    httpserver.expect_oneshot_request(PATH).respond_with_data("<Error/>", status=404)
    assert fetch_series(live, "vllm-project/vllm", "openrank").status == "unknown"
    httpserver.expect_oneshot_request(PATH).respond_with_data("", status=403)
    with pytest.raises(SourceError, match="403"):
        fetch_series(live, "vllm-project/vllm", "openrank")


def test_a_name_cannot_leave_its_place_in_the_address(live: Upstreams, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/opendigger/github/a/b?c#d/openrank.json").respond_with_data('{"2025-01": 1}')
    assert fetch_series(live, "a/b?c#d", "openrank").status == "loaded"


def test_extents_of_the_sample(sample: Upstreams) -> None:
    extents = fetch_extents(sample)
    assert extents.quarantined == ()
    assert len(extents.rows) == 1904
    assert {extent for extent in extents.rows if extent.repo_full_name == "FoundationAgents/MetaGPT"} == {
        Extent("FoundationAgents/MetaGPT", Month(2015, 1), Month(2024, 11)),
        Extent("FoundationAgents/MetaGPT", Month(2025, 1), Month(2025, 7)),
    }


def test_a_backward_extent_is_kept_out(live: Upstreams, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/extents").respond_with_data(
        "full_name,observed_from,observed_through\na/b,2024-02,2024-01\na/b,2024-01,2024-01\n"
    )
    extents = fetch_extents(dataclasses.replace(live, series_extent_url=httpserver.url_for("/extents")))
    assert extents.rows == (Extent("a/b", Month(2024, 1), Month(2024, 1)),)
    assert (extents.quarantined[0].line_number, extents.quarantined[0].excerpt) == (2, "a/b,2024-02,2024-01")


def test_upstreams_without_a_table_of_extents_say_so(live: Upstreams) -> None:
    with pytest.raises(SourceError, match="no table of retrieved months"):
        fetch_extents(live)


def test_the_export_list_of_the_sample_names_what_it_has_series_of(sample: Upstreams) -> None:
    exported = fetch_exports(sample).names
    assert list(exported) == sorted(set(exported))
    assert len(exported) == 1879
    assert fetch_series(sample, exported[0], "openrank").status == "loaded"
    assert {"vllm-project/vllm", "google/jax"} <= set(exported)


def test_the_export_list_keeps_case_and_leaves_out_other_platforms(
    live: Upstreams, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/opendigger/repo_list.csv").respond_with_data(
        "id,platform,repo_name\n2,GitHub,b/B\n1,github,a/A\n3,gitee,c/c\n,github,nothing\n2,github,b/B\n"
    )
    assert fetch_exports(live).names == ("a/A", "b/B")


def test_a_host_without_an_export_list_exports_nothing_by_name(
    live: Upstreams, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/opendigger/repo_list.csv").respond_with_data("", status=404)
    assert fetch_exports(live).names == ()
