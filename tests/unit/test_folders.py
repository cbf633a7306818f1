"""A data folder belongs to one data profile, and every word about it fits that profile."""

from __future__ import annotations

import shlex
import subprocess
from typing import TYPE_CHECKING

import duckdb
import polars as pl
import pytest

from pipelines.floor import folders
from pipelines.floor.errors import DataProfileError, LandscapeError
from pipelines.floor.folders import (
    build_command,
    claim,
    moving_advice,
    profile_of,
    require_profile,
    unpublished_hint,
)
from pipelines.floor.settings import CHECKOUT, DataProfile, Settings, load_settings

if TYPE_CHECKING:
    from pathlib import Path

SAMPLE, LIVE = DataProfile.SAMPLE, DataProfile.LIVE


def hold(data_dir: Path, name: str, **columns: list[str]) -> None:
    path = data_dir / "bronze" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame(columns).write_parquet(path)


def publish(data_dir: Path, column: str, profile: str) -> None:
    path = data_dir / "public" / "landscape.duckdb"
    path.parent.mkdir(parents=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"CREATE TABLE metadata AS SELECT '{profile}' AS {column}")


def test_each_profile_has_a_folder_of_its_own_unless_one_is_named(monkeypatch, tmp_path):
    monkeypatch.delenv("LANDSCAPE_PROFILE", raising=False)
    monkeypatch.delenv("LANDSCAPE_DATA_DIR", raising=False)
    assert load_settings().data_dir == CHECKOUT / "data" / "built_sample"
    assert load_settings().with_profile(LIVE).data_dir == CHECKOUT / "data" / "live"
    monkeypatch.setenv("LANDSCAPE_PROFILE", "live")
    assert load_settings().data_dir == CHECKOUT / "data" / "live"
    assert load_settings().with_profile(SAMPLE).data_dir == CHECKOUT / "data" / "built_sample"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANDSCAPE_DATA_DIR", "mine")
    assert load_settings().with_profile(SAMPLE).data_dir == tmp_path / "mine"


@pytest.mark.parametrize(("first", "second"), [(SAMPLE, LIVE), (LIVE, SAMPLE)])
def test_a_marked_folder_refuses_the_other_profile(tmp_path, first, second):
    require_profile(Settings(data_dir=tmp_path, data_profile=second))
    claim(Settings(data_dir=tmp_path, data_profile=first))
    claim(Settings(data_dir=tmp_path, data_profile=first))
    assert profile_of(tmp_path) is first
    with pytest.raises(DataProfileError, match=f"holds {first} data, and {second} data would") as refused:
        claim(Settings(data_dir=tmp_path, data_profile=second))
    assert build_command(tmp_path) in refused.value.hint
    assert profile_of(tmp_path) is first


@pytest.mark.parametrize("column", ["profile", "data_profile"])
def test_a_folder_without_a_marker_is_known_by_its_publication(tmp_path, column):
    publish(tmp_path, column, "live")
    assert profile_of(tmp_path) is LIVE


@pytest.mark.parametrize(
    ("held", "profile"),
    [
        ({}, None),
        ({"manifest/events.parquet": {"url": ["sample://gharchive/1.json.gz"]}}, SAMPLE),
        ({"manifest/events.parquet": {"url": ["http://127.0.0.1/1.json.gz"]}}, LIVE),
        (
            {
                "manifest/events.parquet": {"url": ["sample://x"]},
                "manifest/opendigger.parquet": {"url": ["http://x"]},
            },
            LIVE,
        ),
        (
            {"manifest/events.parquet": {"url": ["sample://x"]}, "manifest/github.parquet": {"etag": ["x"]}},
            LIVE,
        ),
        ({"github/observed_on=2025-05-01/observations.parquet": {"repo_full_name": ["a/b"]}}, LIVE),
    ],
    ids=["nothing", "sample", "live hours", "sample over live", "sample over observations", "no manifest"],
)
def test_a_folder_without_a_marker_is_known_by_its_bronze_and_what_may_be_live_is_protected(
    tmp_path, held, profile
):
    for name, columns in held.items():
        hold(tmp_path, name, **columns)
    assert profile_of(tmp_path) is profile


