"""``landscape explain``: what the OpenRank of a repository is made of, and what changed against last month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from pipelines.build import prepare
from pipelines.cli.console import tell
from pipelines.cli.openrank import event_month
from pipelines.cli.tabular import Format, Output, OutputFormat, write_rows
from pipelines.floor.errors import LandscapeError
from pipelines.floor.settings import load_settings
from pipelines.graph.openrank import REPO
from pipelines.graph.openrank_parts import PERSON, RepositoryMonth, compare_parts, decompose_openrank
from pipelines.openrank.events import open_events
from pipelines.openrank.opening import OpenedRepository, open_repositories
from pipelines.warehouse.activity import read_logins
from pipelines.warehouse.openrank_store import (
    OPENRANK_SOURCES,
    read_month,
    read_values,
    store_dir,
    stored_months,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

    from pipelines.build import Build
    from pipelines.floor.periods import Month
    from pipelines.seeds import Seeds

_NOBODY = pl.DataFrame(
    schema={
        "actor_id": pl.Int64,
        "activity": pl.Float64,
        "total_activity": pl.Float64,
        "openrank": pl.Float64,
    }
)
_NOT_IN_THE_NETWORK = RepositoryMonth(
    left=0.0,
    background=0.0,
    nodes_count=1,
    people=_NOBODY,
    actions=pl.DataFrame(schema={"actor_id": pl.Int64, "kind": pl.String, "amount": pl.Float64}),
)


def explain(
    *,
    repo: Annotated[
        str, typer.Option(help="owner/name, GitHub's number of the repository, or a project id.")
    ],
    month: Annotated[str, typer.Option(help="Month, YYYY-MM.")],
    changes: Annotated[
        bool, typer.Option("--changes", help="Say which parts changed against last month instead.")
    ] = False,
    people: Annotated[
        int, typer.Option("--people", help="People to name; the others are summed up.", min=1)
    ] = 10,
    output_format: Format = OutputFormat.TABLE,
    output: Output = None,
) -> None:
    """Open the OpenRank of a repository: what earlier months left, each person by kind of action, and the background.

    The parts add up to the value. With --changes: who is new or gone, whose share in the repository and whose own
    weight changed; the deltas add up to the change of the value.

    Example: landscape explain --repo apache/spark --month 2015-01 --people 5
    """
    now = datetime.now(UTC)
    build = prepare(load_settings(), now)
    this_month = event_month(build, month, now)
    found = _find(build, repo, this_month)
    parameters = build.seeds.openrank
    with TemporaryDirectory() as folder, open_events(build, Path(folder) / "spill") as connection:
        opened = _open(build, connection, this_month, found)
        if changes:
            before = None
            if _value(build, found, this_month - 1) is not None:
                before = _open(build, connection, this_month - 1, found)
            _tell_change(build, found, this_month)
            rows = _named_changes(
                before,
                opened,
                compare_parts(
                    before.repository.month if before else _NOT_IN_THE_NETWORK,
                    opened.repository.month,
                    parameters,
                ),
            )
        else:
            tell(f"{found.name} {this_month}: OpenRank {found.openrank:.6f} ({found.source})")
            rows = _named_parts(opened, decompose_openrank(opened.repository.month, parameters), people)
    shown = {name: name.removesuffix("_count") for name in rows.columns if name != "actor_id"}
    write_rows(rows, output_format, output, shown=shown)


@dataclass(frozen=True, slots=True)
class _Found:
    """The repository that a person means, with its value in the month."""

    repo_id: int
    name: str
    source: str
    openrank: float


@dataclass(frozen=True, slots=True)
class _Opened:
    """The repository in a month, with ``actor_id, actor_login`` of its people."""

    repository: OpenedRepository
    logins: pl.DataFrame


def _open(build: Build, connection: duckdb.DuckDBPyConnection, month: Month, found: _Found) -> _Opened:
    opened = open_repositories(build, connection, month, found.source, [found.repo_id])
    return _Opened(opened[found.repo_id], read_logins(connection))


def _find(build: Build, text: str, month: Month) -> _Found:
    """Raises LandscapeError if the repository has no value in the month."""
    folder = store_dir(build.settings.warehouse_dir)
    sources = [source for source in OPENRANK_SOURCES.values() if read_month(folder, month, source)]
    for meaning in _meanings(folder, build.seeds, text):
        for source in sources:
            if found := _largest(folder, month, source, meaning):
                return found
    problem = "has no activity that counts" if sources else "has no value: the month was not computed"
    raise LandscapeError(
        f'"{text}" {problem} in {month}',
        where=str(folder),
        hint="check the name, or run `landscape build` if events were fetched since",
    )


def _meanings(folder: Path, seeds: Seeds, text: str) -> Iterator[pl.Expr]:
    """Conditions on the rows of a month that a text may mean: by the seeds, then by its names in other months."""
    ids, names = _meant(seeds, text)
    has_name = pl.col("repo_full_name").str.to_lowercase().is_in(names)
    yield pl.col("id").is_in(ids) | has_name
    called = [
        read_values(folder, month, source, REPO, has_name)["id"] for month, source, _ in stored_months(folder)
    ]
    yield pl.col("id").is_in(sorted({repo_id for months_ids in called for repo_id in months_ids}))


def _largest(folder: Path, month: Month, source: str, condition: pl.Expr) -> _Found | None:
    """Of the repositories that meet a condition that with most OpenRank: of a project nearly always the main one."""
    rows = read_values(folder, month, source, REPO, condition)
    if rows.is_empty():
        return None
    best = rows.sort("openrank", "id", descending=True).row(0, named=True)
    return _Found(best["id"], best["repo_full_name"], source, best["openrank"])


def _meant(seeds: Seeds, text: str) -> tuple[list[int], list[str]]:
    """Numbers and lower-case names that a text may mean: with a name of the seeds, all names it ever had."""
    ids, names = ([int(text)] if text.isdecimal() else []), [text.lower()]
    for project in seeds.projects:
        for repository in project.repositories:
            known = [name.lower() for name in repository.names]
            if project.id == text or text.lower() in known:
                names += known
                ids += [] if repository.repo_id is None else [repository.repo_id]
    return ids, names


def _value(build: Build, found: _Found, month: Month) -> float | None:
    """The repository's value in another month; None if it had no activity in it, or the month is not there."""
    folder = store_dir(build.settings.warehouse_dir)
    if read_month(folder, month, found.source) is None:
        return None
    rows = read_values(folder, month, found.source, REPO, pl.col("id") == found.repo_id)
    return None if rows.is_empty() else float(rows["openrank"].item())


