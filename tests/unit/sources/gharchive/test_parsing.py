"""An hour file becomes exactly the facts of its events, whatever damage a line or the file took."""

from __future__ import annotations

import gzip
import hashlib
import json
import tempfile
import zlib
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.floor.errors import StorageError
from pipelines.sources.gharchive.facts import EVENT_SCHEMA
from pipelines.sources.gharchive.parsing import QUARANTINE_SCHEMA, ParsedHour, parse_hour
from tests import factories
from tests.upstream import REAL_HOUR_OF_2015

HOUR = "2025-03-03-0.json.gz"


def parse(tmp_path: Path, *lines: bytes | factories.Event) -> ParsedHour:
    return parse_hour(factories.write_hour(tmp_path / HOUR, lines))


def facts_by_hand(event: dict[str, Any], source_file: str) -> dict[str, Any]:
    """The facts of an event, read the slow and obvious way."""
    payload, org = event.get("payload") or {}, event.get("org") or {}
    issue, pull = payload.get("issue") or {}, payload.get("pull_request") or {}
    title = issue.get("title") or pull.get("title") or ""
    merged = payload.get("action") == "merged" or (payload.get("action") == "closed" and pull.get("merged"))
    return {
        "event_id": int(event["id"]),
        "event_type": event["type"],
        "action": payload.get("action"),
        "created_at": datetime.fromisoformat(event["created_at"]).replace(tzinfo=None),
        "actor_id": event["actor"]["id"],
        "actor_login": event["actor"].get("login"),
        "repo_id": event["repo"]["id"],
        "repo_full_name": event["repo"]["name"],
        "org_id": org.get("id"),
        "org_login": org.get("login"),
        "number": pull.get("number") or issue.get("number"),
        "issue_id": issue.get("id"),
        "pull_request_id": pull.get("id"),
        "comment_id": (payload.get("comment") or {}).get("id"),
        "review_id": (payload.get("review") or {}).get("id"),
        "push_id": payload.get("push_id"),
        "is_pull_request": bool(pull or issue.get("pull_request")),
        "is_merged": event["type"] == "PullRequestEvent" and bool(merged),
        "is_snyk": title.lower().startswith("[snyk]"),
        "source_file": source_file,
        "archive": "gharchive",
    }


def assert_facts(parsed: ParsedHour, lines: list[bytes], source_file: str) -> None:
    assert parsed.events.schema == EVENT_SCHEMA
    assert parsed.events.to_dicts() == [facts_by_hand(json.loads(line), source_file) for line in lines]


# --- what is kept of an event --------------------------------------------------------------------------


def test_the_columns_are_the_agreed_ones_in_their_order():
    assert ", ".join(EVENT_SCHEMA.names()) == (
        "event_id, event_type, action, created_at, actor_id, actor_login, repo_id, repo_full_name, org_id, "
        "org_login, number, issue_id, pull_request_id, comment_id, review_id, push_id, is_pull_request, "
        "is_merged, is_snyk, source_file, archive"
    )
    assert "event_type" not in QUARANTINE_SCHEMA


@pytest.mark.parametrize("era", ["full", "trimmed"])
def test_each_type_of_both_eras_gives_its_facts(tmp_path: Path, era: factories.Era):
    events = [
        factories.push_event(era=era, org=(9, "octo")),
        factories.watch_event(),
        factories.create_event(),
        factories.fork_event(),
        factories.issues_event(action="labeled"),
        factories.issue_comment_event(),
        factories.issue_comment_event(on_pull_request=True),
        factories.pull_request_event(era=era),
        factories.pull_request_event(era=era, is_merged=True),
        factories.pull_request_event(era=era, action="closed"),
        factories.pull_request_review_event(era=era),
        factories.pull_request_review_comment_event(era=era),
        factories.commit_comment_event(),
        factories.release_event(),
        factories.public_event(),
    ]
    parsed = parse(tmp_path, *events)
    assert_facts(parsed, [factories.line(event) for event in events], HOUR)
    assert (parsed.quarantine.height, parsed.recovered_count, parsed.damage) == (0, 0, "")


