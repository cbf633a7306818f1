"""Months of events as bronze holds them once folded: one Parquet file sorted by repository.

People's places are drawn as on GitHub: most people in one to three repositories, a few in thousands, and
repositories by Zipf's law with a flat top. Equal arguments give equal rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from pipelines.floor.periods import Month, hours_of
from pipelines.sources.gharchive.facts import EVENT_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.random import Generator
    from numpy.typing import NDArray

    Ids = NDArray[np.int64]

MONTH = Month(2025, 3)
"""When all of it happens."""

_HOURS = hours_of(MONTH)
_SECONDS = len(_HOURS) * 3600

COUNTING_MIX: Mapping[str, float] = {
    "IssueCommentEvent": 33,
    "PullRequestEvent": 20,
    "IssuesEvent": 14,
    "PullRequestReviewCommentEvent": 10,
    "PushEvent": 14,
    "WatchEvent": 3,
    "CreateEvent": 3,
    "PullRequestReviewEvent": 2,
    "ForkEvent": 1,
}
"""Percent of the events: 50 million hold as many different pairs of a person and a repository in the types that
count, about 29 million, and as many people and repositories, about 9 million, as a month of all of GitHub."""

_ACTIONS = {
    "IssueCommentEvent": ("created", "created"),
    "PullRequestReviewCommentEvent": ("created", "created"),
    "PullRequestReviewEvent": ("created", "created"),
    "PullRequestEvent": ("opened", "closed"),
    "IssuesEvent": ("opened", "closed"),
    "WatchEvent": ("started", "started"),
}

_PAIRS_RATIO = 0.67
"""Pairs of a person and a repository per event."""
_PEOPLE_RATIO = 0.165
"""People per pair; each is in one repository at least."""
_REPOSITORIES_RATIO = 0.14
"""Repositories that a pair may fall on, per pair."""
_TAIL_EXPONENT = 1.0
"""Of the Pareto law of repositories a person."""
_USUAL_MAX = 300
"""Repositories of a person, at most, but for the few."""
_FEW_RATIO = 1e-5
_FEW_MAX = 5_000
_FLAT_TOP = 1_000
"""Repositories among which popularity hardly differs: the first is twice as popular as this one."""

_ID_BITS = 30
_ID_STEP = 0x9E3779B1
"""Odd, so that multiplying by it renumbers without a collision: the id says nothing about the size."""
_ROWS_AT_ONCE = 2_000_000
_ROWS_A_GROUP = 122_880
_REPEATED = ["event_type", "action", "actor_login", "repo_full_name", "org_login", "source_file"]
"""Columns worth a dictionary."""


def write_month(
    path: Path, events_count: int, seed: int, percent_by_type: Mapping[str, float] = COUNTING_MIX
) -> Path:
    """Write a month of `events_count` events, at least 20,000, of people and, one in 500, of bots; returns `path`.

    Written piece by piece: 20 million events take less than 2 GB of memory.
    """
    rng = np.random.default_rng(seed)
    repo_ids, actor_ids = _pairs(rng, int(events_count * _PAIRS_RATIO))
    repeats = 1 + np.bincount(
        rng.integers(0, len(repo_ids), events_count - len(repo_ids)), minlength=len(repo_ids)
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    schema = EVENT_SCHEMA.to_frame().to_arrow(compat_level=pl.CompatLevel.oldest()).schema
    first_id = 10**10
    with pq.ParquetWriter(
        path, schema, compression="zstd", compression_level=1, use_dictionary=_REPEATED
    ) as writer:
        for piece in _pieces(repo_ids, repeats):
            times = repeats[piece]
            frame = _events(
                rng,
                percent_by_type,
                np.repeat(repo_ids[piece], times),
                np.repeat(actor_ids[piece], times),
                first_id,
            )
            first_id += frame.height
            writer.write_table(
                frame.to_arrow(compat_level=pl.CompatLevel.oldest()), row_group_size=_ROWS_A_GROUP
            )
    return path


def _pairs(rng: Generator, count: int) -> tuple[Ids, Ids]:
    """Different pairs of a repository and a person, about `count`, sorted."""
    people_count = int(count * _PEOPLE_RATIO) + 1
    repositories = np.minimum(rng.random(people_count) ** (-1 / _TAIL_EXPONENT), _USUAL_MAX).astype(np.int64)
    few = rng.integers(0, people_count, int(people_count * _FEW_RATIO) + 1)
    repositories[few] = rng.integers(_USUAL_MAX, _FEW_MAX, len(few))
    people = np.repeat(np.arange(people_count), repositories)
    places_count = int(count * _REPOSITORIES_RATIO) + 1
    places = _FLAT_TOP * np.expm1(rng.random(len(people)) * np.log1p(places_count / _FLAT_TOP))
    keys = np.unique((_id_of(places.astype(np.int64)) << _ID_BITS) + _id_of(people))
    return keys >> _ID_BITS, keys & ((1 << _ID_BITS) - 1)


def _id_of(numbers: Ids) -> Ids:
    return (numbers + 1) * _ID_STEP % (1 << _ID_BITS)


def _pieces(repo_ids: Ids, repeats: Ids) -> Iterator[slice]:
    """Slices of the pairs of about `_ROWS_AT_ONCE` events; none splits a repository."""
    ends = np.cumsum(repeats)
    start = 0
    while start < len(repo_ids):
        written = ends[start - 1] if start else 0
        reached = np.searchsorted(ends, written + _ROWS_AT_ONCE)
        last_repo_id = repo_ids[min(reached, len(repo_ids) - 1)]
        stop = int(np.searchsorted(repo_ids, last_repo_id, side="right"))
        yield slice(start, stop)
        start = stop


def _events(
    rng: Generator, percent_by_type: Mapping[str, float], repo_ids: Ids, actor_ids: Ids, first_id: int
) -> pl.DataFrame:
    """An event for each of the given pairs, which come by repository, in the columns and the order of bronze."""
    count = len(repo_ids)
    seconds = rng.integers(0, _SECONDS, count)
    # Sorted before there are texts to carry along.
    order = np.argsort(np.searchsorted(np.unique(repo_ids), repo_ids) * _SECONDS + seconds, kind="stable")
    repo_ids, actor_ids, seconds = repo_ids[order], actor_ids[order], seconds[order]
    types, percents = list(percent_by_type), np.array(list(percent_by_type.values()))
    kinds = np.searchsorted(np.cumsum(percents), rng.random(count) * percents.sum())
    is_second = rng.random(count) < 0.5
    begin = int(_HOURS[0].start.timestamp())
    by_kind = [
        pl.Series([_ACTIONS.get(event_type, (None, None))[side] for event_type in types], dtype=pl.String)
        for side in (0, 1)
    ]
    number = pl.Series(first_id + np.arange(count))
    kind = pl.Series(kinds)
    files = pl.Series([hour.file_name for hour in _HOURS])

    def given(*chosen: str) -> pl.Expr:
        """The event's own number, for events of these types."""
        return pl.when(pl.col("event_type").is_in(chosen)).then(pl.col("event_id"))

    frame = pl.DataFrame(
        {
            "event_id": number,
            "event_type": pl.Series(types).gather(kind),
            "action": by_kind[0].gather(kind).zip_with(pl.Series(~is_second), by_kind[1].gather(kind)),
            "created_at": pl.Series((begin + seconds) * 1_000_000).cast(pl.Datetime("us")),
            "actor_id": actor_ids,
            "repo_id": repo_ids,
            "source_file": files.gather(pl.Series(seconds // 3600)),
        }
    )
    owner = pl.col("repo_id") % 9973
    is_about_pull = pl.col("event_type").str.starts_with("PullRequest")
    return frame.with_columns(
        archive=pl.lit("gharchive"),
        actor_login=pl.format(
            "user-{}{}",
            "actor_id",
            pl.when(pl.col("actor_id") % 500 == 0).then(pl.lit("[bot]")).otherwise(pl.lit("")),
        ),
        repo_full_name=pl.format("owner-{}/repository-{}", owner, "repo_id"),
        org_id=pl.when(pl.col("repo_id") % 3 == 0).then(owner),
        org_login=pl.when(pl.col("repo_id") % 3 == 0).then(pl.format("owner-{}", owner)),
        number=pl.when(is_about_pull | pl.col("event_type").str.starts_with("Issue")).then(
            pl.col("event_id") % 9_000 + 1
        ),
        issue_id=given("IssuesEvent", "IssueCommentEvent"),
        pull_request_id=pl.when(is_about_pull).then(pl.col("event_id")),
        comment_id=given("IssueCommentEvent", "PullRequestReviewCommentEvent"),
        review_id=given("PullRequestReviewEvent"),
        push_id=given("PushEvent"),
        is_pull_request=is_about_pull
        | (pl.col("event_type") == "IssueCommentEvent") & (pl.col("event_id") % 3 > 0),
        is_merged=(pl.col("event_type") == "PullRequestEvent")
        & (pl.col("action") == "closed")
        & (pl.col("event_id") % 3 > 0),
        is_snyk=(pl.col("event_type") == "IssuesEvent") & (pl.col("event_id") % 100 == 0),
    ).select(pl.col(name).cast(dtype) for name, dtype in EVENT_SCHEMA.items())
