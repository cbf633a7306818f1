"""The files of OpenDigger in bronze: columns, paths, and the rows of earlier pulls.

Belongs here: layout, and the migration of files that an earlier version wrote. Must not: requests.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.bronze.damage import unreadable
from pipelines.bronze.storage import QuarantinedRow, naive_utc, read_rows
from pipelines.sources.answer import Earlier
from pipelines.sources.opendigger.client import FIRST_MONTH
from pipelines.sources.opendigger.vintages import newest_vintage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from pipelines.sources.opendigger.client import Series

Request = tuple[str, str]
"""Repository name and metric id."""

Row = dict[str, Any]

VALUES_SCHEMA = pl.Schema(
    {
        "repo_full_name": pl.String(),
        "metric_id": pl.String(),
        "month": pl.Date(),
        "value": pl.Float64(),
        "is_interpolated": pl.Boolean(),
        "vintage": pl.String(),
        "retrieved_at": pl.Datetime("us"),
    }
)
EXTENTS_SCHEMA = pl.Schema(
    {
        "repo_full_name": pl.String(),
        "extent_from": pl.Date(),
        "extent_through": pl.Date(),
        "vintage": pl.String(),
    }
)
SERIES_MANIFEST_SCHEMA = pl.Schema(
    {
        "repo_full_name": pl.String(),
        "metric_id": pl.String(),
        "url": pl.String(),
        "status": pl.String(),
        "months_count": pl.Int64(),
        "sha256": pl.String(),
        "etag": pl.String(),
        "last_modified": pl.String(),
        # The repository's number if the name was looked up by it, else null.
        "repo_id": pl.Int64(),
        "detail": pl.String(),
        "retrieved_at": pl.Datetime("us"),
        # The earliest month in the answer that was not over when it came; its value is left out.
        "incomplete_month": pl.Date(),
        # Keys that were set aside while the rest of the answer was read.
        "left_out": pl.List(pl.Struct({"cause": pl.String(), "excerpt": pl.String()})),
        # Why the latest request had no usable answer; null if it had one. The rest of the row is older then.
        "failure": pl.String(),
    }
)
_COLUMNS_SINCE = ("incomplete_month", "left_out", "failure")
"""Columns of the manifest that files of earlier versions lack."""


@dataclass(frozen=True, slots=True)
class Held:
    """The rows of earlier pulls."""

    manifest: Mapping[Request, Row]
    values: Mapping[str, pl.DataFrame]
    extents: pl.DataFrame

    @classmethod
    def nothing(cls) -> Held:
        """Before the first pull, and before one that replaces everything."""
        return cls({}, {}, EXTENTS_SCHEMA.to_frame())

    @classmethod
    def of(cls, bronze_dir: Path) -> Held:
        """Read all of it: some megabytes."""
        return cls(
            {(row["repo_full_name"], row["metric_id"]): row for row in read_manifest(bronze_dir).to_dicts()},
            {
                path.stem: _acceptable(read_rows(path, VALUES_SCHEMA))
                for path in sorted((bronze_dir / "opendigger").glob("*.parquet"))
                if path != extents_path(bronze_dir)
            },
            read_rows(extents_path(bronze_dir), EXTENTS_SCHEMA),
        )

    def newest(self, metric_id: str) -> pl.DataFrame:
        """The values of a metric in its newest vintage."""
        values = self.values.get(metric_id, VALUES_SCHEMA.to_frame())
        return values.filter(pl.col("vintage") == pl.lit(newest_vintage(values), pl.String))

    def months_counts(self) -> dict[Request, int]:
        """Number of values of each series in the newest vintage."""
        counts: dict[Request, int] = {}
        for metric_id in self.values:
            by_name = self.newest(metric_id).group_by("repo_full_name").len()
            counts |= {(name, metric_id): count for name, count in by_name.iter_rows()}
        return counts


def _acceptable(values: pl.DataFrame) -> pl.DataFrame:
    """Drop values that an earlier version stored and this one refuses; the next pull asks for their series again."""
    was_over = pl.col("month") < pl.col("retrieved_at").dt.date().dt.month_start()
    return values.filter(
        was_over,
        pl.col("month") >= FIRST_MONTH.first_day,
        (pl.col("value") >= 0).all().over("repo_full_name", "vintage"),
    )


def read_manifest(bronze_dir: Path) -> pl.DataFrame:
    """One row for every series that was ever asked for.

    Raises
    ------
    StorageError
        If the file is damaged.
    """
    path = manifest_path(bronze_dir)
    if not path.exists():
        return SERIES_MANIFEST_SCHEMA.to_frame()
    try:
        rows = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise unreadable(path, str(error)) from error
    added = [pl.lit(None, SERIES_MANIFEST_SCHEMA[name]).alias(name) for name in _COLUMNS_SINCE]
    migrated = rows.with_columns(expr for expr in added if expr.meta.output_name() not in rows.columns)
    if migrated.schema != SERIES_MANIFEST_SCHEMA:
        raise unreadable(path, "it holds other columns than this version writes")
    # An earlier version took every answer without a month for a sign of a rename.
    return migrated.with_columns(pl.col("status").replace("renamed", "no_months"))


def earlier_answer(row: Row, *, is_held: bool) -> Earlier:
    """Make the next request for the same thing conditional."""
    return Earlier(
        row["retrieved_at"].replace(tzinfo=UTC), row["etag"], row["last_modified"], is_held=is_held
    )


def manifest_rows(
    answers: Iterable[Series],
    held: Mapping[Request, Row],
    found_ids: Mapping[str, int],
    retrieved_at: datetime,
) -> dict[Request, Row]:
    """Every request that was ever made; one whose answer says nothing new keeps its row.

    A request without a usable answer keeps the known entry of the series and adds why it failed.

    Parameters
    ----------
    answers
        Of this pull.
    held
        Rows of earlier pulls.
    found_ids
        Repository name → number, as GitHub answered.
    retrieved_at
        Time of the pull.
    """
    manifest = dict(held)
    for answer in answers:
        request = (answer.repo_full_name, answer.metric_id)
        before = held.get(request)
        if answer.status == "not_asked":
            continue
        repo_id = found_ids.get(answer.repo_full_name, before["repo_id"] if before else None)
        if answer.status == "unchanged" and before is not None:
            manifest[request] = {**before, "repo_id": repo_id, "failure": None}
        elif answer.status == "failed" and before is not None:
            manifest[request] = {**before, "repo_id": repo_id, "failure": answer.detail}
        else:
            row = _row(answer, repo_id, before["retrieved_at"] if before else naive_utc(retrieved_at))
            if row != before or answer.status == "unknown":  # it is asked for again so long after this time
                row["retrieved_at"] = naive_utc(retrieved_at)
            manifest[request] = row
    return manifest


def _row(answer: Series, repo_id: int | None, retrieved_at: datetime) -> Row:
    months = answer.months
    return {
        "repo_full_name": answer.repo_full_name,
        "metric_id": answer.metric_id,
        "url": answer.url,
        "status": answer.status,
        "months_count": len(months.values),
        "sha256": answer.sha256,
        "etag": answer.etag,
        "last_modified": answer.last_modified,
        "repo_id": repo_id,
        "detail": answer.detail,
        "retrieved_at": retrieved_at,
        "incomplete_month": months.incomplete_month and months.incomplete_month.first_day,
        "left_out": [{"cause": key.cause, "excerpt": key.excerpt} for key in months.left_out] or None,
        "failure": answer.detail if answer.status == "failed" else None,
    }


def manifest_frame(rows: Iterable[Row]) -> pl.DataFrame:
    """The manifest as it is stored."""
    return pl.DataFrame(list(rows), schema=SERIES_MANIFEST_SCHEMA).sort("repo_full_name", "metric_id")


def quarantined_series(rows: Iterable[Row]) -> list[QuarantinedRow]:
    """Series and keys that are set aside, by name.

    A pull that ended early is one row of the caller's, not one for each series it did not ask for.
    """
    quarantined: list[QuarantinedRow] = []
    for row in sorted(rows, key=lambda row: str(row["url"])):
        if row["status"] == "malformed":
            quarantined.append(QuarantinedRow(row["url"], None, f"series set aside: {row['detail']}", ""))
        quarantined += [
            QuarantinedRow(row["url"], None, f"key left out: {key['cause']}", key["excerpt"])
            for key in row["left_out"] or ()
        ]
        if row["failure"] is not None:
            quarantined.append(QuarantinedRow(row["url"], None, f"no usable answer: {row['failure']}", ""))
    return quarantined


def values_path(bronze_dir: Path, metric_id: str) -> Path:
    """The file of a metric's values."""
    return bronze_dir / "opendigger" / f"{metric_id}.parquet"


def extents_path(bronze_dir: Path) -> Path:
    """The file of retrieved months."""
    return bronze_dir / "opendigger" / "extents.parquet"


def manifest_path(bronze_dir: Path) -> Path:
    """The file of answers by request."""
    return bronze_dir / "manifest" / "opendigger.parquet"