@pytest.mark.parametrize(
    ("event", "is_merged"),
    [
        (factories.pull_request_event(era="full", is_merged=True), True),
        (factories.pull_request_event(era="trimmed", is_merged=True), True),
        (factories.pull_request_event(era="full", action="closed"), False),
        (factories.pull_request_event(era="trimmed", action="closed"), False),
        # A label put on a pull request that was merged before is no merge.
        (
            factories.event("PullRequestEvent", {"action": "labeled", "pull_request": {"merged": True}}),
            False,
        ),
        (factories.event("MergeQueueEvent", {"action": "merged"}), False),
    ],
)
def test_a_merge_is_recognised_by_the_keys_of_the_payload(
    tmp_path: Path, event: factories.Event, is_merged: bool
):
    assert parse(tmp_path, event).events["is_merged"].to_list() == [is_merged]


@pytest.mark.parametrize(
    ("event", "is_snyk"),
    [
        (factories.pull_request_event(title="[Snyk] Upgrade a thing"), True),
        (factories.issues_event(title="[SNYK] Upgrade a thing"), True),
        (factories.issue_comment_event(title="[snyk]"), True),
        (factories.pull_request_event(title="Fix [snyk] badge"), False),
        (factories.issues_event(title="snyk"), False),
        (factories.pull_request_event(era="trimmed", title="[snyk] of an era without titles"), False),
        (factories.push_event(), False),
    ],
)
def test_snyk_is_recognised_by_the_beginning_of_the_title(
    tmp_path: Path, event: factories.Event, is_snyk: bool
):
    assert parse(tmp_path, event).events["is_snyk"].to_list() == [is_snyk]


def test_an_event_may_be_in_another_zone_and_between_seconds(tmp_path: Path):
    parsed = parse(tmp_path, factories.watch_event(created_at="2025-03-03T01:30:00.123456+02:00"))
    assert parsed.events["created_at"].to_list() == [datetime(2025, 3, 2, 23, 30, 0, 123456)]  # noqa: DTZ001


def test_a_login_that_reads_null_is_a_login(tmp_path: Path):
    assert parse(tmp_path, factories.watch_event(actor_login="null")).events["actor_login"].to_list() == [
        "null"
    ]


def test_bodies_and_addresses_reach_no_column(tmp_path: Path):
    parsed = parse(
        tmp_path,
        factories.push_event(),
        factories.issue_comment_event(),
        factories.pull_request_review_event(),
        factories.release_event(),
    )
    text = parsed.events.write_json()
    assert factories.BODY not in text
    assert factories.EMAIL not in text


@pytest.mark.parametrize(
    "payload",
    [None, {}, {"action": 5}, {"issue": "none"}, {"comment": [1]}, {"number": "twelve"}, {"number": -1}],
)
def test_an_unknown_type_is_kept_with_any_payload(tmp_path: Path, payload: object):
    event = factories.watch_event() | {"type": "SponsorshipEvent", "payload": payload}
    parsed = parse(tmp_path, event)
    assert parsed.events.select("event_id", "event_type", "action").rows() == [(1, "SponsorshipEvent", None)]
    assert parsed.quarantine.is_empty()


def test_what_an_unknown_type_says_in_known_words_is_kept(tmp_path: Path):
    payload = {"action": "created", "comment": {"id": 4}, "discussion": {"number": 3}}
    parsed = parse(tmp_path, factories.event("DiscussionCommentEvent", payload))
    assert parsed.events.select("action", "comment_id", "number").rows() == [("created", 4, None)]


# --- what goes to the quarantine -------------------------------------------------------------------------


def broken(path: str, value: object) -> factories.Event:
    """A pull request event with `value` at a dotted path; ``...`` removes the key."""
    event = factories.pull_request_event()
    *parents, last = path.split(".")
    target = event
    for key in parents:
        target = target[key]
    target.pop(last)
    return event if value is ... else event | {} if target.update({last: value}) else event


