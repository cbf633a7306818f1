"""Cases S: seeds as people and their editors write them, given to `landscape validate`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.cases.entrances import INPUTS, Place
from tests.fields import write_raw_field

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Validate = Callable[[bytes], subprocess.CompletedProcess[str]]


@pytest.fixture
def validate(tmp_path: Path) -> Validate:
    """Validate a field with this ``projects.yml``."""

    def run(projects: bytes) -> subprocess.CompletedProcess[str]:
        return Place(tmp_path / "data").landscape(
            "validate", str(write_raw_field(tmp_path / f"seeds-{len(list(tmp_path.iterdir()))}", projects))
        )

    return run


def given(case: str) -> bytes:
    return (INPUTS / "seeds" / f"{case}.yml").read_bytes()


def problems(finished: subprocess.CompletedProcess[str]) -> dict[int, list[str]]:
    """Messages about ``projects.yml`` by line."""
    found: dict[int, list[str]] = {}
    for line, message in re.findall(r"^\S*/projects\.yml:(\d+): (.*)$", finished.stdout, re.MULTILINE):
        found.setdefault(int(line), []).append(message)
    return found


def test_s01_norway(validate, tmp_path):
    """`country: NO` of the field and projects called No, on and Null are the text that was written."""
    from pipelines.seeds import load_seeds  # noqa: PLC0415

    finished = validate(given("S01"))
    assert (finished.returncode, finished.stderr) == (0, "")
    (folder,) = tmp_path.glob("seeds-*")
    seeds = load_seeds(folder)
    assert [project.name for project in seeds.projects] == ["Alpha", "No", "on", "Null"]
    assert [organization.country for organization in seeds.organizations] == ["NO"]

    without_name = validate(given("S01").replace(b"name: No\n", b"name: null\n"))
    assert without_name.returncode == 3
    assert list(problems(without_name)) == [1 + given("S01").split(b"\n").index(b"    name: No")]


def test_s03_duplicate_key(validate):
    finished = validate(given("S03"))
    assert finished.returncode == 3
    ((line, (message,)),) = problems(finished).items()
    assert line == 11
    assert message.endswith('key "name" is written twice; first on line 6')


def test_s05_url_as_name(validate):
    """Each of four addresses in place of a name is an error with its line, or is understood."""
    finished = validate(given("S05"))
    assert "Traceback" not in finished.stderr
    lines = given("S05").decode().splitlines()
    of_names = [number for number, line in enumerate(lines, start=1) if "full_name:" in line]
    assert len(of_names) == 4
    found = problems(finished)
    assert list(found) == of_names
    assert [len(messages) for messages in found.values()] == [1, 1, 1, 1], "one message for one name"
    assert finished.returncode == 3


def test_s07_gb18030(validate):
    finished = validate(given("S07"))
    assert finished.returncode == 3
    ((line, (message,)),) = problems(finished).items()
    assert line == 6
    assert "is not UTF-8" in message


def test_s09_rename_circle(validate):
    """A name leads to one project; a project that names itself is refused as well."""
    finished = validate(given("S09"))
    assert finished.returncode == 3
    told = "\n".join(message for messages in problems(finished).values() for message in messages)
    assert "acme/beta" in told
    assert "acme/alpha" in told
    without_gamma = given("S09")[: given("S09").index(b"  - id: gamma")]
    alone = validate(without_gamma)
    assert alone.returncode == 3, "the circle alone is an error"


def test_s11_dots(validate):
    finished = validate(given("S11"))
    assert finished.returncode == 3
    assert sorted(problems(finished)) == [10, 16]
