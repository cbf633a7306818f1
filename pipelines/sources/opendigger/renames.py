"""Present names of repositories that OpenDigger knows under none of the names asked for.

Belongs here: which repositories to look up by number, and how often. Must not: which name a project shows.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import TYPE_CHECKING

from pipelines.floor.errors import SourceError
from pipelines.sources.github.answers import WantedRepository
from pipelines.sources.github.client import fetch_repositories

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import polars as pl

    from pipelines.sources.connect import Upstreams
    from pipelines.sources.opendigger.client import Series
    from pipelines.sources.opendigger.held import Held, Request

_LOG = logging.getLogger(__name__)
_WITHOUT_SERIES = {"unknown", "no_months"}


def repo_ids(observed: pl.DataFrame, curated: Mapping[str, int]) -> dict[str, int]:
    """Name in lower case → number, as the seeds say, else as GitHub always said.

    The number that a published list gives is not believed: people compared it with others, and where the
    seeds have none it was found to be that of another repository.
    """
    numbers: dict[str, set[int]] = defaultdict(set)
    for name, repo_id in observed.iter_rows():
        numbers[name.lower()].add(repo_id)
    agreed = {name: next(iter(found)) for name, found in numbers.items() if len(found) == 1}
    return agreed | {name.lower(): repo_id for name, repo_id in curated.items()}


def resolved_earlier(held: Held, requests: Collection[Request], ids: Mapping[str, int]) -> set[Request]:
    """Requests under names that earlier pulls learnt from GitHub."""
    wanted = {(ids.get(name.lower()), metric) for name, metric in requests}
    return {
        request
        for request, row in held.manifest.items()
        if row["repo_id"] is not None and (row["repo_id"], request[1]) in wanted
    }


def present_series(answers: Mapping[Request, Series], held: Held) -> set[Request]:
    """The requests that OpenDigger answers with a series, sent now or held and unchanged."""
    return {request for request, status in _statuses(answers, held).items() if status == "loaded"}


def _statuses(answers: Mapping[Request, Series], held: Held) -> dict[Request, str]:
    return {
        request: held.manifest[request]["status"] if answer.status == "unchanged" else answer.status
        for request, answer in answers.items()
    }


def find_present_names(
    upstreams: Upstreams,
    answers: Mapping[Request, Series],
    held: Held,
    ids: Mapping[str, int],
    shown: Mapping[int, str],
) -> tuple[dict[str, int], set[Request]]:
    """Look up repositories without an OpenDigger series under any requested name.

    GitHub is asked once for each that it has not shown yet, not in every pull; if it does not answer, the
    pull goes on without. A request that failed is no sign of a rename.

    Parameters
    ----------
    upstreams
        Where to ask.
    answers
        Of this pull.
    held
        Of earlier pulls.
    ids
        Name in lower case → number.
    shown
        Number → the name that GitHub showed last.

    Returns
    -------
    tuple
        Name → number of the repositories looked up or found; and the requests to make under present names.
    """
    requests_by_id: dict[int, list[Request]] = defaultdict(list)
    for request, row in held.manifest.items():
        if row["repo_id"] is not None and request in answers:
            requests_by_id[row["repo_id"]].append(request)
    for request in answers:
        repo_id = ids.get(request[0].lower())
        if repo_id is not None and request not in requests_by_id[repo_id]:
            requests_by_id[repo_id].append(request)

    statuses = _statuses(answers, held)

    def was_resolved(request: Request) -> bool:
        row = held.manifest.get(request)
        return row is not None and row["repo_id"] is not None

    lost = {
        repo_id: requests
        for repo_id, requests in requests_by_id.items()
        if all(statuses[request] in _WITHOUT_SERIES for request in requests)
        and not all(map(was_resolved, requests))
    }
    names: dict[str, int] = {}
    renamed: set[Request] = set()

    def learn(repo_id: int, present_name: str | None) -> None:
        names.update({name: repo_id for name, _ in lost[repo_id]})
        if present_name is not None:
            names[present_name] = repo_id
            renamed.update((present_name, metric) for _, metric in lost[repo_id])

    for repo_id in lost.keys() & shown.keys():
        learn(repo_id, shown[repo_id])
    wanted = [
        WantedRepository(requests[0][0], repo_id)
        for repo_id, requests in sorted(lost.items())
        if repo_id not in shown
    ]
    try:
        for found in fetch_repositories(upstreams, wanted):
            if found.wanted.repo_id is not None and found.status != "failed":
                learn(
                    found.wanted.repo_id,
                    None if found.repository is None else found.repository.repo_full_name,
                )
    except SourceError as error:
        _LOG.warning(
            "present names of %d repositories stay unknown until the next pull: %s", len(wanted), error
        )
    return names, renamed