@pytest.mark.parametrize(
    ("path", "value", "cause"),
    [
        ("id", None, "id is null"),
        ("id", ..., "id is missing"),
        ("id", "2489651045x", "id: Expected `int`, got `str`"),
        ("id", 2**63, "id: Expected `int` <= 9223372036854775807"),
        ("id", -1, "id: Expected `int` >= 0"),
        ("actor.id", -7, "actor.id: Expected `int` >= 0"),
        ("actor.id", 2**63, "actor.id: Expected `int` <= 9223372036854775807"),
        ("repo.id", -1, "repo.id: Expected `int` >= 0"),
        ("payload.pull_request.id", 2**64, "payload.pull_request.id: Expected `int` <= 9223372036854775807"),
        ("type", None, "type is null"),
        ("created_at", None, "created_at is null"),
        ("created_at", "2025-13-01T00:00:00Z", "created_at: Invalid RFC3339 encoded datetime"),
        ("created_at", "2025-03-03T00:00:00", "created_at: Expected `datetime` with a timezone component"),
        ("actor", None, "actor is null"),
        ("actor.id", None, "actor.id is null"),
        ("repo.id", None, "repo.id is null"),
        ("repo.id", ..., "repo.id is missing"),
        ("repo.name", None, "repo.name is null"),
        ("repo.name", 5, "repo.name: Expected `str`, got `int`"),
        ("repo.name", "", "repo.name: '' is not owner/name"),
        ("repo.name", "/", "repo.name: '/' is not owner/name"),
        ("repo.name", "alpha", "repo.name: 'alpha' is not owner/name"),
        ("repo.name", "a/b\nc/d", "repo.name: 'a/b\\nc/d' is not owner/name"),
        ("repo.name", "\u200b/\u2060", "repo.name: '\\u200b/\\u2060' is not owner/name"),
        ("repo.name", "a/..", "repo.name: 'a/..' ends in a reserved name: no repository can be called that"),
        (
            "repo.name",
            "a/b.git",
            "repo.name: 'a/b.git' ends in a reserved name: no repository can be called that",
        ),
        ("payload.action", 5, "payload.action: Expected `str | null`, got `int`"),
        ("payload.pull_request.id", "x", "payload.pull_request.id: Expected `int | null`, got `str`"),
    ],
)
def test_the_cause_names_the_field(tmp_path: Path, path: str, value: object, cause: str):
    parsed = parse(tmp_path, broken(path, value), factories.watch_event(event_id=2))
    assert parsed.quarantine["cause"].to_list() == [cause]
    assert parsed.events["event_id"].to_list() == [2]


def test_a_quarantine_row_leads_back_to_the_line(tmp_path: Path):
    bad = factories.line(factories.push_event() | {"created_at": None})
    parsed = parse(tmp_path, factories.watch_event(), b"", bad, factories.watch_event(event_id=2))
    assert parsed.quarantine.schema == QUARANTINE_SCHEMA
    (row,) = parsed.quarantine.to_dicts()
    assert (row["source_file"], row["line_number"]) == (HOUR, 3)
    assert row["line_sha256"] == hashlib.sha256(bad).hexdigest()
    assert bad.decode().startswith(row["excerpt"])
    assert len(row["excerpt"]) == 200
    assert parsed.lines_count == 3


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.org",
        "49699333+dependabot[bot]@users.noreply.github.com",
        "ada\\u0040example.org",
        "a" * 64 + "@example.org",
        "ada@münchen.example",
    ],
)
def test_an_address_in_an_excerpt_is_masked(tmp_path: Path, address: str):
    parsed = parse(tmp_path, f'{{"id":"1","email":"{address}","name":"Ada'.encode())
    assert parsed.quarantine["excerpt"].to_list() == ['{"id":"1","email":"[e-mail]","name":"Ada']


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        (b"<html>502 Bad Gateway</html>", "not JSON: Expecting value"),
        (b"\0" * 500, "nothing but NUL bytes"),
        (b"[1,2]", "not an event: Expected `object`, got `array`"),
        (b"null", "not an event: Expected `object`, got `null`"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"\xff\xfe\x00\x01", "not JSON: Expecting value"),
    ],
)
def test_a_line_without_an_event_costs_nothing_but_itself(tmp_path: Path, line: bytes, cause: str):
    parsed = parse(tmp_path, factories.watch_event(), line, factories.watch_event(event_id=2))
    assert parsed.events["event_id"].to_list() == [1, 2]
    assert parsed.quarantine.select("line_number", "cause").rows() == [(2, cause)]
    assert (parsed.lines_count, parsed.recovered_count, parsed.damage) == (3, 0, "")


