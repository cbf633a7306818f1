"""From what people call a repository to its number in the events of the days looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.seeds.problems import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import duckdb

    from pipelines.seeds import Seeds
    from pipelines.seeds.models import Repository

_MOST_SUGGESTIONS = 5


@dataclass(frozen=True, slots=True)
class FoundSeeds:
    """What became of the seeds that people named.

    Attributes
    ----------
    active_ids
        Numbers of the repositories in which people were active, each once, sorted.
    inactive
        Seeds that exist and in which nobody was active.
    unknown
        Seeds that nothing is known of.
    remarks
        What people should know of how a seed was found, as sentences.
    """

    active_ids: tuple[int, ...]
    inactive: tuple[str, ...]
    unknown: tuple[str, ...]
    remarks: tuple[str, ...]


def find_seeds(connection: duckdb.DuckDBPyConnection, seeds: Seeds, texts: Sequence[str]) -> FoundSeeds:
    """Find the repositories that people start a search from.

    A seed is ``owner/name`` in any case, the number of a repository, or the id of a project, which stands for all
    its repositories. A name that nobody uses in the days looked at is followed through the renames in the seeds and
    the observations to the name in use then; one that several repositories had in turn means the newest.

    Parameters
    ----------
    connection
        Holds staging and what `pipelines.tables.exploration.load_participations` gathered.
    seeds
        Know projects, renames and numbers.
    texts
        The seeds, as people wrote them.
    """
    named_by: dict[int, str] = {}
    inactive: list[str] = []
    unknown: list[str] = []
    remarks: list[str] = []
    for text in texts:
        found = list(_find(connection, seeds, text.strip()))
        remarks += [remark for _, remark in found if remark]
        for repo_id, _ in found:
            earlier = named_by.setdefault(repo_id, text)
            if earlier is not text:
                remarks.append(
                    f"{earlier} and {text} are the same repository, number {repo_id}: counted once"
                )
        if not found:
            (inactive if _is_known(connection, seeds, text.strip()) else unknown).append(text)
    return FoundSeeds(tuple(sorted(named_by)), tuple(inactive), tuple(unknown), tuple(remarks))


def suggest_seed(connection: duckdb.DuckDBPyConnection, seeds: Seeds, text: str) -> str:
    """End of a message that offers what a person may have meant; empty if nothing is close."""
    if "/" not in text:
        return did_you_mean(text, [project.id for project in seeds.projects])
    close = connection.execute(
        "SELECT repo_full_name FROM (SELECT DISTINCT repo_full_name FROM repository_sightings"
        " UNION SELECT repo_full_name FROM staging.seed_names)"
        " ORDER BY jaro_winkler_similarity(lower(repo_full_name), lower($text)) DESC, repo_full_name LIMIT $most",
        {"text": text, "most": _MOST_SUGGESTIONS},
    ).fetchall()
    return did_you_mean(text, [name for (name,) in close])


def _find(connection: duckdb.DuckDBPyConnection, seeds: Seeds, text: str) -> Iterator[tuple[int, str]]:
    """Number of each active repository that `text` names, with a remark if there is something to say."""
    if text.isdecimal():
        if _name_of(connection, int(text)):
            yield int(text), ""
        return
    under_name = _numbers_under(connection, text)
    if under_name:
        yield under_name[0], _remark_on_recycling(text, under_name)
        return
    seen: set[int] = set()
    for repository in _called(connection, seeds, text):
        repo_id = next(iter(_active_under(connection, *repository)), None)
        if repo_id is None or repo_id in seen:
            continue
        seen.add(repo_id)
        name = _name_of(connection, repo_id)
        is_renamed = "/" in text and name.lower() != text.lower()
        yield repo_id, f"{text} is repository {repo_id}, called {name} in these days" if is_renamed else ""


def _called(
    connection: duckdb.DuckDBPyConnection, seeds: Seeds, text: str
) -> Iterator[tuple[int | None, tuple[str, ...]]]:
    """Number and names of every repository that seeds or observations know under `text`."""
    for repository in _curated(seeds, text):
        yield repository.repo_id, repository.names
    observed = connection.execute(
        "SELECT DISTINCT repo_id FROM staging.observations WHERE lower(repo_full_name) = lower(?)"
        " AND repo_id IS NOT NULL ORDER BY repo_id",
        [text],
    ).fetchall()
    for (repo_id,) in observed:
        yield repo_id, ()


def _curated(seeds: Seeds, text: str) -> Iterator[Repository]:
    for project in seeds.projects:
        for repository in project.repositories:
            if project.id == text or _has_name(repository, text):
                yield repository
    yield from (rename for rename in seeds.renames if _has_name(rename, text))


def _has_name(repository: Repository, text: str) -> bool:
    return text.lower() in map(str.lower, repository.names)


def _active_under(
    connection: duckdb.DuckDBPyConnection, repo_id: int | None, names: Iterable[str]
) -> Iterator[int]:
    """Numbers of active repositories with that number, else with one of these names, the newest name first."""
    if repo_id is not None:
        if _name_of(connection, repo_id):
            yield repo_id
        return
    for name in names:
        yield from _numbers_under(connection, name)[:1]


def _numbers_under(connection: duckdb.DuckDBPyConnection, name: str) -> list[int]:
    """Numbers of the repositories that had a name, the one seen last under it first."""
    rows = connection.execute(
        "SELECT repo_id FROM repository_sightings WHERE lower(repo_full_name) = lower(?)"
        " GROUP BY repo_id ORDER BY max(last_seen_at) DESC, repo_id DESC",
        [name],
    ).fetchall()
    return [repo_id for (repo_id,) in rows]


def _name_of(connection: duckdb.DuckDBPyConnection, repo_id: int) -> str:
    """Newest name of a repository in the days looked at; empty if nobody was active in it."""
    rows = connection.execute(
        "SELECT repo_full_name FROM active_repositories WHERE repo_id = ?::HUGEINT", [repo_id]
    ).fetchall()
    return rows[0][0] if rows else ""


def _remark_on_recycling(text: str, numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return ""
    others = ", ".join(map(str, numbers[1:]))
    return (
        f"{text} was the name of {len(numbers)} repositories in these days; {numbers[0]}, the last one, is taken:"
        f" name {others} by number if you mean it"
    )


def _is_known(connection: duckdb.DuckDBPyConnection, seeds: Seeds, text: str) -> bool:
    """Whether anything is known of a seed in which nobody was active: it may have had pushes and stars alone."""
    if any(True for _ in _called(connection, seeds, text)):
        return True
    matches = "repo_id = $text::HUGEINT" if text.isdecimal() else "lower(repo_full_name) = lower($text)"
    places = ("events", "observations", "seed_names")
    return any(
        connection.execute(f"FROM staging.{place} WHERE {matches} LIMIT 1", {"text": text}).fetchall()
        for place in places
    )
