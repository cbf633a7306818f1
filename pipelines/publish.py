"""From the build file to what readers open: checks, copy, fsync, rename; the last generations are kept.

Belongs here: what writes into the folder ``public``. Must not: computing a table.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from pipelines.floor.errors import ChecksFailedError, RegressionError, StorageError
from pipelines.floor.messages import encode, in_english
from pipelines.generations import (
    GENERATIONS_KEPT,
    UNFINISHED,
    public_file,
    read_snapshot_id,
    remove_generation,
    superseded_generations,
    unfinished_publications,
)
from pipelines.regressions import find_regressions
from pipelines.tables.checks import CheckResult, check_all
from pipelines.tables.contracts import PUBLISHED, SCHEMA_VERSION, sort_key
from pipelines.tables.fingerprint import compute_snapshot_id
from pipelines.warehouse.connection import DISK_ERRORS, attach_read_only, fetch_row
from pipelines.warehouse.ddl import create_statements, identifier, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import dataframely as dy

    from pipelines.floor.messages import Message

READABLE_SINCE = "v1.2.0"
"""Storage version of the published file: every DuckDB from this one on opens it."""


@dataclass(frozen=True, slots=True)
class Publication:
    """A published landscape.

    Attributes
    ----------
    path
        The file readers open.
    snapshot_id
        Fingerprint of its content.
    is_new
        False if the same content had been published before.
    log_set_aside
        Where the changes went that another program had begun to write into the published file; None if there were none.
    accepted
        What it lost against the publication before it, which a person accepted.
    """

    path: Path
    snapshot_id: str
    is_new: bool
    log_set_aside: Path | None = None
    accepted: tuple[Message, ...] = ()

    @property
    def remarks(self) -> list[str]:
        """What an operator must know besides, a line each."""
        remarks = [f"Published although {in_english(regression)}" for regression in self.accepted]
        if self.log_set_aside is not None:
            remarks.append(
                f"Another program had written into the published file: {self.log_set_aside} keeps that"
            )
        return remarks


def foreign_log(path: Path) -> Path:
    """The log of a program that wrote into the file at `path` and ended before it was done; nothing of ours writes one.

    DuckDB applies it to whatever file lies at `path`, a later publication too.
    """
    return path.with_name(f"{path.name}.wal")


def gate(
    connection: duckdb.DuckDBPyConnection, on_checked: Callable[[Sequence[CheckResult]], None] | None = None
) -> list[CheckResult]:
    """Run every check on the build file.

    Parameters
    ----------
    connection
        The build file.
    on_checked
        Called with every result, also when some have not passed.

    Returns
    -------
    list of CheckResult
        All results, when all have passed.

    Raises
    ------
    StorageError
        If the build file lacks a table, as after a build that was stopped or a file that was damaged.
    ChecksFailedError
        If a row breaks a rule; the message quotes the rule and the first such rows.
    """
    _require_tables(connection)
    results = [*check_all(connection), _check_fingerprint(connection)]
    if on_checked is not None:
        on_checked(results)
    failed = [result for result in results if not result.has_passed]
    if failed:
        raise ChecksFailedError(
            "nothing was published, the last good file stays:\n" + "\n".join(map(str, failed)),
            where="build file",
            hint="correct the seeds or the source that the rows come from, then run the same command again",
        )
    return results


def _require_tables(connection: duckdb.DuckDBPyConnection) -> None:
    rows = connection.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'mart'").fetchall()
    missing = [table for table in PUBLISHED if (table,) not in rows]
    if missing:
        raise StorageError(
            f"the build file lacks {', '.join(missing)}; the last good file stays",
            where="build file",
            hint="run `landscape build` with the settings of that folder: it loads every table and publishes",
        )


def _check_fingerprint(connection: duckdb.DuckDBPyConnection) -> CheckResult:
    """A build that was stopped half-way must not be published under the snapshot id of an earlier one."""
    is_current = _built_snapshot_id(connection) == compute_snapshot_id(connection)
    return CheckResult("metadata", "snapshot_id is the fingerprint of the tables", 1, int(not is_current))


def publish(
    connection: duckdb.DuckDBPyConnection,
    public_dir: Path,
    on_checked: Callable[[Sequence[CheckResult]], None] | None = None,
    acceptance: str | None = None,
) -> Publication:
    """Check the build file, compare it with the last publication, and put its tables where readers open them.

    Parameters
    ----------
    connection
        The build file, with every table of schema ``mart`` loaded.
    public_dir
        Folder of the published file, its Parquet export and the generations.
    on_checked
        As `gate`.
    acceptance
        Why a person publishes although something gets worse; it is published in ``metadata``.

    Raises
    ------
    ChecksFailedError
        If a check fails; the published file is left as it is.
    RegressionError
        If something gets worse and there is no `acceptance`; the published file is left as it is.
    StorageError
        If the folder cannot be written; the published file is left as it is.
    """
    gate(connection, on_checked)
    accepted = _accept_regressions(connection, public_dir, acceptance)
    snapshot_id = _built_snapshot_id(connection)
    path = public_file(public_dir)
    is_new = read_snapshot_id(public_dir) != snapshot_id
    try:
        generations = public_dir / "generations"
        generations.mkdir(parents=True, exist_ok=True)
        _remove_unfinished(public_dir)
        generation = _write_generation(connection, generations, snapshot_id)
        log_set_aside = _set_aside(foreign_log(path))
        _replace_file(generation / "landscape.duckdb", path)
        _replace_link(generation / "parquet", public_dir / "parquet")
        for superseded in superseded_generations(public_dir, GENERATIONS_KEPT):
            remove_generation(superseded)
    except (OSError, *DISK_ERRORS) as error:
        raise StorageError(
            f"the landscape could not be published, the last good file stays: {error}",
            where=str(public_dir),
            hint="free space or fix permissions, then run `landscape publish`",
        ) from error
    return Publication(path, snapshot_id, is_new, log_set_aside, accepted)


def _accept_regressions(
    connection: duckdb.DuckDBPyConnection, public_dir: Path, acceptance: str | None
) -> tuple[Message, ...]:
    """Write what gets worse into the metadata, with the note of the person who accepts it.

    Raises
    ------
    RegressionError
        If nobody accepts it.
    """
    regressions = tuple(find_regressions(connection, public_dir))
    if not regressions:
        return ()
    if acceptance is None:
        raise RegressionError(
            "nothing was published, the last good file stays, for this one would be worse:\n"
            + "\n".join(f"- {in_english(regression)}" for regression in regressions),
            where="build file",
            hint="look for the cause with `landscape status`; if the change is right,"
            ' `landscape publish --accept "why"` publishes it with that note',
        )
    connection.execute(
        "UPDATE mart.metadata SET acceptance_note = ?, regressions = ?, regression_messages = ?",
        [acceptance, list(map(in_english, regressions)), list(map(encode, regressions))],
    )
    return regressions


def publish_if_changed(
    connection: duckdb.DuckDBPyConnection,
    public_dir: Path,
    on_checked: Callable[[Sequence[CheckResult]], None] | None = None,
    acceptance: str | None = None,
) -> Publication:
    """Publish, unless exactly this content is published already; the checks run in either case.

    Raises
    ------
    ChecksFailedError, RegressionError, StorageError
        As `publish`.
    """
    snapshot_id = _built_snapshot_id(connection)
    if is_complete(public_dir, snapshot_id):
        gate(connection, on_checked)
        return Publication(public_file(public_dir), snapshot_id, is_new=False)
    return publish(connection, public_dir, on_checked, acceptance)


def is_complete(public_dir: Path, snapshot_id: str) -> bool:
    """True if `snapshot_id` is published in this version's tables, with its export and its generation, by us alone."""
    generation = public_dir / "generations" / snapshot_id
    return (
        not foreign_log(public_file(public_dir)).exists()
        and read_snapshot_id(public_dir) == snapshot_id
        and (public_dir / "parquet").resolve() == (generation / "parquet").resolve()
        and (generation / "landscape.duckdb").exists()
        and _is_of_this_version(public_file(public_dir))
        and all((public_dir / "parquet" / f"{table}.parquet").exists() for table in PUBLISHED)
    )