@pytest.mark.parametrize(
    ("created_at", "cause"),
    [
        ("0001-01-01T00:00:00Z", "created_at: before the archive began"),
        ("1970-01-01T00:00:00Z", "created_at: before the archive began"),
        ("2011-02-11T23:59:59Z", "created_at: before the archive began"),
        ("2011-02-12T00:00:00Z", None),
        ("2025-03-03T01:59:59Z", None),  # an hour later than its hour: clocks differ
        ("2025-03-03T02:00:00Z", "created_at: after the hour of the file"),
        ("2025-03-03T03:00:00+02:00", None),
        ("2125-03-03T00:00:00Z", "created_at: after the hour of the file"),
        ("9999-12-31T23:59:59Z", "created_at: after the hour of the file"),
    ],
)
def test_an_event_is_of_the_years_of_the_archive_and_no_later_than_its_file(
    tmp_path: Path, created_at: str, cause: str | None
):
    parsed = parse(
        tmp_path,
        factories.watch_event(),
        factories.push_event(event_id=2, created_at=created_at),
        factories.watch_event(event_id=3),
    )
    assert parsed.quarantine.select("line_number", "cause").rows() == ([] if cause is None else [(2, cause)])
    assert parsed.events["event_id"].to_list() == [1, 3] if cause else [1, 2, 3]


def test_an_event_that_is_saved_from_a_damaged_line_passes_the_same_door(tmp_path: Path):
    nameless = factories.line(factories.push_event(repo_full_name="/"))
    early = factories.line(factories.push_event(created_at="0001-01-01T00:00:00Z"))
    parsed = parse(tmp_path, WHOLE + nameless, WHOLE + early + OTHER)
    assert parsed.events["event_id"].to_list() == [1, 1, 2]
    assert parsed.quarantine.select("line_number", "cause").rows() == [
        (1, "repo.name: '/' is not owner/name"),
        (2, "created_at: before the archive began"),
    ]


# --- what is saved from a damaged line -------------------------------------------------------------------

WHOLE = factories.line(factories.issues_event(event_id=1, title='日本語 {"id":"5"} \\ end'))
OTHER = factories.line(factories.pull_request_event(event_id=2))


@pytest.mark.parametrize(
    ("line", "saved", "is_quarantined"),
    [
        (WHOLE + OTHER, [1, 2], False),
        (WHOLE + b" " + OTHER + b"\r", [1, 2], False),
        (b"\0" * 300 + WHOLE, [1], False),
        (WHOLE + b"\0" * 300, [1], False),
        (b"\0\0" + WHOLE + b"\0\0" + OTHER + b"\0", [1, 2], False),
        (WHOLE[:90] + OTHER, [2], True),
        (WHOLE[:90] + OTHER + WHOLE[90:], [2], True),
        (WHOLE[:90] + b"\0" * 50 + OTHER, [2], True),
        (WHOLE + OTHER[:90], [1], True),
        (WHOLE[:-1] + OTHER, [2], True),
        (factories.line(broken("repo.id", None)) + OTHER, [2], True),
        (WHOLE[:90] + OTHER[:90], [], True),
        # Legal in JSON: a lone surrogate. Not legal in UTF-8, but in a text that is not kept.
        (WHOLE.replace(factories.BODY.encode(), b"\\ud83d"), [1], False),
        (WHOLE.replace(b'"login":"ada"', b'"login":"a\\ud83d"'), [1], False),
        (WHOLE.replace(factories.BODY.encode(), b"\xff\xfe\xc3"), [1], False),
        (WHOLE.replace(factories.BODY.encode(), b"a\\u0000b"), [1], False),
    ],
)
def test_whole_events_of_a_damaged_line_are_saved(
    tmp_path: Path, line: bytes, saved: list[int], is_quarantined: bool
):
    parsed = parse(tmp_path, factories.watch_event(event_id=3), line, factories.watch_event(event_id=4))
    assert parsed.events["event_id"].to_list() == [3, *saved, 4]
    assert parsed.quarantine["line_number"].to_list() == ([2] if is_quarantined else [])


