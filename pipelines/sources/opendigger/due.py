"""Which series a pull has to ask for: OpenDigger publishes once a month, so most days bring nothing.

Belongs here: the plan of a pull, and what it remembers. Must not: requests.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from pipelines.bronze.storage import read_rows, write_if_changed
from pipelines.sources.opendigger.client import series_url
from pipelines.sources.opendigger.wanted import WATCHED_METRIC

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from pipelines.sources.connect import Upstreams
    from pipelines.sources.opendigger.held import Held, Request, Row

    Planner = Callable[[Upstreams, Collection[Request], Held, Path], "Plan"]
    """Says what a pull asks for: where, what the field wants, what is held, and the bronze folder."""

_UNKNOWN_DAYS = range(25, 36)
"""Days after which a series that OpenDigger did not have is asked for again; each has its own, so that few come due."""

_PULLS_SCHEMA = pl.Schema({"url": pl.String(), "is_settled": pl.Boolean()})


@dataclass(frozen=True, slots=True)
class Plan:
    """The requests of a pull, in the order they are made.

    Attributes
    ----------
    needed
        Series that are not held: new ones, those without a usable answer last time, and those that OpenDigger did not
        have when it was asked about a month ago.
    probe
        Series that changes whenever OpenDigger publishes a month; None if nothing can tell, or all shall be asked for.
    after_news
        Series that are held, asked for if the probe has news.
    remembered
        Series that OpenDigger did not have lately, which are not asked for.
    """

    needed: frozenset[Request]
    probe: Request | None
    after_news: frozenset[Request]
    remembered: frozenset[Request]

    @property
    def quiet_count(self) -> int:
        """Requests of a pull that meets no news."""
        return len(self.needed) + (1 if self.probe is not None else len(self.after_news))

    @property
    def news_count(self) -> int:
        """Requests of a pull that meets news."""
        return len(self.needed) + len(self.after_news) + (self.probe is not None)


def plan_due(upstreams: Upstreams, requests: Collection[Request], held: Held, bronze_dir: Path) -> Plan:
    """Say what is asked for in any case, and what only after news.

    The probe is OpenRank of the project that has the most in the newest month that is held: no month passes it by, and
    its file is written with all others. OpenDigger writes them over some hours, so the news is believed to be over
    only once a pull of everything brought none; until then everything is asked for.

    Parameters
    ----------
    upstreams
        Addresses, and the time of the pull.
    requests
        Series that the field wants.
    held
        Rows of earlier pulls.
    bronze_dir
        Folder that remembers whether the last pull of everything brought nothing new.

    Raises
    ------
    StorageError
        If that file is damaged.
    """
    months_counts = held.months_counts()
    today = upstreams.retrieved_at.date()
    needed: set[Request] = set()
    remembered: set[Request] = set()
    others: set[Request] = set()
    for request in requests:
        row = held.manifest.get(request)
        if row is None or not is_row_held(row, series_url(upstreams, *request), months_counts.get(request)):
            needed.add(request)
        elif row["status"] != "unknown":
            others.add(request)
        elif today >= (row["retrieved_at"] + timedelta(days=_days_until_asked(request))).date():
            needed.add(request)
        else:
            remembered.add(request)
    is_settled = read_is_settled(bronze_dir, upstreams.urls["opendigger"])
    probe = _largest(held, others) if is_settled else None
    return Plan(frozenset(needed), probe, frozenset(others - {probe}), frozenset(remembered))


def plan_all(_upstreams: Upstreams, requests: Collection[Request], _held: Held, _bronze_dir: Path) -> Plan:
    """Ask for everything, whatever is remembered."""
    return Plan(frozenset(requests), None, frozenset(), frozenset())


def is_row_held(row: Row, url: str, held_months_count: int | None) -> bool:
    """Whether the answer of a row, from `url`, is still in bronze as a whole."""
    return row["url"] == url and row["status"] != "failed" and row["months_count"] in {0, held_months_count}


def _days_until_asked(request: Request) -> int:
    return _UNKNOWN_DAYS[zlib.crc32("/".join(request).encode()) % len(_UNKNOWN_DAYS)]


def _largest(held: Held, requests: Collection[Request]) -> Request | None:
    """The request among `requests` with the most OpenRank in the newest month; None without any."""
    names = [name for name, metric in requests if metric == WATCHED_METRIC]
    values = held.newest(WATCHED_METRIC).filter(pl.col("repo_full_name").is_in(names))
    newest = values.filter(pl.col("month") == pl.col("month").max()).sort(
        "value", "repo_full_name", descending=[True, False]
    )
    return None if newest.is_empty() else (newest["repo_full_name"][0], WATCHED_METRIC)


def read_is_settled(bronze_dir: Path, url: str) -> bool:
    """Whether the last pull of everything from `url` brought nothing new.

    Raises
    ------
    StorageError
        If the file is damaged.
    """
    rows = read_rows(pulls_path(bronze_dir), _PULLS_SCHEMA).filter(pl.col("url") == url)
    return bool(rows["is_settled"].any())


def write_is_settled(bronze_dir: Path, url: str, *, is_settled: bool) -> None:
    """Remember whether the last pull of everything brought nothing new.

    Raises
    ------
    StorageError
        If the file cannot be written.
    """
    write_if_changed(pl.DataFrame([(url, is_settled)], _PULLS_SCHEMA, orient="row"), pulls_path(bronze_dir))


def pulls_path(bronze_dir: Path) -> Path:
    """The file that remembers it."""
    return bronze_dir / "manifest" / "opendigger_pulls.parquet"
