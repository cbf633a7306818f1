"""Which OpenDigger series a field needs: all metrics of its projects, OpenRank of everything it watches."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from pipelines.seeds import Seeds, TechnologySubdomain

WATCHED_METRIC = "openrank"
"""The one metric that is collected of repositories beyond the projects."""


def wanted_series(seeds: Seeds, exported: Collection[str], metric_ids: Sequence[str]) -> dict[str, list[str]]:
    """Names to ask OpenDigger for, by metric.

    Parameters
    ----------
    seeds
        The field.
    exported
        Names of every repository OpenDigger exports, in its own case, which its addresses depend on.
    metric_ids
        Metrics to ask for each project.

    Returns
    -------
    dict
        Metric id → names in order. A project is asked for under every name it ever had, exported or not:
        the answer "unknown" is a fact about it. Watched repositories are asked for if they are exported.
    """
    project_names = [
        name for project in seeds.projects for repo in project.repositories for name in repo.names
    ]
    spelt = {name.lower(): name for name in exported}
    asked = {name.lower(): spelt.get(name.lower(), name) for name in project_names}
    watched, owners = watched_repositories(seeds)
    watched_names = {
        name for key, name in spelt.items() if key in watched or key.split("/", maxsplit=1)[0] in owners
    }
    projects = sorted(set(asked.values()))
    by_metric = dict.fromkeys(metric_ids, projects)
    return by_metric | {WATCHED_METRIC: sorted({*projects, *watched_names})}


def watched_repositories(seeds: Seeds) -> tuple[set[str], set[str]]:
    """Lower-case names of watched repositories beyond the projects, and owners of whom every repository is watched."""
    patterns = [pattern.lower() for area in seeds.technology_areas for pattern in patterns_of(area)]
    patterns += [name.lower() for rename in seeds.renames for name in rename.names]
    patterns += [name.lower() for name in seeds.watchlist]
    owners = {pattern.removesuffix("/*") for pattern in patterns if pattern.endswith("/*")}
    return set(patterns), owners


def patterns_of(label: TechnologySubdomain) -> Iterator[str]:
    """Names and ``owner/*`` patterns under a technology label, at every depth, as the seeds write them."""
    yield from label.repositories
    for narrower in (*getattr(label, "domains", ()), *getattr(label, "subdomains", ())):
        yield from patterns_of(narrower)