def test_a_saved_event_has_the_facts_of_the_whole_line(tmp_path: Path):
    spliced = factories.push_event(event_id=5)
    parsed = parse(tmp_path, WHOLE + OTHER, WHOLE[:100] + factories.line(spliced) + WHOLE[100:])
    assert_facts(parsed, [WHOLE, OTHER, factories.line(spliced)], HOUR)
    assert parsed.recovered_count == 3
    assert parsed.quarantine["excerpt"].to_list() == [WHOLE[:100].decode()]


def events_of(count: int) -> list[bytes]:
    makers = [factories.push_event, factories.issue_comment_event, factories.pull_request_event]
    return [factories.line(makers[index % 3](event_id=index)) for index in range(count)]


@st.composite
def damaged_lines(draw: st.DrawFn) -> bytes:
    """Line 3 of `events_of` after something happened to it; events 90 to 99 are foreign to the file."""
    line = events_of(4)[3]
    place = draw(st.integers(0, len(line)))
    foreign = factories.line(factories.issues_event(event_id=draw(st.integers(90, 99))))
    insertion = draw(
        st.sampled_from([b"\0" * 7, b"\xff", b'"', b"{", b"}", b"\n", foreign, foreign[:120], line])
    )
    return draw(
        st.sampled_from([line[:place], line[:place] + insertion + line[place:], insertion + line[place:]])
    )


@settings(max_examples=300, deadline=None)
@given(damaged=damaged_lines(), position=st.integers(0, 5))
def test_damage_of_one_line_changes_no_other(damaged: bytes, position: int):
    own = 3
    others = [line for index, line in enumerate(events_of(6)) if index != own]
    with tempfile.TemporaryDirectory() as folder:
        intact = parse(Path(folder), *others)
        parsed = parse(Path(folder), *others[:position], damaged, *others[position:])
    of_others = parsed.events.filter(pl.col("event_id").is_in(intact.events["event_id"].implode()))
    assert of_others.equals(intact.events)
    accounted = parsed.events.height - of_others.height + parsed.quarantine.height
    assert bool(accounted) == bool(damaged.strip())


# --- what is saved from a damaged file -------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_file_that_breaks_off_gives_every_line_before_the_break(share: float):
    lines = [factories.line(factories.push_event(event_id=index, push_id=index**4)) for index in range(300)]
    with tempfile.TemporaryDirectory() as folder:
        path = factories.write_hour(Path(folder) / HOUR, lines)
        kept = path.read_bytes()[: int(share * path.stat().st_size)]
        path.write_bytes(kept)
        parsed = parse_hour(path)
    readable = zlib.decompressobj(wbits=31).decompress(kept)
    assert parsed.damage == "truncated: the gzip file breaks off"
    whole_lines = readable.count(b"\n")
    assert whole_lines <= parsed.events.height <= whole_lines + readable.endswith(b"}")
    assert parsed.events["event_id"].to_list() == list(range(parsed.events.height))
    assert parsed.lines_count == parsed.events.height + parsed.quarantine.height


def test_a_bad_gzip_is_a_damaged_file_without_rows(tmp_path: Path):
    (tmp_path / HOUR).write_bytes(b"\x1f\x8b\x08\x00" + b"not deflate" * 9)
    parsed = parse_hour(tmp_path / HOUR)
    assert parsed.damage.startswith("damaged gzip: ")
    assert (parsed.events.height, parsed.lines_count) == (0, 0)
    assert parsed.events.schema == EVENT_SCHEMA


