from __future__ import annotations

import hashlib
import io
import json
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.floor.errors import SourceError
from pipelines.floor.periods import Hour, Month
from pipelines.sources.answer import Earlier
from pipelines.sources.http import get
from pipelines.sources.sample import SampleAdapter
from pipelines.sources.session import open_session

if TYPE_CHECKING:
    import requests

NOW = datetime(2026, 1, 2, tzinfo=UTC)
MEMBERS = {
    "gharchive/2025-04-30-0.json.gz": b"\x1f\x8b" + bytes(range(256)),
    "opendigger/github/A/b/openrank.json": b'{"2025-04": 1.5}',
    "reference/table.csv": b"x,y\n" * 50,
}
FACTS = {
    "as_of": "2025-04-30",
    "as_of_month": "2025-04",
    "retrieved_at": "2025-10-05T02:00:00+02:00",
    "first_hour": "2025-04-30T00",
    "last_hour": "2025-04-30T23",
    "note": "",
}


def archive_of(members: dict[str, bytes], facts: dict[str, Any] | None = None) -> bytes:
    listed = {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        archive.writestr("sample.json", json.dumps({"members": listed, **FACTS, **(facts or {})}))
    return buffer.getvalue()


GOOD = archive_of(MEMBERS)


def open_on(path: Path) -> requests.Session:
    return open_session({"sample://": SampleAdapter(path)}, uses_environment=False)


@pytest.fixture
def session(tmp_path: Path) -> requests.Session:
    path = tmp_path / "sample.zip"
    path.write_bytes(GOOD)
    return open_on(path)


@pytest.mark.parametrize("member", MEMBERS)
def test_a_member_is_answered_with_its_bytes_and_digest(member: str, session: requests.Session) -> None:
    response = get(session, f"sample://{member}")
    assert response.status_code == 200
    assert response.content == MEMBERS[member]
    assert response.headers["ETag"] == f'"{hashlib.sha256(MEMBERS[member]).hexdigest()}"'


def test_what_the_client_already_has_is_not_sent_again(session: requests.Session) -> None:
    url = "sample://reference/table.csv"
    etag = get(session, url).headers["ETag"]
    again = get(session, url, earlier=Earlier(NOW, etag))
    assert (again.status_code, again.content) == (304, b"")
    assert get(session, url, earlier=Earlier(NOW, '"of another vintage"')).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "gharchive/2025-04-30-00.json.gz",  # padded
        "opendigger/github/a/b/openrank.json",  # another case
        "sample.json",  # describes the sample; no upstream has it
        "",
    ],
)
def test_an_absent_member_is_answered_as_an_object_store_does(
    address: str, session: requests.Session
) -> None:
    response = get(session, f"sample://{address}")
    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/xml"
    assert b"<Code>NoSuchKey</Code>" in response.content


def test_a_checkout_under_a_running_build_does_not_mix_two_samples(tmp_path: Path) -> None:
    path = tmp_path / "sample.zip"
    path.write_bytes(GOOD)
    session = open_on(path)
    path.write_bytes(b"another")
    assert get(session, "sample://reference/table.csv").content == MEMBERS["reference/table.csv"]


def test_threads_share_the_adapter(session: requests.Session) -> None:
    asked = list(MEMBERS) * 60
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda member: get(session, f"sample://{member}").content, asked))
    assert answers == [MEMBERS[member] for member in asked]


def test_the_fixed_clock(tmp_path: Path) -> None:
    path = tmp_path / "sample.zip"
    path.write_bytes(GOOD)
    facts = SampleAdapter(path).facts
    assert facts.as_of == date(2025, 4, 30)
    assert facts.as_of_month == Month(2025, 4)
    assert facts.retrieved_at == datetime(2025, 10, 5, tzinfo=UTC)
    assert facts.retrieved_at.utcoffset() == UTC.utcoffset(None)
    assert (facts.first_hour, facts.last_hour) == (
        Hour.parse("2025-04-30T00"),
        Hour.parse("2025-04-30T23"),
    )


def without(member: str) -> bytes:
    listed = {name: hashlib.sha256(content).hexdigest() for name, content in MEMBERS.items()}
    return archive_of(
        {name: content for name, content in MEMBERS.items() if name != member}, {"members": listed}
    )


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(b"", "not a readable archive", id="empty file"),
        pytest.param(GOOD[: len(GOOD) // 2], "not a readable archive", id="cut in half"),
        pytest.param(b"version https://git-lfs\n", "not a readable archive", id="a pointer, not the file"),
        pytest.param(without("reference/table.csv"), "reference/table.csv", id="a member is gone"),
        pytest.param(archive_of(MEMBERS, {"members": {}}), "gharchive/2025-04-30-0.json.gz", id="not listed"),
        pytest.param(archive_of(MEMBERS, {"as_of": "yesterday"}), "as_of", id="bad date"),
        pytest.param(archive_of(MEMBERS, {"as_of_month": "2025-13"}), "2025-13", id="bad month"),
        pytest.param(
            archive_of(MEMBERS, {"retrieved_at": "2025-10-05T00:00:00"}), "retrieved_at", id="no time zone"
        ),
    ],
)
def test_a_damaged_archive_names_the_fault_and_how_to_restore_it(
    content: bytes, told: str, tmp_path: Path
) -> None:
    path = tmp_path / "sample.zip"
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        SampleAdapter(path)
    assert told in caught.value.what
    assert caught.value.where == str(path)
    assert "git checkout -- data/sample/sample.zip" in caught.value.hint


def test_a_missing_archive(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="No such file"):
        SampleAdapter(tmp_path / "sample.zip")


def test_a_member_exchanged_by_hand_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sample.zip"
    listed = {name: hashlib.sha256(content).hexdigest() for name, content in MEMBERS.items()}
    path.write_bytes(archive_of(MEMBERS | {"reference/table.csv": b"x,y\n1,2\n"}, {"members": listed}))
    session = open_on(path)
    with pytest.raises(SourceError, match=r"reference/table\.csv: its content is not what was committed"):
        get(session, "sample://reference/table.csv")
    assert get(session, "sample://opendigger/github/A/b/openrank.json").status_code == 200


@given(position=st.integers(0, len(GOOD) - 1), other=st.integers(1, 255))
def test_no_single_damaged_byte_passes_for_data(position: int, other: int) -> None:
    damaged = bytearray(GOOD)
    damaged[position] ^= other
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sample.zip"
        path.write_bytes(damaged)
        for member, content in MEMBERS.items():
            try:
                answer = get(open_on(path), f"sample://{member}")
            except SourceError:
                continue
            assert answer.content == content
