"""Lines decoded together give the same events as one by one, and odd lines are read one by one."""

from __future__ import annotations

import gzip
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.sources.gharchive import content, parsing
from pipelines.sources.gharchive.parsing import ParsedHour, parse_hour
from tests import factories
from tests.bench.generator import hour_lines

HOUR = "2025-03-03-0.json.gz"
WHOLE = factories.line(factories.issues_event(event_id=1, title='[Snyk] 日本語 {"id":"5"} \\ end'))
OTHER = factories.line(factories.pull_request_event(event_id=2))


def assert_same(parsed: ParsedHour, exact: ParsedHour) -> None:
    assert parsed.events.equals(exact.events)
    assert parsed.events.schema == exact.events.schema
    assert parsed.quarantine.equals(exact.quarantine)
    assert (parsed.lines_count, parsed.recovered_count, parsed.damage) == (
        exact.lines_count,
        exact.recovered_count,
        exact.damage,
    )


def one_by_one(path: Path) -> ParsedHour:
    """The oracle: no two lines are decoded together."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parsing, "decode_plain_lines", lambda *_: None)
        return parse_hour(path)


@pytest.fixture
def left_over(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The texts that were read line by line."""
    texts: list[bytes] = []
    plain_events = parsing.decode_plain_lines

    def recorded(text: memoryview, *rest: Any) -> Any:
        events = plain_events(text, *rest)
        if events is None:
            texts.append(bytes(text))
        return events

    monkeypatch.setattr(parsing, "decode_plain_lines", recorded)
    return texts


@pytest.mark.real_files
def test_every_real_file_is_decoded_in_blocks_with_equal_rows(real_files: Path, left_over: list[bytes]):
    paths = sorted((real_files / "gharchive").glob("*.json.gz"))
    assert paths
    for path in paths:
        assert_same(parse_hour(path), one_by_one(path))
    assert left_over == []


@pytest.mark.parametrize("era", ["full", "trimmed"])
def test_a_generated_hour_is_decoded_in_blocks_with_equal_rows(
    tmp_path: Path, era: factories.Era, left_over: list[bytes]
):
    path = factories.write_hour(tmp_path / HOUR, hour_lines(era, 5_000))
    assert_same(parse_hour(path), one_by_one(path))
    assert left_over == []
    assert parse_hour(path).events["is_merged"].any()
    assert parse_hour(path).events["is_snyk"].any()


def spoiled(path: str, value: object, event: factories.Event | None = None) -> bytes:
    made = event or factories.pull_request_event()
    *parents, last = path.split(".")
    target: Any = made
    for key in parents:
        target = target[key]
    target[last] = value
    return factories.line(made)


ODD_LINES = {
    "two events": WHOLE + OTHER,
    "NUL run before": b"\0" * 9 + WHOLE,
    "NUL run after": WHOLE + b"\0" * 9,
    "NUL run alone": b"\0" * 9,
    "HTML": b"<html>502 Bad Gateway</html>",
    "cut": WHOLE[:90],
    "spliced": WHOLE[:90] + OTHER + WHOLE[90:],
    "array": b"[1,2]",
    "null": b"null",
    "nothing in it": b"{}",
    "bytes that are not UTF-8": WHOLE.replace(factories.BODY.encode(), b"\xff\xfe"),
    "lone surrogate": WHOLE.replace(factories.BODY.encode(), b"\\ud83d"),
    "blank": b"",
    "blanks": b"  ",
    "repeated key": OTHER.replace(b'"type":', b'"id":"9","type":', 1),
    **{f"id {value!r}": spoiled("id", value) for value in (None, " 5", "+5", "1_0", "007", "0x1", "", "-5", 5.5, str(2**63))},
    **{f"actor.id {value!r}": spoiled("actor.id", value) for value in (None, "x", "7.5", -7, 2**64)},
    **{f"repo.id {value!r}": spoiled("repo.id", value) for value in (None, [], -7)},
    **{f"repo.name {value!r}": spoiled("repo.name", value) for value in (None, 5, {"a": "b/c"}, ["b/c"])},
    **{f"actor {value!r}": spoiled("actor", value) for value in (None, [1], "ada", 7)},
    **{f"actor.login {value!r}": spoiled("actor.login", value) for value in ({"a": 1}, {})},
    **{f"type {value!r}": spoiled("type", value) for value in (None, 5, True, {})},
    **{f"action {value!r}": spoiled("payload.action", value) for value in (5, {}, [])},
    **{f"payload {value!r}": spoiled("payload", value) for value in ([], "x", 5)},
    **{f"pull request id {value!r}": spoiled("payload.pull_request.id", value) for value in ("x", -1, {})},
    **{
        f"created_at {value!r}": spoiled("created_at", value)
        for value in (
            None,
            5,
            "2025-03-03T00:00:00",
            "2025-03-03 00:00:00Z",
            "2025-03-03T01:30:00+02:00",
            "2025-03-03T00:00:00.123456Z",
            "2025-13-01T00:00:00Z",
            "2025-03-03T24:00:00Z",
            "2025-03-03T23:59:60Z",
            "infinity",
        )
    },
}  # fmt: skip