def test_a_manifest_that_cannot_be_read_is_not_the_samples(tmp_path):
    hold(tmp_path, "manifest/events.parquet", url=["sample://x"])
    (tmp_path / "bronze" / "manifest" / "opendigger.parquet").write_bytes(b"PAR1 no more")
    assert profile_of(tmp_path) is LIVE


def test_moving_an_earlier_folder_loses_nothing_and_makes_it_the_profiles_own(tmp_path):
    earlier = tmp_path / "a checkout" / "data"
    assert moving_advice(earlier) is None
    hold(earlier, "manifest/events.parquet", url=["http://x"])
    publish(earlier, "profile", "live")
    before = {path.relative_to(earlier): path.read_bytes() for path in earlier.rglob("*") if path.is_file()}
    advice = moving_advice(earlier)
    assert advice is not None
    assert "nothing is deleted" in advice
    subprocess.run(["/bin/sh", "-ec", advice.splitlines()[1]], check=True)
    moved = earlier / "live"
    assert {
        path.relative_to(moved): path.read_bytes() for path in moved.rglob("*") if path.is_file()
    } == before
    assert profile_of(moved) is LIVE
    assert moving_advice(earlier) is None


def test_moving_never_goes_into_a_folder_that_is_there(tmp_path):
    hold(tmp_path, "manifest/events.parquet", url=["http://x"])
    (tmp_path / "live").mkdir()
    advice = moving_advice(tmp_path)
    assert advice is not None
    assert f"mkdir {shlex.quote(str(tmp_path / 'live_2'))} &&" in advice
    assert f"LANDSCAPE_DATA_DIR={tmp_path / 'live_2'}" in advice


@pytest.fixture
def own_folders(monkeypatch, tmp_path):
    """The default folders, below a folder of the test."""
    own = {SAMPLE: tmp_path / "built_sample", LIVE: tmp_path / "live"}
    monkeypatch.setattr(folders, "DATA_DIRS", own)
    return own


def test_where_nothing_is_published_the_other_folder_is_named_if_something_is_there(own_folders):
    sample, live = own_folders.values()
    assert unpublished_hint(sample / "public") == "run `landscape build --sample`"
    assert unpublished_hint(live / "public") == "run `LANDSCAPE_PROFILE=live landscape build`"
    publish(live, "data_profile", "live")
    assert "LANDSCAPE_PROFILE=live opens it" in unpublished_hint(sample / "public")
    assert str(live) in unpublished_hint(sample / "public")
    assert "opens it" not in unpublished_hint(live / "public")


def test_a_default_folder_of_the_other_profile_says_where_to_move(own_folders):
    publish(own_folders[SAMPLE], "profile", "live")
    with pytest.raises(DataProfileError) as refused:
        require_profile(Settings(data_dir=own_folders[SAMPLE], data_profile=SAMPLE))
    assert refused.value.hint.endswith(f"mv {own_folders[SAMPLE]} {own_folders[LIVE]}")


def test_an_empty_folder_is_built_with_the_profile_that_is_set(tmp_path, monkeypatch):
    monkeypatch.setenv("LANDSCAPE_PROFILE", "live")
    assert build_command(tmp_path) == "LANDSCAPE_PROFILE=live landscape build"
    monkeypatch.setenv("LANDSCAPE_PROFILE", "nonsense")
    assert build_command(tmp_path) == "landscape build --sample"


def test_a_wrong_variable_is_named_alone(monkeypatch):
    monkeypatch.setenv("LANDSCAPE_GITHUB_TOKEN", "one\ntwo")
    with pytest.raises(LandscapeError) as refused:
        load_settings()
    assert refused.value.what.startswith("LANDSCAPE_GITHUB_TOKEN: a token is one word")
    assert "LANDSCAPE_DATA_DIR" not in refused.value.what


def test_who_is_told_to_fetch_more_is_told_where(tmp_path):
    """`events fetch` is refused in a folder of the sample."""
    live, sample = tmp_path / "live", tmp_path / "sample"
    for folder, profile in ((live, DataProfile.LIVE), (sample, DataProfile.SAMPLE)):
        folders.claim(Settings(data_profile=profile, data_dir=folder))
    assert folders.fetching_hint(live, "events fetch") == "`landscape events fetch` brings more"
    assert "`LANDSCAPE_PROFILE=live landscape events fetch`" in folders.fetching_hint(sample, "events fetch")
