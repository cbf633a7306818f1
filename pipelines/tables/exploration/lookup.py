"""Find the number of a repository, in the followed events, from the name that people use."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.seeds.problems import did_you_mean
from pipelines.tables.table import read_sql
from pipelines.warehouse.ddl import quoted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    import polars as pl

    from pipelines.seeds import Seeds
    from pipelines.tables.workspace import Workspace

_MOST_SUGGESTIONS = 5
_HIGHEST_ID = 2**63 - 1

_Alias = tuple[int | None, tuple[str, ...]]
"""Number of a repository, if known, and names it is known to have had."""


@dataclass(frozen=True, slots=True)
class FoundSeeds:
    """The seeds that people named, by result.

    Attributes
    ----------
    active_ids
        Numbers of the repositories in which people were active, each once, sorted.
    inactive
        Seeds that exist but in which nobody was active.
    unknown
        Seeds that are unknown.
    remarks
        Remarks on how a seed was found, as sentences.
    """

    active_ids: tuple[int, ...]
    inactive: tuple[str, ...]
    unknown: tuple[str, ...]
    remarks: tuple[str, ...]


def read_sightings(events: Workspace, repo_ids: Iterable[int]) -> pl.DataFrame:
    """Names that some repositories had in the searched days; leaves their events in ``wanted_events``.

    Returns
    -------
    pl.DataFrame
        ``repo_id, repo_full_name, first_seen_at, last_seen_at``, of each repository the newest name first; no row of a
        repository in which nobody was active.
    """
    # Spelt out: a folded month is sorted by number, and only a literal in the query lets DuckDB skip the
    # pages of all other repositories.
    listed = ", ".join(map(str, sorted({*repo_ids}))) or "NULL"
    events.create(
        "wanted_events",
        "SELECT repo_id, repo_full_name, actor_id, actor_login, created_at, event_id"
        f" FROM followed_events WHERE repo_id IN ({listed})",
    )
    found = events.select(read_sql("pipelines.tables.exploration.sql", "sightings"))
    return found.sort("repo_id", "last_seen_at", "repo_full_name", descending=[False, True, True])


def read_same_names(events: Workspace, repo_full_names: Iterable[str]) -> pl.DataFrame:
    """``repo_id, repo_full_name`` of everything in the events that is called so under any owner, letter for letter.

    A fork keeps the letters of its original; comparing them in lower case would take as long again.
    """
    own_names = {name.partition("/")[2] for name in repo_full_names}
    return _named(events, "split_part(repo_full_name, '/', 2)", own_names)


def _named(events: Workspace, expression: str, names: Iterable[str]) -> pl.DataFrame:
    listed = ", ".join(map(quoted, sorted(names))) or "NULL"
    return events.select(
        f"SELECT DISTINCT repo_id, repo_full_name FROM staging.event_rows WHERE {expression} IN ({listed})"
    )


def find_seeds(events: Workspace, seeds: Seeds, texts: Sequence[str]) -> FoundSeeds:
    """Find the repositories that people start a search from.

    A seed is ``owner/name`` in any case, the number of a repository, or the id of a project, which means all
    its repositories. A name that nobody uses in the days looked at is followed through the renames in the seeds, the
    observations and the events of all other days to the name in use then; one that several repositories had in turn
    means the newest.

    Parameters
    ----------
    events
        Holds what `pipelines.tables.exploration.search.gather_participations` gathered.
    seeds
        Know projects, renames and numbers.
    texts
        The seeds, as people wrote them.
    """
    aliases = {text: list(_aliases(events, seeds, text)) for text in texts}
    for text in texts:
        if "/" in text and not aliases[text] and not _is_in_events(events, text):
            aliases[text] = list(_aliases_of_other_days(events, text))
    active = _Active(events, texts, [alias for known in aliases.values() for alias in known])
    named_by: dict[int, str] = {}
    inactive: list[str] = []
    unknown: list[str] = []
    remarks: list[str] = []
    for text in texts:
        found = dict(active.find(text, aliases[text]))
        remarks += filter(None, found.values())
        for repo_id in found:
            if repo_id in named_by:
                remarks.append(
                    f"{named_by[repo_id]} and {text} are the same repository, number {repo_id}: counted once"
                )
            named_by.setdefault(repo_id, text)
        if not found:
            (inactive if aliases[text] or _is_in_events(events, text) else unknown).append(text)
    return FoundSeeds(tuple(sorted(named_by)), tuple(inactive), tuple(unknown), tuple(remarks))


def suggest_seed(events: Workspace, seeds: Seeds, text: str) -> str:
    """End of a message, with the names that a person may have meant; empty if none is close."""
    if "/" not in text:
        return did_you_mean(text, [project.id for project in seeds.projects])
    close = events.select(
        "SELECT repo_full_name FROM (SELECT repo_full_name FROM followed_events"
        " UNION SELECT repo_full_name FROM staging.seed_names)"
        " ORDER BY jaro_winkler_similarity(lower(repo_full_name), lower($text)) DESC, repo_full_name LIMIT $most",
        text=text,
        most=_MOST_SUGGESTIONS,
    )
    return did_you_mean(text, close["repo_full_name"].to_list())


class _Active:
    """Names and numbers under which people were active, among all that the seeds may mean."""

    def __init__(self, events: Workspace, texts: Sequence[str], aliases: Collection[_Alias]) -> None:
        names = {*texts, *(name for _, names in aliases for name in names)}
        numbers = {int(text) for text in texts if text.isdecimal() and int(text) <= _HIGHEST_ID}
        numbers |= {repo_id for repo_id, _ in aliases if repo_id is not None}
        under_names = _named(events, "lower(repo_full_name)", {name.lower() for name in names})
        sightings = read_sightings(events, numbers | {*under_names["repo_id"]})
        self._name_of: dict[int, str] = {}
        """Newest name of each repository."""
        self._numbers_under: dict[str, list[int]] = defaultdict(list)
        """By name in lower case, the repository seen last under it first."""
        for repo_id, name in sightings.select("repo_id", "repo_full_name").iter_rows():
            self._name_of.setdefault(repo_id, name)
        newest_first = sightings.sort("last_seen_at", "repo_id", descending=True)
        for repo_id, name in newest_first.select("repo_id", "repo_full_name").iter_rows():
            if repo_id not in self._numbers_under[name.lower()]:
                self._numbers_under[name.lower()].append(repo_id)

    def find(self, text: str, aliases: Iterable[_Alias]) -> Iterator[tuple[int, str]]:
        """Number of each repository that `text` means, with a remark if there is something to say."""
        if text.isdecimal():
            if int(text) in self._name_of:
                yield int(text), ""
            return
        numbers = self._numbers_under.get(text.lower())
        if numbers:
            yield numbers[0], _remark_on_turns(text, numbers)
            return
        for repo_id in filter(None, (self._one_of(*alias) for alias in aliases)):
            name = self._name_of[repo_id]
            yield (
                repo_id,
                f"{text} is repository {repo_id}, called {name} in these days" if "/" in text else "",
            )

    def _one_of(self, repo_id: int | None, names: Iterable[str]) -> int | None:
        """The repository of that number, else the one last seen under the newest of these names."""
        if repo_id is not None:
            return repo_id if repo_id in self._name_of else None
        return next(
            (self._numbers_under[name.lower()][0] for name in names if name.lower() in self._numbers_under),
            None,
        )


def _aliases(events: Workspace, seeds: Seeds, text: str) -> Iterator[_Alias]:
    """Every repository that seeds or observations know under `text`."""
    of_projects = (
        (project.id, repository) for project in seeds.projects for repository in project.repositories
    )
    for project_id, repository in (*of_projects, *((None, rename) for rename in seeds.renames)):
        names = {name.lower() for name in repository.names}
        if text == project_id or text.lower() in names or text == str(repository.repo_id):
            yield repository.repo_id, repository.names
    observed = events.select(
        "SELECT DISTINCT repo_id FROM staging.observations WHERE repo_id IS NOT NULL"
        " AND (lower(repo_full_name) = lower($text) OR repo_id::VARCHAR = $text) ORDER BY repo_id",
        text=text,
    )["repo_id"]
    for repo_id in observed:
        yield repo_id, ()


def _aliases_of_other_days(events: Workspace, text: str) -> Iterator[_Alias]:
    """Every repository that was called `text` at any time that bronze has: asked last, for it may read years."""
    called = events.select(
        "SELECT repo_id FROM staging.all_event_rows WHERE lower(repo_full_name) = lower($text)"
        " GROUP BY repo_id ORDER BY max(created_at) DESC, repo_id",
        text=text,
    )["repo_id"]
    for repo_id in called:
        yield repo_id, ()


def _is_in_events(events: Workspace, text: str) -> bool:
    """Whether anything happened in a repository: it may have pushes and stars alone."""
    rows = events.select(
        "FROM staging.events WHERE lower(repo_full_name) = lower($text) OR repo_id::VARCHAR = $text LIMIT 1",
        text=text,
    )
    return not rows.is_empty()


def _remark_on_turns(text: str, numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return ""
    others = ", ".join(map(str, numbers[1:]))
    return (
        f"{text} was the name of {len(numbers)} repositories in these days; {numbers[0]}, the last one, is taken:"
        f" name {others} by number if you mean it"
    )