def _is_of_this_version(path: Path) -> bool:
    with attach_read_only(path, "landscape") as connection:
        return _written_version(connection) == SCHEMA_VERSION


def _written_version(connection: duckdb.DuckDBPyConnection) -> str | None:
    try:
        return str(fetch_row(connection, "SELECT schema_version FROM metadata")[0])
    except (duckdb.CatalogException, duckdb.BinderException, IndexError):
        return None


def _built_snapshot_id(connection: duckdb.DuckDBPyConnection) -> str:
    return str(fetch_row(connection, "SELECT snapshot_id FROM mart.metadata")[0])


def _write_generation(connection: duckdb.DuckDBPyConnection, generations: Path, snapshot_id: str) -> Path:
    unfinished = generations / f"{UNFINISHED}{os.getpid()}"
    try:
        return _finish_generation(connection, unfinished, generations / snapshot_id)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)  # what failed on a full disk must not go on filling it


def _finish_generation(connection: duckdb.DuckDBPyConnection, unfinished: Path, generation: Path) -> Path:
    (unfinished / "parquet").mkdir(parents=True)
    write_tables(connection, unfinished / "landscape.duckdb")
    for table, contract in PUBLISHED.items():
        connection.execute(
            f"COPY ({_ordered(table, contract)}) TO {quoted(str(unfinished / 'parquet' / f'{table}.parquet'))}"
            " (FORMAT parquet, COMPRESSION zstd)"
        )
    for path in sorted(unfinished.rglob("*")):
        _sync(path)
    if generation.exists():
        shutil.rmtree(generation)
    unfinished.rename(generation)
    _sync(generation.parent)
    return generation


