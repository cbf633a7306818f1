"""Star history in bronze: a file of days for each repository, what is held of it, and counts that were larger.

Belongs here: what is asked again, and the files. Must not: requests.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.bronze.storage import QuarantinedRow, naive_utc, read_rows, write_parquet, write_quarantine
from pipelines.sources.answer import Earlier
from pipelines.sources.github.bronze import read_manifest as read_observed
from pipelines.sources.github_stars.client import Shown, fetch_pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from pipelines.sources.connect import Upstreams
    from pipelines.sources.github.answers import WantedRepository
    from pipelines.sources.github_stars.client import PageAnswer

QUARANTINE = "github_stars"

STAR_DAYS_SCHEMA = pl.Schema(
    {
        "repo_full_name": pl.String(),
        "repo_id": pl.Int64(),
        "day": pl.Date(),
        "stars_count": pl.Int64(),
        "retrieved_at": pl.Datetime("us"),
    }
)
"""A row per repository name and day that was over: stars given on it that still stood when it was read."""

HISTORIES_SCHEMA = pl.Schema(
    {
        "repo_full_name": pl.String(),
        "repo_id": pl.Int64(),
        "status": pl.String(),
        "found_full_name": pl.String(),
        "pages_count": pl.Int64(),
        "is_whole": pl.Boolean(),
        "etag": pl.String(),
        "newest_page_at": pl.Datetime("us"),
        "settled_through": pl.Date(),
        "days_count": pl.Int64(),
        "shrunk_days_count": pl.Int64(),
        "shrunk_stars_count": pl.Int64(),
        "problems": pl.List(pl.String()),
        "detail": pl.String(),
        "retrieved_at": pl.Datetime("us"),
    }
)
"""A row per repository name: what is held of its history, and what became of the newest request.