@pytest.mark.parametrize("line", ODD_LINES.values(), ids=ODD_LINES)
def test_an_odd_line_gives_the_same_in_a_block_as_alone(tmp_path: Path, line: bytes):
    others = factories.watch_event(event_id=3), factories.watch_event(event_id=4)
    path = factories.write_hour(tmp_path / HOUR, [others[0], line, others[1]])
    assert_same(parse_hour(path), one_by_one(path))


@pytest.mark.parametrize(
    "line",
    [
        spoiled("payload", None),
        spoiled("payload.pull_request", {}),
        spoiled("payload.pull_request", None),
        spoiled("payload.issue.pull_request", {}, factories.issues_event()),
        spoiled("payload.action", None),
        spoiled("actor.login", None),
        spoiled("id", 5),
        spoiled("org", None),
        WHOLE.replace(factories.BODY.encode(), b"a\\u0000b"),
        factories.line(factories.event("SponsorshipEvent", {"tier": [1]})),
        factories.line(factories.event("MergeQueueEvent", {"action": "merged"})),
    ],
)
def test_odd_but_plain_lines_are_decoded_in_a_block(tmp_path: Path, line: bytes, left_over: list[bytes]):
    path = factories.write_hour(tmp_path / HOUR, [factories.watch_event(event_id=3), line])
    assert_same(parse_hour(path), one_by_one(path))
    assert left_over == []


@settings(max_examples=150, deadline=None)
@given(
    place=st.integers(0, len(OTHER)),
    inserted=st.text('"{}[]:\\ \n\0é', max_size=3),
    removed=st.integers(0, 3),
)
def test_blocks_and_lines_agree_after_any_change_of_bytes(place: int, inserted: str, removed: int):
    damaged = OTHER[:place] + inserted.encode("latin-1") + OTHER[place + removed :]
    with tempfile.TemporaryDirectory() as folder:
        path = factories.write_hour(Path(folder) / HOUR, [WHOLE, damaged, WHOLE])
        assert_same(parse_hour(path), one_by_one(path))


@pytest.mark.parametrize("line_bytes", [5_000_000, 40_000_000])
def test_a_line_longer_than_a_block_is_read(tmp_path: Path, line_bytes: int):
    long = WHOLE.replace(factories.BODY.encode(), b"a" * line_bytes)
    path = factories.write_hour(tmp_path / HOUR, [OTHER, long, OTHER])
    assert_same(parse_hour(path), one_by_one(path))
    assert parse_hour(path).events["event_id"].to_list() == [2, 1, 2]


def test_a_file_that_breaks_off_between_lines_is_damaged(tmp_path: Path):
    path = tmp_path / HOUR
    path.write_bytes(gzip.compress(WHOLE + b"\n") + gzip.compress(OTHER + b"\n")[:10])
    assert parse_hour(path).damage == "truncated: the gzip file breaks off"
    assert parse_hour(path).events["event_id"].to_list() == [1]


def test_the_last_line_needs_no_newline(tmp_path: Path):
    (tmp_path / HOUR).write_bytes(gzip.compress(WHOLE + b"\n" + OTHER))
    assert parse_hour(tmp_path / HOUR).events["event_id"].to_list() == [1, 2]


def test_a_file_without_a_line_has_no_rows(tmp_path: Path):
    (tmp_path / HOUR).write_bytes(gzip.compress(b""))
    assert_same(parse_hour(tmp_path / HOUR), one_by_one(tmp_path / HOUR))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts descriptors the way of Linux")
def test_no_descriptor_stays_open(tmp_path: Path):
    good = factories.write_hour(tmp_path / HOUR, [WHOLE])
    bad = factories.write_hour(tmp_path / "2025-03-03-1.json.gz", [b"<html>", *hour_lines("full", 3_000)])
    parse_hour(good)
    before = os.listdir("/proc/self/fd")  # noqa: PTH208 - names only
    for path in (good, bad) * 3:
        parse_hour(path)
    assert len(os.listdir("/proc/self/fd")) == len(before)  # noqa: PTH208


# --- files made to fill a memory or a disk ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "damage"),
    [
        ({"MAX_BYTES": 500_000}, "too large: more than 500,000 bytes in a gzip file of "),
        ({"MAX_RATIO": 2, "_RATIO_FREE_BYTES": 1_000}, "too large: more than "),
        ({"MAX_LINE_BYTES": 90_000}, "too large: a line of more than 90,000 bytes"),
    ],
)
def test_content_beyond_measure_is_damage_and_costs_nothing_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: dict[str, int], damage: str
):
    for name, value in limit.items():
        monkeypatch.setattr(content, name, value)
    bomb = b'{"a":"' + bytes(2_000_000).replace(b"\0", b"a")
    first = gzip.compress(WHOLE + b"\n" + OTHER + b"\n" + os.urandom(2_000).hex().encode() + b"\n")
    (tmp_path / HOUR).write_bytes(first + gzip.compress(bomb))
    parsed = parse_hour(tmp_path / HOUR)
    assert parsed.damage.startswith(damage)
    assert parsed.events["event_id"].to_list() == [1, 2]


def test_small_files_of_equal_lines_are_no_bombs(tmp_path: Path):
    path = factories.write_hour(tmp_path / HOUR, [WHOLE] * 20_000)
    assert path.stat().st_size * content.MAX_RATIO < len(WHOLE) * 20_000
    assert (parse_hour(path).damage, parse_hour(path).events.height) == ("", 20_000)
