"""A data folder belongs to one data profile: it carries a marker, and refuses the other profile.

Belongs here: the marker, how a folder without one is recognised, and the words that send a person to the right
folder and command. Must not: reading or moving the content of a folder.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import duckdb
import polars as pl

from pipelines.floor.errors import DataProfileError
from pipelines.floor.files import write_whole
from pipelines.floor.settings import CHECKOUT, DATA_DIRS, DataProfile, wanted_profile

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.floor.settings import Settings

SAMPLE_SCHEME = "sample://"
"""Addresses of the committed sample begin so."""

EARLIER_DATA_DIR = CHECKOUT / "data"
"""Where earlier versions kept bronze, warehouse and published files of either profile."""

_BUILD_COMMANDS = {
    DataProfile.SAMPLE: "landscape build --sample",
    DataProfile.LIVE: "LANDSCAPE_PROFILE=live landscape build",
}
_GENERATED = ("bronze", "warehouse", "public", ".dagster")


def profile_of(data_dir: Path) -> DataProfile | None:
    """The data profile that a folder belongs to, or None if it holds nothing yet.

    A folder without a marker is of an earlier version. It counts as the sample's only if everything in it came
    from the sample: what may be live is protected.
    """
    try:
        return DataProfile((data_dir / ".data_profile").read_text(encoding="utf-8").strip())
    except (OSError, ValueError):
        pass
    found = {_of_publication(data_dir), _of_bronze(data_dir / "bronze")} - {None}
    return DataProfile.LIVE if DataProfile.LIVE in found else next(iter(found), None)


def require_profile(settings: Settings) -> None:
    """Refuse a data folder that belongs to the other data profile; nothing is written.

    Raises
    ------
    DataProfileError
        If it does.
    """
    found, wanted = profile_of(settings.data_dir), settings.data_profile
    if found in {None, wanted}:
        return
    if settings.data_dir == DATA_DIRS[wanted]:
        hint = (
            f"keep it elsewhere, for instance: mv {_path(settings.data_dir)} {_path(_free(DATA_DIRS[found]))}"
        )
    else:
        hint = (
            f"to go on with the {found} data: {_BUILD_COMMANDS[found]}; for the {wanted} data unset"
            " LANDSCAPE_DATA_DIR or set it to another folder"
        )
    raise DataProfileError(
        f"this data folder holds {found} data, and {wanted} data would go into it; nothing was changed",
        where=str(settings.data_dir),
        hint=hint,
    )


def claim(settings: Settings) -> None:
    """Mark a data folder with the data profile; call it while holding the writer's lock.

    Raises
    ------
    DataProfileError
        If the folder belongs to the other profile.
    StorageError
        If the marker cannot be written.
    """
    require_profile(settings)
    marker = settings.data_dir / ".data_profile"
    if not marker.exists():
        write_whole(marker, [f"{settings.data_profile}\n".encode()])


def build_command(data_dir: Path) -> str:
    """The command that builds and publishes what belongs into `data_dir`."""
    return _BUILD_COMMANDS[_profile_in_use(data_dir)]


def _profile_in_use(data_dir: Path) -> DataProfile:
    by_default = {folder: profile for profile, folder in DATA_DIRS.items()}
    return profile_of(data_dir) or by_default.get(data_dir) or wanted_profile()


def fetching_hint(data_dir: Path, command: str) -> str:
    """The command that fetches more where `data_dir` is open: the sample's folder takes nothing live."""
    if _profile_in_use(data_dir) is DataProfile.LIVE:
        return f"`landscape {command}` brings more"
    return f"the sample is as it is; `LANDSCAPE_PROFILE=live landscape {command}` begins a live folder"


def data_dir_of(public_dir: Path) -> Path:
    """The data folder of a published folder, or of one of its generations."""
    return public_dir.parents[2] if public_dir.parent.name == "generations" else public_dir.parent


def unpublished_hint(public_dir: Path) -> str:
    """What to do where nothing is published: build, or open the folder where something is."""
    data_dir = data_dir_of(public_dir)
    hints = [f"run `{build_command(data_dir)}`"]
    for profile, folder in DATA_DIRS.items():
        if (
            data_dir in DATA_DIRS.values()
            and data_dir != folder
            and (folder / "public/landscape.duckdb").exists()
        ):
            hints.append(
                f"a {profile} landscape is published in {folder}: LANDSCAPE_PROFILE={profile} opens it"
            )
    advice = moving_advice() if data_dir in DATA_DIRS.values() else None
    return "\n".join([*hints, *([advice] if advice else [])])


def moving_advice(earlier: Path = EARLIER_DATA_DIR) -> str | None:
    """How to move the data that an earlier version kept in one folder for both profiles; None if there are none."""
    held = [earlier / name for name in _GENERATED if (earlier / name).exists()]
    profile = profile_of(earlier)
    if not held or profile is None:
        return None
    usual = earlier / DATA_DIRS[profile].name
    target = _free(usual)
    opened = "" if target == usual else f"; LANDSCAPE_DATA_DIR={_path(target)} opens it"
    return (
        f"{earlier} holds {profile} data of an earlier version, which is no longer read from there."
        f" Move it, nothing is deleted{opened}:\n"
        f"  mkdir {_path(target)} && mv {' '.join(map(_path, held))} {_path(target)}/"
    )


def _free(folder: Path) -> Path:
    """`folder`, or the next name after it that nothing has."""
    names = (folder.with_name(f"{folder.name}_{number}") for number in range(2, 1000))
    return folder if not folder.exists() else next(name for name in names if not name.exists())


def _path(path: Path) -> str:
    return shlex.quote(str(path))


def _of_publication(data_dir: Path) -> DataProfile | None:
    path = str(data_dir / "public" / "landscape.duckdb").replace("'", "''")
    try:
        with duckdb.connect() as connection:
            connection.execute(f"ATTACH '{path}' AS landscape (READ_ONLY)")
            row = connection.sql("FROM landscape.metadata").pl().row(0, named=True)
        return DataProfile(row.get("data_profile") or row["profile"])  # schema version 1 said `profile`
    except (duckdb.Error, pl.exceptions.PolarsError, KeyError, ValueError):
        return None


def _of_bronze(bronze_dir: Path) -> DataProfile | None:
    if next(bronze_dir.rglob("*.parquet"), None) is None:
        return None
    urls = [url for path in bronze_dir.glob("manifest/*.parquet") for url in _urls(path)]
    is_sample = bool(urls) and all(url.startswith(SAMPLE_SCHEME) for url in urls)
    return DataProfile.SAMPLE if is_sample else DataProfile.LIVE


def _urls(manifest: Path) -> list[str]:
    """Addresses that a manifest names; one that names none, or cannot be read, is not the sample's."""
    try:
        return pl.read_parquet(manifest, columns=["url"])["url"].unique().to_list()
    except (pl.exceptions.PolarsError, OSError):
        return [""]
