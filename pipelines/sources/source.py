"""The declaration of a source: one object, from which everything else about it follows.

Belongs here: the words in which a source says what it fetches, keeps, contributes and costs. Must not: any one
source; each has a folder next to this file and a line in ``registry``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

import polars as pl

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.floor.periods import Hour
    from pipelines.floor.settings import Settings
    from pipelines.seeds import Seeds
    from pipelines.sources.connect import Upstreams

OnProgress = Callable[[int, int], None]
"""Called with the number of things done and of all things."""

Evidence = Mapping[str, int]
"""The result of a fetch, in counts."""

MISSING, NO_GZIP, EMPTY, QUARANTINED = (
    "missing",
    "answered with no gzip file",
    "without an event",
    "quarantined",
)
FAILED = "without a usable answer"
CONFLICTING = "given otherwise by another archive"
"""Keys of `Evidence` that call for a look at ``landscape status`` when they are not zero."""

RUNS_SCHEMA = pl.Schema(
    {
        "retrieved_at": pl.Datetime("us"),
        "requested_count": pl.Int64(),
        "loaded_count": pl.Int64(),
        "missing_count": pl.Int64(),
        "quarantined_count": pl.Int64(),
        "rows_count": pl.Int64(),
    }
)
"""A row per retrieval, as the published table `refresh_runs` shows it."""


class Scope(Protocol):
    """The part of a scope that a fetch looks at."""

    @property
    def hours(self) -> Sequence[Hour]:
        """Hours of the event archive to fetch."""


class FetchContext(Protocol):
    """The facilities that a fetch may use; `pipelines.build.Build` is one."""

    @property
    def settings(self) -> Settings:
        """Folders, workers and tokens."""

    @property
    def seeds(self) -> Seeds:
        """The field of study."""

    @property
    def upstreams(self) -> Upstreams:
        """The session, the addresses and the time of retrieval."""

    @property
    def scope(self) -> Scope:
        """The hours that were asked for."""


@dataclass(frozen=True, slots=True)
class Address:
    """A base URL, which ``LANDSCAPE_<NAME>_URL`` overrides; the sample answers ``sample://<name>``."""

    name: str
    default: str
    description: str

    @property
    def variable(self) -> str:
        """Name of its environment variable."""
        return f"LANDSCAPE_{self.name.upper()}_URL"


@dataclass(frozen=True, slots=True)
class Token:
    """A secret from ``LANDSCAPE_<NAME>_TOKEN``."""

    name: str
    description: str

    @property
    def variable(self) -> str:
        """Name of its environment variable."""
        return f"LANDSCAPE_{self.name.upper()}_TOKEN"


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often a live source changes, in plain values.

    Attributes
    ----------
    partition
        The period of one partition; None if every fetch brings the whole.
    hour_of_day
        When the scheduler fetches, in UTC.
    fresh_within_days
        Age at which a fetch counts as overdue.
    day_of_month
        Day on which the scheduler fetches where a partition is a month.
    """

    partition: Literal["day", "month"] | None
    hour_of_day: int
    fresh_within_days: int
    day_of_month: int = 1


@dataclass(frozen=True, slots=True)
class Estimate:
    """The greatest cost of a fetch; sums with ``+``.

    Attributes
    ----------
    files_count, gigabytes
        Files of an archive, and their size as served.
    requests_count
        Requests, those for files included.
    duration_hours
        How long it takes, waits for an upstream's limits included.
    notes
        What is asked where, and why, as sentences.
    """

    files_count: int = 0
    gigabytes: float = 0.0
    requests_count: int = 0
    duration_hours: float = 0.0
    notes: tuple[str, ...] = ()

    def __add__(self, other: Estimate) -> Estimate:
        return Estimate(
            self.files_count + other.files_count,
            self.gigabytes + other.gigabytes,
            self.requests_count + other.requests_count,
            self.duration_hours + other.duration_hours,
            self.notes + other.notes,
        )


@dataclass(frozen=True, slots=True)
class SourceState:
    """What bronze holds of a source; None where a count has no meaning for it.

    Attributes
    ----------
    fresh_as_of
        When it was last asked; None if never.
    held_at
        When the newest part with rows was retrieved; None if it holds none. A build goes on with
        that if the upstream is down.
    absent
        Requested parts that are absent or incomplete, one line each, the newest last.
    parts
        The same of each host that it is fetched from, by name; empty where there is one.
    """

    fresh_as_of: datetime | None
    loaded: int | None = None
    missing: int | None = None
    quarantined: int | None = None
    rows: int | None = None
    absent: Sequence[str] = ()
    held_at: datetime | None = None
    parts: Mapping[str, SourceState] = field(default_factory=dict)


def newest_retrieval(manifest: pl.DataFrame) -> datetime | None:
    """The newest ``retrieved_at`` of a manifest; None without rows."""
    newest = manifest["retrieved_at"].max()
    return newest if isinstance(newest, datetime) else None


@dataclass(frozen=True, slots=True)
class StagingView:
    """A view in schema ``staging`` over Parquet files of bronze.

    Several sources may contribute files to one view; their schemas must agree.

    Attributes
    ----------
    has_earlier_files
        Whether files of an earlier version may lack columns of `schema`; they are NULL then.
    """

    name: str
    schema: pl.Schema
    files: Sequence[Path]
    has_earlier_files: bool = False


def no_estimate(_context: FetchContext) -> Estimate:
    """The cost of a source that asks no host."""
    return Estimate()


def no_runs(_bronze_dir: Path) -> pl.DataFrame:
    """The runs of a source that keeps no record of its retrievals."""
    return RUNS_SCHEMA.to_frame()


@dataclass(frozen=True, slots=True)
class Source:
    """Everything the project knows about a source.

    Attributes
    ----------
    name
        Its row in ``landscape status``.
    asset
        Its bronze step, in Dagster and in Python.
    label
        The name of a fetch while it runs.
    description
        The data that a fetch brings, in a sentence: the asset's description and the paragraph in the docs.
    origin
        Id in ``seeds/upstreams/data_sources.yml`` under which `refresh_runs` counts its runs.
    fetch
        Brings the data into bronze, and returns counts.
    state, runs
        What bronze holds of it, and each retrieval as a row of `RUNS_SCHEMA`; given the folder of bronze.
    staging
        The views that it contributes, given the folder of bronze; without files before the first fetch.
    estimate
        The cost of a fetch; makes no request.
    cadence
        None for a reference table, which changes with the checkout only.
    sample_origin
        Takes the place of `origin` where the sample's rows are made up.
    addresses, token
        Settings that it needs; without addresses it reads committed files and asks no host.
    is_in_sample
        Whether the sample answers it, so that ``landscape build`` fetches it.
    needs_token
        Whether a refresh leaves it out as long as no token is set.
    instead
        What a person without a token can do instead, as a sentence; empty where nothing is.
    evidence_of
        What bronze holds of some archive hours, for the record of a partition; only where partitions are days.
    """

    name: str
    asset: str
    label: str
    description: str
    origin: str
    fetch: Callable[[FetchContext, OnProgress], Evidence]
    state: Callable[[Path], SourceState]
    staging: Callable[[Path], Sequence[StagingView]]
    runs: Callable[[Path], pl.DataFrame] = no_runs
    estimate: Callable[[FetchContext], Estimate] = no_estimate
    cadence: Cadence | None = None
    sample_origin: str | None = None
    addresses: Sequence[Address] = ()
    token: Token | None = None
    is_in_sample: bool = True
    needs_token: bool = False
    instead: str = ""
    evidence_of: Callable[[Path, Sequence[Hour]], Evidence] | None = field(default=None)