``is_whole`` says that every page back to the creation was read, ``newest_page_at`` when the newest weeks were, and
``settled_through`` the last day that was surely over then. ``pages_count`` pages of a history that is not whole need
not be asked for again.
"""

SETTLED_AFTER_DAYS = 2
"""Days after which a day counts as over wherever GitHub begins it: its days are not promised to be those of UTC."""


@dataclass(frozen=True, slots=True)
class StarsReport:
    """What a round of asking came to.

    Attributes
    ----------
    requested_count
        Repositories wanted.
    known_count
        Held through the last complete month, or asked for since, and not asked again.
    whole_count
        Asked for, and whole now.
    lost_count
        That GitHub does not show.
    failed_count
        Without a usable answer; the quarantine names each, and they are asked for again.
    set_aside_count
        Weeks that cannot be believed.
    pages_count
        Pages that came.
    """

    requested_count: int
    known_count: int
    whole_count: int
    lost_count: int
    failed_count: int
    set_aside_count: int
    pages_count: int


def load_stars(
    upstreams: Upstreams,
    repositories: Iterable[WantedRepository],
    bronze_dir: Path,
    on_progress: Callable[[int, int], None],
) -> StarsReport:
    """Read the star history of repositories: ``github_stars/<owner>/<name>.parquet``.

    A history is read back to the creation once. After that, once a month, its newest page is asked for; older weeks
    are asked for again only where that page does not reach the days held, or weeks were set aside. Each page is stored
    before the next is asked for, so that a run that breaks off loses nothing and the next one goes on there.

    A day with another count than before holds the newer; ``github_stars/earlier.parquet`` keeps the older, and the
    quarantine names each repository of which stars were taken back.

    Parameters
    ----------
    upstreams
        Where to ask; the day is that of `retrieved_at`.
    repositories
        Under the names of the seeds.
    bronze_dir
        Folder of the bronze files.
    on_progress
        Called with the number of repositories so far and of all.

    Raises
    ------
    SourceError
        As `fetch_pages`; what came before is stored.
    StorageError
        If a file cannot be read or written.
    """
    held = _Held(bronze_dir, upstreams.retrieved_at)
    numbered = held.numbered(repositories)
    pending = [one for one in numbered if held.next_page(one) is not None]
    pages_count = 0
    for answer in fetch_pages(upstreams, pending, held.shown_today(pending), held):
        held.store(answer)
        pages_count += answer.page > 0 and answer.answer.status in {"found", "unchanged"}
        on_progress(sum(held.next_page(one) is None for one in pending), len(pending))
    asked = [row for row in map(held.row, pending) if row is not None]
    statuses = Counter(row["status"] for row in asked)
    return StarsReport(
        requested_count=len(numbered),
        known_count=len(numbered) - len(pending),
        whole_count=sum(row["status"] == "found" and row["is_whole"] for row in asked),
        lost_count=statuses["gone"] + statuses["blocked"],
        failed_count=statuses["failed"],
        set_aside_count=sum(len(row["problems"]) for row in asked),
        pages_count=pages_count,
    )


@dataclass(frozen=True, slots=True)
class Pending:
    """What a round would ask for.

    Attributes
    ----------
    unread
        Repositories whose history is not whole → pages of it that are read.
    newest_count
        Repositories of which the newest page is due.
    unidentified_count
        Of both, those whose present name is asked for first.
    """

    unread: dict[WantedRepository, int]
    newest_count: int
    unidentified_count: int


def pending_stars(repositories: Iterable[WantedRepository], bronze_dir: Path, now: datetime) -> Pending:
    """What `load_stars` would ask for at `now`."""
    held = _Held(bronze_dir, now)
    pages = {one: held.next_page(one) for one in held.numbered(repositories)}
    due = [one for one, page in pages.items() if page is not None]
    unread = {one: (pages[one] or 1) - 1 for one in due if not held.is_whole(one)}
    return Pending(unread, len(due) - len(unread), len(due) - len(held.shown_today(due)))


def day_files(bronze_dir: Path) -> list[Path]:
    """A file for each repository name, in order."""
    return sorted((bronze_dir / "github_stars").glob("*/*.parquet"))


def read_histories(bronze_dir: Path) -> pl.DataFrame:
    """What is held of each repository, and what came of the newest request."""
    return read_rows(histories_path(bronze_dir), HISTORIES_SCHEMA)


class _Held:
    """What bronze holds, and when it is asked for again."""

    def __init__(self, bronze_dir: Path, retrieved_at: datetime) -> None:
        self._bronze_dir = bronze_dir
        self._retrieved_at = naive_utc(retrieved_at)
        self._rows = {row["repo_full_name"]: row for row in read_histories(bronze_dir).iter_rows(named=True)}
        settled = self._retrieved_at.date() - timedelta(days=SETTLED_AFTER_DAYS - 1)
        month_start = datetime.combine(settled.replace(day=1), datetime.min.time())
        self._due_before = month_start + timedelta(days=SETTLED_AFTER_DAYS - 1)

    def numbered(self, repositories: Iterable[WantedRepository]) -> list[WantedRepository]:
        """`repositories` once by name, each with the number that seeds or earlier answers know."""
        by_name = {}
        for one in repositories:
            row = self._rows.get(one.repo_full_name)
            known = one.repo_id if one.repo_id is not None or row is None else row["repo_id"]
            by_name[one.repo_full_name] = replace(one, repo_id=known)
        return [by_name[name] for name in sorted(by_name, key=str.lower)]

    def shown_today(self, wanted: Sequence[WantedRepository]) -> dict[WantedRepository, Shown]:
        """Repositories that the daily observation was shown today."""
        observed = read_observed(self._bronze_dir).filter(
            pl.col("retrieved_at").dt.date() == self._retrieved_at.date(), pl.col("status") == "found"
        )
        names = dict(observed.select("found_repo_id", "found_full_name").iter_rows())
        return {
            one: Shown(names[one.repo_id], one.repo_id)
            for one in wanted
            if one.repo_id is not None and one.repo_id in names
        }

    def row(self, wanted: WantedRepository) -> dict[str, Any] | None:
        """What is held of a repository; None for nothing, or for another repository of its name."""
        row = self._rows.get(wanted.repo_full_name)
        is_other = (
            row is not None
            and None not in {wanted.repo_id, row["repo_id"]}
            and row["repo_id"] != wanted.repo_id
        )
        return None if is_other else row

    def is_whole(self, wanted: WantedRepository) -> bool:
        """Whether the history was read back to the creation, and every week of it can be believed."""
        row = self.row(wanted)
        return row is not None and row["is_whole"] and not row["problems"]

    def next_page(self, wanted: WantedRepository) -> int | None:
        """The page that is asked for next; None when nothing is due."""
        row = self.row(wanted)
        if row is None:
            return 1
        if row["retrieved_at"] >= self._due_before and row["status"] in {"gone", "blocked"}:
            return None
        is_current = row["newest_page_at"] is not None and row["newest_page_at"] >= self._due_before
        if not row["is_whole"]:
            return int(row["pages_count"]) + 1
        return None if is_current else 1

    def earlier(self, wanted: WantedRepository, page: int) -> Earlier | None:
        """The newest page as it is held; None for any other, whose weeks move on from page to page."""
        row = self.row(wanted)
        if row is None or page != 1 or not self.is_whole(wanted) or row["etag"] is None:
            return None
        return Earlier(row["newest_page_at"].replace(tzinfo=UTC), row["etag"])

    def store(self, given: PageAnswer) -> None:
        """Write an answer: the days before the row of the repository, so that what it names is there."""
        row = self.row(given.wanted) or _unread(given.wanted)
        answer = given.answer
        row = {**row, "status": answer.status, "detail": answer.detail, "retrieved_at": self._retrieved_at}
        if given.shown is not None:
            row |= {"repo_id": given.shown.repo_id, "found_full_name": given.shown.repo_full_name}
        if answer.status == "unchanged":
            row |= {"status": "found", **self._read_now()}
        if answer.status == "found":
            row = self._with_page(row, given)
        self._rows[given.wanted.repo_full_name] = row
        frame = pl.DataFrame(list(self._rows.values()), schema=HISTORIES_SCHEMA).sort("repo_full_name")
        write_parquet(frame, histories_path(self._bronze_dir))
        write_quarantine(_quarantined(frame), self._bronze_dir, QUARANTINE)

    def _read_now(self) -> dict[str, Any]:
        settled_through = self._retrieved_at.date() - timedelta(days=SETTLED_AFTER_DAYS)
        return {"newest_page_at": self._retrieved_at, "settled_through": settled_through}

    def _with_page(self, row: dict[str, Any], given: PageAnswer) -> dict[str, Any]:
        answer, name = given.answer, given.wanted.repo_full_name
        path = days_path(self._bronze_dir, name)
        before = read_rows(path, STAR_DAYS_SCHEMA)
        held = before.filter(pl.col("repo_id") == row["repo_id"])
        counted = pl.DataFrame(
            [(name, row["repo_id"], day, count, self._retrieved_at) for day, count in answer.days.items()],
            schema=STAR_DAYS_SCHEMA,
            orient="row",
        )
        both = held.join(counted.select("day", new="stars_count"), on="day").filter(
            pl.col("stars_count") != pl.col("new")
        )
        replaced = pl.concat(
            [both.select(STAR_DAYS_SCHEMA.names()), before.filter(pl.col("repo_id") != row["repo_id"])]
        )
        if replaced.height:
            earlier = read_rows(earlier_path(self._bronze_dir), STAR_DAYS_SCHEMA)
            kept = pl.concat([earlier, replaced]).unique().sort("repo_full_name", "day", "retrieved_at")
            write_parquet(kept, earlier_path(self._bronze_dir))
        days = pl.concat([held.join(counted, on="day", how="anti"), counted]).sort("day")
        if days.height:
            write_parquet(days, path)
        shrunk = both.filter(pl.col("new") < pl.col("stars_count"))
        is_newest = given.page == 1
        was_believed = row["is_whole"] and not row["problems"]
        reaches_held = bool(held["day"].is_in(list(answer.days)).any())
        problems = answer.problems
        if is_newest and held.height and not answer.days:
            problems = (*problems, f"page 1: it has no day, where {held.height:,} days are held")
        return row | {
            "pages_count": given.page,
            "is_whole": answer.is_last or (is_newest and was_believed and reaches_held),
            "etag": answer.etag if is_newest else row["etag"],
            **(self._read_now() if is_newest else {}),
            "days_count": days.height,
            "shrunk_days_count": shrunk.height + (0 if is_newest else row["shrunk_days_count"]),
            "shrunk_stars_count": int((shrunk["stars_count"] - shrunk["new"]).sum())
            + (0 if is_newest else row["shrunk_stars_count"]),
            "problems": [*(() if is_newest else row["problems"]), *problems],
        }


def _unread(wanted: WantedRepository) -> dict[str, Any]:
    return dict.fromkeys(HISTORIES_SCHEMA) | {
        "repo_full_name": wanted.repo_full_name,
        "repo_id": wanted.repo_id,
        "pages_count": 0,
        "is_whole": False,
        "days_count": 0,
        "shrunk_days_count": 0,
        "shrunk_stars_count": 0,
        "problems": [],
    }


def _quarantined(histories: pl.DataFrame) -> list[QuarantinedRow]:
    rows = []
    for row in histories.iter_rows(named=True):
        name = row["repo_full_name"]
        if row["status"] == "failed":
            rows.append(QuarantinedRow(name, None, f"star history not read: {row['detail']}", ""))
        rows += [QuarantinedRow(name, None, f"week set aside: {problem}", "") for problem in row["problems"]]
        if row["shrunk_days_count"]:
            rows.append(
                QuarantinedRow(
                    name,
                    None,
                    f"{row['shrunk_stars_count']:,} stars of {row['shrunk_days_count']:,} days were taken back; the"
                    " newer counts hold, github_stars/earlier.parquet keeps the older",
                    "",
                )
            )
    return rows


def days_path(bronze_dir: Path, repo_full_name: str) -> Path:
    """The file of a repository's days."""
    owner, _, name = repo_full_name.partition("/")
    return bronze_dir / "github_stars" / owner / f"{name}.parquet"


def earlier_path(bronze_dir: Path) -> Path:
    """The file of counts that were replaced by others."""
    return bronze_dir / "github_stars" / "earlier.parquet"


def histories_path(bronze_dir: Path) -> Path:
    """The file of what is held of each repository."""
    return bronze_dir / "manifest" / "github_stars.parquet"