def test_bytes_that_rot_in_the_middle_cost_only_what_follows(tmp_path: Path):
    lines = [factories.line(factories.push_event(event_id=n, push_id=n**5)) for n in range(20_000)]
    path = factories.write_hour(tmp_path / HOUR, lines)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 50] = b"\xff" * 50
    path.write_bytes(content)
    parsed = parse_hour(path)
    assert parsed.damage.startswith("damaged gzip: ")
    assert 5_000 < parsed.events.height < 15_000
    assert parsed.events["event_id"].to_list() == list(range(parsed.events.height))


def test_a_file_of_several_members_is_read_to_its_end(tmp_path: Path):
    members = [gzip.compress(factories.line(factories.push_event(event_id=n)) + b"\n") for n in range(3)]
    (tmp_path / HOUR).write_bytes(b"".join(members))
    parsed = parse_hour(tmp_path / HOUR)
    assert (parsed.events["event_id"].to_list(), parsed.damage) == ([0, 1, 2], "")


@pytest.mark.parametrize("size", [1, 512, 100_000])
def test_zero_bytes_after_a_member_are_padding(tmp_path: Path, size: int):
    content = (
        factories.line(factories.push_event(event_id=1)) + b"\n" + factories.line(factories.push_event())
    )
    cut = len(content) // 2  # within a line
    members = [gzip.compress(content[:cut]), b"\0" * size, gzip.compress(content[cut:]), gzip.compress(b"")]
    (tmp_path / HOUR).write_bytes(b"".join([*members, b"\0" * size]))
    parsed = parse_hour(tmp_path / HOUR)
    assert (parsed.events.height, parsed.damage) == (2, "")


def test_what_follows_a_member_and_is_none_is_damage(tmp_path: Path):
    (tmp_path / HOUR).write_bytes(gzip.compress(WHOLE + b"\n") + b"\0\0" + b"no gzip" * 9)
    parsed = parse_hour(tmp_path / HOUR)
    assert parsed.events["event_id"].to_list() == [1]
    assert parsed.damage.startswith("damaged gzip: ")


def test_the_last_line_needs_no_newline(tmp_path: Path):
    (tmp_path / HOUR).write_bytes(gzip.compress(WHOLE + b"\n" + OTHER))
    assert parse_hour(tmp_path / HOUR).events["event_id"].to_list() == [1, 2]


def test_a_last_line_that_is_cut_goes_to_the_quarantine(tmp_path: Path):
    (tmp_path / HOUR).write_bytes(gzip.compress(WHOLE + b"\n" + OTHER[:-5]))
    parsed = parse_hour(tmp_path / HOUR)
    assert parsed.quarantine["line_number"].to_list() == [2]
    assert (parsed.events["event_id"].to_list(), parsed.damage) == ([1], "")


def test_a_file_that_cannot_be_opened_says_so(tmp_path: Path):
    with pytest.raises(StorageError, match="No such file") as raised:
        parse_hour(tmp_path / HOUR)
    assert raised.value.where.endswith(HOUR)


# --- real files ------------------------------------------------------------------------------------------


@pytest.mark.real_files
def test_the_complete_hour_of_2015_gives_its_golden_counts(real_files: Path):
    parsed = parse_hour(real_files / "gharchive" / "2015-01-01-0.json.gz")
    assert Counter(parsed.events["event_type"]) == REAL_HOUR_OF_2015
    assert parsed.events["is_merged"].sum() == 126
    assert (parsed.lines_count, parsed.quarantine.height) == (7702, 0)


@pytest.mark.real_files
def test_every_real_file_gives_the_facts_read_by_hand(real_files: Path):
    paths = sorted((real_files / "gharchive").glob("*.json.gz"))
    assert paths
    for path in paths:
        assert_facts(parse_hour(path), gzip.decompress(path.read_bytes()).splitlines(), path.name)
