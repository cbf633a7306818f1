from __future__ import annotations

import dataclasses
import json
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.floor.errors import SourceError
from pipelines.floor.periods import Month
from pipelines.sources.opendigger.client import (
    FIRST_MONTH,
    INTERPOLATED_MONTH,
    LeftOut,
    MonthValue,
    fetch_series,
    parse_months,
)
from pipelines.sources.opendigger.lists import Extent, fetch_exports, fetch_extents

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

    from pipelines.sources.connect import Upstreams

PATH = "/opendigger/github/vllm-project/vllm/openrank.json"
THROUGH = Month(2030, 12)
months = st.builds(Month, st.integers(2015, 2030), st.integers(1, 12))
numbers = st.floats(0, allow_nan=False, allow_infinity=False) | st.integers(0, 2**63)
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
    assert parse_months(json.dumps(shuffled).encode(), THROUGH).values == tuple(
        MonthValue(month, float(expected[month]), month in measured or month == INTERPOLATED_MONTH)
        for month in sorted(expected)
    )


@given(st.binary() | st.dictionaries(st.text(), st.integers()).map(json.dumps).map(str.encode))
def test_anything_but_a_series_is_a_value_error(body: bytes) -> None:
    try:
        parsed = parse_months(body, THROUGH).values
    except ValueError as error:
        assert str(error)
    else:
        assert {str(one.month) for one in parsed} <= {key.removesuffix("-raw") for key in json.loads(body)}


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (b'{"2024-01": null}', "2024-01 is null"),
        (b'{"2024-01": "12"}', '2024-01 is "12"'),
        (b'{"2024-01": true}', "2024-01 is true"),
        (b'{"2021-10": 4, "2021-10-raw": []}', "2021-10-raw"),
        (b'{"2024-01": -4.5}', "2024-01 is -4.5"),
        (b'{"2021-10": 4, "2021-10-raw": -1}', "2021-10-raw is -1"),
        (b'{"2025-03": 12, "2025-03": 900}', "2025-03 has several values: 12 and 900"),
        (b'{"2021-10-raw": 3, "2021-10-raw": null}', "2021-10-raw has several values: 3 and null"),
        (b'{"2024-01": 1e999}', "too large"),
        (b'{"2024-01": 1' + b"0" * 400 + b"}", "too large"),
        (b'{"2024-01": NaN}', "malformed"),
        (b'{"2024-01": -Infinity}', "malformed"),
        (b'{"2024-01": 1', "malformed"),
        (b'{"\xff": 1}', "not UTF-8"),
        (b"[1]", "not list"),
        (b"[" * 100_000, "too deeply"),
        (b"<html></html>", "malformed"),
    ],
)
def test_a_bad_month_spoils_the_series_and_is_named(body: bytes, cause: str) -> None:
    with pytest.raises(ValueError, match=re.escape(cause)):
        parse_months(body, THROUGH)


def test_a_key_outside_the_time_of_opendigger_is_left_out_by_name_and_the_months_are_read():
    body = b"""{"all": 900, "2022-Q1": 3, "2025-3": 999, "2025-03-01": 999, " 2025-04": 999, "2025-13": 1, "2025-00": 2,
        "1970-01": 5, "2014-12": 6, "2015-01": 7, "2025-03": 27, "2025-04": 28, "2025-05": 2, "2025-06": 29}"""
    read = parse_months(body, Month(2025, 4))
    assert [(str(one.month), one.value) for one in read.values] == [
        (str(FIRST_MONTH), 7),
        ("2025-03", 27),
        ("2025-04", 28),
    ]
    assert read.incomplete_month == Month(2025, 5)
    assert {key.excerpt: key.cause for key in read.left_out} == {
        "1970-01": "1970-01 is before 2015-01, the first month of OpenDigger",
        "2014-12": "2014-12 is before 2015-01, the first month of OpenDigger",
        "2025-00": "2025-00 is no month of a calendar",
        "2025-13": "2025-13 is no month of a calendar",
        "2025-06": "2025-06 is a month of the future",
    }


def test_a_value_that_is_left_out_is_not_judged():
    read = parse_months(b'{"2025-04": 1, "2025-05": null, "1969-12": -3}', Month(2025, 4))
    assert len(read.values) == 1
    assert read.left_out == (LeftOut("1969-12 is before 2015-01, the first month of OpenDigger", "1969-12"),)


def test_a_month_written_twice_with_one_value_is_that_value():
    read = parse_months(b'{"2025-03": 12, "2025-03": 12.0}', THROUGH)
    assert [(str(one.month), one.value) for one in read.values] == [("2025-03", 12)]


def test_the_published_months_of_vllm(sample: Upstreams) -> None:
    answer = fetch_series(sample, "vllm-project/vllm", "openrank")
    assert answer.status == "loaded"
    values = {str(month.month): month.value for month in answer.months.values}
    published = [489.91, 581.19, 667.56, 723.17]
    assert [values[f"2025-0{n}"] for n in (1, 2, 3, 4)] == pytest.approx(published, abs=0.5)
    assert not any(month.is_interpolated for month in answer.months.values)


def test_the_measured_value_of_the_interpolated_month(sample: Upstreams) -> None:
    answer = fetch_series(sample, "pytorch/pytorch", "stars")
    (october,) = [month for month in answer.months.values if month.month == INTERPOLATED_MONTH]
    assert october.is_interpolated
    assert sum(month.is_interpolated for month in answer.months.values) == 1


def test_the_case_of_a_name_matters(sample: Upstreams) -> None:
    answer = fetch_series(sample, "VLLM-project/vllm", "openrank")
    assert (answer.status, answer.months.values, answer.sha256) == ("unknown", (), None)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"2025-01": 2.5}', "loaded"),
        ('{"2023": 10.0, "2023Q4": 3.0}', "no_months"),
        ("{}", "no_months"),
        ('{"2026-01": 4.0}', "no_months"),
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
    assert bool(answer.months.values) == (status == "loaded")
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


@pytest.mark.parametrize(
    "body",
    [
        "id,platform,repo_name,openrank\n1,github,a/A,34.5\n2,github,b/B,1\n",
        "repo_name,platform\na/A,github\nb/B,github\n",
    ],
    ids=["a-new-column", "another-order"],
)
def test_columns_of_the_export_list_are_found_by_name(
    body: str, live: Upstreams, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/opendigger/repo_list.csv").respond_with_data(body)
    assert fetch_exports(live).names == ("a/A", "b/B")


def test_a_name_no_repository_can_have_is_named(live: Upstreams, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/opendigger/repo_list.csv").respond_with_data(
        "id,platform,repo_name\n1,github,acme/..\n2,github,acme/x.git\n3,github,a/A\n"
    )
    exports = fetch_exports(live)
    assert exports.names == ("a/A",)
    assert [(row.line_number, row.excerpt) for row in exports.quarantined] == [
        (2, "1,github,acme/.."),
        (3, "2,github,acme/x.git"),
    ]