def _tell_change(build: Build, found: _Found, month: Month) -> None:
    earlier = _value(build, found, month - 1)
    if earlier is None:
        tell(f"{found.name}: OpenRank {found.openrank:.6f} in {month}; not in the network of {month - 1}")
    else:
        tell(
            f"{found.name}: OpenRank {earlier:.6f} in {month - 1}, {found.openrank:.6f} in {month}:"
            f" {found.openrank - earlier:+.6f}"
        )


def _named_parts(opened: _Opened, parts: pl.DataFrame, people: int) -> pl.DataFrame:
    """Parts with logins and counts, the people who bring most first; all others in one row."""
    by_person = (
        parts.filter(pl.col("part") == PERSON)
        .group_by("actor_id")
        .agg(person_openrank=pl.col("openrank").sort().sum())
        .sort(["person_openrank", "actor_id"], descending=[True, False])
    )
    named = by_person.head(people)
    rows = (
        parts.filter(pl.col("part") == PERSON)
        .join(named, on="actor_id")
        .join(opened.repository.actions, on=["actor_id", "kind"], how="left")
        .join(opened.logins, on="actor_id", how="left")
        .sort(["person_openrank", "actor_id", "openrank"], descending=[True, False, True])
        .rename({"actor_login": "person"})
        .select("part", "person", "actor_id", "kind", "actions_count", "openrank")
    )
    others = by_person.slice(people)
    summed = pl.DataFrame(
        {"part": [f"{others.height} other people"], "openrank": [others["person_openrank"].sum()]}
    ).head(min(1, others.height))
    alone = parts.filter(pl.col("part") != PERSON).select("part", "openrank")
    return pl.concat([rows, summed, alone], how="diagonal").with_columns(
        share=pl.col("openrank") / parts["openrank"].sum()
    )


def _named_changes(before: _Opened | None, after: _Opened, changes: pl.DataFrame) -> pl.DataFrame:
    """Changes with logins, the largest first."""
    seen: Sequence[pl.DataFrame] = [after.logins, *([before.logins] if before else [])]
    logins = pl.concat(seen).unique("actor_id", keep="first", maintain_order=True)
    return (
        changes.join(logins, on="actor_id", how="left")
        .sort([pl.col("delta").abs(), "change", "actor_id"], descending=[True, False, False])
        .rename({"actor_login": "person"})
        .select("change", "person", "actor_id", "before", "after", "delta")
    )