def write_tables(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write every table of schema ``mart`` into a new file, each in its order, with comments and constraints."""
    connection.execute(f"ATTACH {quoted(str(path))} AS publication (STORAGE_VERSION '{READABLE_SINCE}')")
    try:
        connection.begin()  # one commit for all tables, since each waits for the disk
        for table, contract in PUBLISHED.items():
            for statement in create_statements(table, contract, schema="publication.main"):
                connection.execute(statement)
            connection.execute(
                f"INSERT INTO publication.main.{identifier(table)} {_ordered(table, contract)}"
            )
        connection.commit()
    except BaseException:
        with suppress(duckdb.Error):  # a failed commit has ended the transaction
            connection.rollback()
        raise
    finally:
        connection.execute("DETACH publication")


def _ordered(table: str, contract: type[dy.Schema]) -> str:
    columns = ", ".join(identifier(name) for name in contract.column_names())
    keys = ", ".join(identifier(name) for name in sort_key(contract))
    return f"SELECT {columns} FROM mart.{identifier(table)} ORDER BY {keys}"


def _replace_file(source: Path, target: Path) -> None:
    """Put a copy of `source` at `target` in one rename, so that a reader sees the old file or the new one."""
    waiting = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.copyfile(source, waiting)
    _sync(waiting)
    waiting.replace(target)
    _sync(target.parent)


def _set_aside(log: Path) -> Path | None:
    """Keep a log under a name that DuckDB does not apply; returns the new path."""
    if not log.exists():
        return None
    kept = log.with_name(f"{log.name}.set-aside-{log.stat().st_mtime_ns}")
    log.rename(kept)
    return kept


def _replace_link(source: Path, link: Path) -> None:
    waiting = link.with_name(f".{link.name}.{os.getpid()}")
    waiting.unlink(missing_ok=True)
    waiting.symlink_to(source.relative_to(link.parent), target_is_directory=True)
    waiting.replace(link)


def _remove_unfinished(public_dir: Path) -> None:
    """Remove what a killed run left; the caller holds the writer's lock, so nobody is writing it."""
    for path in unfinished_publications(public_dir):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
